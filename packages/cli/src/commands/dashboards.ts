import type { Command } from 'commander';
import type { DashboardsOptions } from '../dashboards.ts';

export function dashboardsCommand(program: Command): void {
  program
    .command('dashboards')
    .description(
      'write dashboards of Grafana, rules and scrape configuration of Prometheus, and a configuration of the Collector',
    )
    .requiredOption('--out <dir>', 'where to; made when it is missing, files of the same names are written over')
    .option('--usd-per-hour <dollars>', 'alert when one tenant spends faster; default 50')
    .option('--error-share <part>', 'alert when a provider fails more calls, from 0 to 1; default 0.1')
    .option('--blocks-per-minute <calls>', 'alert when the guard blocks more of one agent; default 5')
    .action(async (options: DashboardsOptions) => {
      const { dashboards } = await import('../dashboards.ts');
      await dashboards(options);
    });
}
