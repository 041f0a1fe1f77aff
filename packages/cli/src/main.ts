#!/usr/bin/env node
import { Command } from 'commander';
import type { CostsOptions } from './costs.ts';
import type { ImportCommand } from './import.ts';
import { printError } from './print-error.ts';

const program = new Command('tallyspan')
  .description('Every token, dollar and decision of your AI agents, attributed to the agent that caused it.')
  .enablePositionalOptions()
  .showHelpAfterError('Run with --help to see what there is.')
  .addHelpText(
    'after',
    `
Examples:
  $ tallyspan start                              take traces on http://127.0.0.1:4318 and show them there
  $ tallyspan start --port 4400 --data-dir /srv/tally
  $ tallyspan start --clickhouse clickhouse://user:password@db:8123/tallyspan
  $ tallyspan costs                              what was spent, by agent, role and model
  $ tallyspan costs --by agent,run,role,model    the same, run by run
  $ tallyspan costs --by tenant --json           for another program
  $ tallyspan run app.js                         your program, unchanged, with its model calls recorded`,
  );

interface StartCommand {
  port: string;
  grpcPort?: string;
  host: string;
  dataDir: string;
  clickhouse?: string;
  cluster?: string;
}

program
  .command('start')
  .description('take traces over OTLP/HTTP and OTLP/gRPC, store them, show them')
  .option(
    '--port <port>',
    'where to listen; 0 takes a free one (TALLYSPAN_PORT)',
    process.env['TALLYSPAN_PORT'] || '4318',
  )
  .option(
    '--grpc-port <port>',
    'where to take OTLP/gRPC; 0 takes a free one, off takes none (TALLYSPAN_GRPC_PORT; default: the port below --port)',
    process.env['TALLYSPAN_GRPC_PORT'] || undefined,
  )
  .option('--host <host>', 'a loopback name or address', '127.0.0.1')
  .option(
    '--data-dir <dir>',
    'where everything is kept (TALLYSPAN_DATA_DIR)',
    process.env['TALLYSPAN_DATA_DIR'] || '.tallyspan',
  )
  .option(
    '--clickhouse <url>',
    'store spans there instead, clickhouse://user:password@host:8123/database; several servers may share it (TALLYSPAN_CLICKHOUSE)',
    process.env['TALLYSPAN_CLICKHOUSE'] || undefined,
  )
  .option(
    '--cluster <name>',
    'with --clickhouse: a cluster in its configuration, on all of whose servers tables are made (TALLYSPAN_CLUSTER)',
    process.env['TALLYSPAN_CLUSTER'] || undefined,
  )
  .action(async ({ port, grpcPort, host, dataDir, clickhouse, cluster }: StartCommand) => {
    // Loaded when it is needed: the database engine is large, and help should come at once.
    const { parsePort, parseGrpcPort, parseClickhouse, start } = await import('./start.ts');
    const store = parseClickhouse(clickhouse, cluster);
    const httpPort = parsePort(port);
    await start({
      port: httpPort,
      grpcPort: parseGrpcPort(grpcPort, httpPort),
      host,
      dataDir,
      ...(store && { clickhouse: store }),
    });
  });

program
  .command('import')
  .description(
    'send spans that an OpenTelemetry Collector stored in ClickHouse to a running server; again changes nothing',
  )
  .argument('<clickhouse>', 'clickhouse://user:password@host:8123/database')
  .option('--table <name>', "the table of the Collector's exporter", 'otel_traces')
  .option('--from <time>', 'spans that start then or later, 2026-11-21 or 2026-11-21T12:00:00Z')
  .option('--to <time>', 'spans that start before')
  .option('--url <url>', 'the running server', `http://127.0.0.1:${process.env['TALLYSPAN_PORT'] || '4318'}`)
  .action(async (clickhouse: string, options: ImportCommand) => {
    const { importFrom } = await import('./import.ts');
    await importFrom(clickhouse, options);
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

program
  .command('run')
  .description('run a program with every model call recorded: what follows goes to node as it stands')
  .argument('<program>', 'a file, with flags of node before it if you like')
  .argument('[args...]', 'what the program gets')
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (file: string, args: string[]) => {
    const { run } = await import('./run.ts');
    await run([file, ...args]);
  });

try {
  await program.parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
