import type { Command } from 'commander';
import type { MigrateCommand } from '../migrate.ts';

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description(
      'copy a data folder into ClickHouse when one machine is outgrown, and compare both sides to the nano-dollar',
    )
    .option(
      '--clickhouse <url>',
      'where to, clickhouse://user:password@host:8123/database (TALLYSPAN_CLICKHOUSE)',
      process.env['TALLYSPAN_CLICKHOUSE'] || undefined,
    )
    .option(
      '--cluster <name>',
      'a cluster in its configuration, on all of whose servers tables are made (TALLYSPAN_CLUSTER)',
      process.env['TALLYSPAN_CLUSTER'] || undefined,
    )
    .option(
      '--data-dir <dir>',
      'the data folder of a stopped server (TALLYSPAN_DATA_DIR)',
      process.env['TALLYSPAN_DATA_DIR'] || '.tallyspan',
    )
    .option('--dry-run', 'only say what there is to copy')
    .option('--json', 'for another program')
    .addHelpText(
      'after',
      `
It may be interrupted, also by kill -9: the same command goes on. Code 0 says that both sides are the same, 1 that they are not.
A command line is seen by everybody on the machine; TALLYSPAN_CLICKHOUSE keeps the password out of it.

Examples:
  $ tallyspan migrate --dry-run --clickhouse clickhouse://db:8123/tallyspan
  $ tallyspan migrate --clickhouse clickhouse://db:8123/tallyspan --data-dir /srv/tally
  $ tallyspan start   --clickhouse clickhouse://db:8123/tallyspan --data-dir /srv/tally    goes on there, with its keys and its log
  $ tallyspan restore backup.tar --data-dir /tmp/copy && tallyspan migrate --data-dir /tmp/copy    from a backup, the server still running`,
    )
    .action(async (options: MigrateCommand) => {
      const { migrate } = await import('../migrate.ts');
      if (!(await migrate(options))) process.exitCode = 1;
    });
}
