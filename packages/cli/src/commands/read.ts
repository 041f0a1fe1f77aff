/** Commands that ask a running server. */
import type { Command } from 'commander';
import type { CostsOptions } from '../costs.ts';
import type { ExportCommand } from '../export.ts';
import type { PriceCommand } from '../price.ts';
import type { TailCommand } from '../tail.ts';
import type { TopCommand } from '../top.ts';
import type { TraceCommand } from '../trace.ts';
import { withServer } from './with-server.ts';

export function costsCommand(program: Command): void {
  withServer(program.command('costs'))
    .description('print what was spent as a tree')
    .option(
      '--by <dimensions>',
      'tenant, agent, run, role, provider, model, operation, user, session; in the order of nesting',
      'agent,role,model',
    )
    .option('--since <time>', 'only the last so long, 15m, 24h or 7d, or since a time like 2026-11-21')
    .option('--until <time>', 'only what started before so long ago, or before a time')
    .option('--query <filter>', 'only what this finds: model:gpt-4o cost>0.01 status:error')
    .option('--json', 'print the answer of the API instead')
    .action(async (options: CostsOptions) => {
      const { costs } = await import('../costs.ts');
      await costs(options);
    });
}

export function traceCommand(program: Command): void {
  withServer(program.command('trace'))
    .description('print one trace as a tree; without an id the newest')
    .argument('[id]', '32 hex digits, as the page and tallyspan tail show them')
    .option('--json', 'print the answer of the API instead')
    .action(async (id: string | undefined, options: TraceCommand) => {
      const { trace } = await import('../trace.ts');
      await trace(id, options);
    });
}

export function tailCommand(program: Command): void {
  withServer(program.command('tail'))
    .description('print traces as they come, one line each, until interrupted')
    .option('--query <filter>', 'only what this finds: model:gpt-4o cost>0.01 status:error')
    .option('--json', 'one JSON object a line')
    .action(async (options: TailCommand) => {
      const { tail } = await import('../tail.ts');
      await tail(options);
    });
}

export function topCommand(program: Command): void {
  withServer(program.command('top'))
    .description('who spends, now: dollars a minute over the last five, dearest first')
    .option('--by <dimensions>', 'as for tallyspan costs', 'tenant,agent,model')
    .option('--every <seconds>', 'how often it looks', '2')
    .option('--times <count>', 'how often in all; without it until interrupted')
    .option('--json', 'print the answers of the API instead, one a line')
    .action(async (options: TopCommand) => {
      const { top } = await import('../top.ts');
      await top(options);
    });
}

export function exportCommand(program: Command): void {
  withServer(program.command('export'))
    .description('write spans or costs as CSV, JSON lines or Parquet, to a file or to standard output')
    .option('--what <rows>', 'spans, newest first; or costs, the rows of the pivot', 'spans')
    .option('--format <format>', 'csv, jsonl or parquet; default: as --out ends, or else csv')
    .option('--out <path>', 'a file that does not exist, or a folder; default: standard output')
    .option('--by <dimensions>', 'of costs, as for tallyspan costs')
    .option('--query <filter>', 'only what this finds: model:gpt-4o cost>0.01 status:error')
    .option('--since <time>', 'only the last so long, 15m, 24h or 7d, or since a time like 2026-11-21')
    .option('--until <time>', 'only what started before so long ago, or before a time')
    .option('--tenant <tenant>', 'only of this tenant')
    .option('--content', 'of spans also messages, tool arguments and results')
    .option('--limit <rows>', 'at most; default: all that one export may have')
    .option('--json', 'with --out what was written, as JSON; without it the rows as JSON lines')
    .action(async (options: ExportCommand) => {
      const { exportData } = await import('../export.ts');
      await exportData(options);
    });
}

export function priceCommand(program: Command): void {
  program
    .command('price')
    .description('what a call would cost, line by line; needs no server')
    .argument('<model>', 'gpt-4o, claude-sonnet-4-20250514')
    .option('--provider <name>', 'openai, anthropic, gcp.gemini; where the model alone does not say it')
    .option('--input <tokens>', 'input tokens, cached ones included', '1000000')
    .option('--output <tokens>', 'output tokens, reasoning included', '1000000')
    .option('--cached <tokens>', 'those of the input that were read from the cache', '0')
    .option('--at <time>', 'by the prices of then')
    .option('--json', 'for another program')
    .action(async (model: string, options: PriceCommand) => {
      const { price } = await import('../price.ts');
      await price(model, options);
    });
}
