#!/usr/bin/env node
import { Command } from 'commander';
import type { CostsOptions } from './costs.ts';
import { printError } from './print-error.ts';

const program = new Command('tallyspan')
  .description('Every token, dollar and decision of your AI agents, attributed to the agent that caused it.')
  .showHelpAfterError('Run with --help to see what there is.')
  .addHelpText(
    'after',
    `
Examples:
  $ tallyspan start                              take traces on http://127.0.0.1:4318 and show them there
  $ tallyspan start --port 4400 --data-dir /srv/tally
  $ tallyspan costs                              what was spent, by agent, role and model
  $ tallyspan costs --by agent,run,role,model    the same, run by run
  $ tallyspan costs --by tenant --json           for another program`,
  );

program
  .command('start')
  .description('take traces over OTLP/HTTP, store them, show them')
  .option(
    '--port <port>',
    'where to listen; 0 takes a free one (TALLYSPAN_PORT)',
    process.env['TALLYSPAN_PORT'] || '4318',
  )
  .option('--host <host>', 'a loopback name or address', '127.0.0.1')
  .option(
    '--data-dir <dir>',
    'where everything is kept (TALLYSPAN_DATA_DIR)',
    process.env['TALLYSPAN_DATA_DIR'] || '.tallyspan',
  )
  .action(async ({ port, host, dataDir }: { port: string; host: string; dataDir: string }) => {
    // Loaded when it is needed: the database engine is large, and help should come at once.
    const { parsePort, start } = await import('./start.ts');
    await start({ port: parsePort(port), host, dataDir });
  });

program
  .command('costs')
  .description('print what was spent as a tree')
  .option(
    '--by <dimensions>',
    'tenant, agent, run, role, provider, model, operation, user, session; in the order of nesting',
    'agent,role,model',
  )
  .option('--url <url>', 'the running server', `http://127.0.0.1:${process.env['TALLYSPAN_PORT'] || '4318'}`)
  .option('--json', 'print the answer of the API instead')
  .action(async (options: CostsOptions) => {
    const { costs } = await import('./costs.ts');
    await costs(options);
  });

try {
  await program.parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
