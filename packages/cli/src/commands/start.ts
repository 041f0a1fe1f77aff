import type { Command } from 'commander';

interface StartCommand {
  port: string;
  grpcPort?: string;
  host: string;
  dataDir: string;
  clickhouse?: string;
  cluster?: string;
  auth: boolean;
  svidAudience?: string;
  svidBundle?: string[];
  svidTenant?: string[];
  allowPrivateWebhooks?: boolean;
  smtp?: string;
  mailFrom?: string;
}

export function startCommand(program: Command): void {
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
    .option(
      '--host <host>',
      'where to listen; on another than a loopback address everybody is asked for a key',
      '127.0.0.1',
    )
    .option('--no-auth', 'ask nobody for a key though there are some; on a loopback address only')
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
    .option('--svid-audience <name>', 'what workloads ask their JWT-SVID for: lets them in beside keys')
    .option(
      '--svid-bundle <domain=file...>',
      'keys of a SPIFFE trust domain: example.org=/run/bundle.json, or =https://…',
    )
    .option(
      '--svid-tenant <rule...>',
      'whose workloads are: spiffe://example.org/agent/{tenant}/**, or spiffe://…/x=acme',
    )
    .option(
      '--allow-private-webhooks',
      'alerts may be sent to this machine and to private networks too (TALLYSPAN_ALLOW_PRIVATE_WEBHOOKS=true)',
      process.env['TALLYSPAN_ALLOW_PRIVATE_WEBHOOKS'] === 'true' || undefined,
    )
    .option(
      '--smtp <url>',
      'what sends e-mail of alerts, smtp://user:password@host:587 (TALLYSPAN_SMTP)',
      process.env['TALLYSPAN_SMTP'] || undefined,
    )
    .option(
      '--mail-from <address>',
      'whom e-mail of alerts is from (TALLYSPAN_MAIL_FROM)',
      process.env['TALLYSPAN_MAIL_FROM'] || undefined,
    )
    .addHelpText(
      'after',
      '\nTALLYSPAN_ADMIN_KEY, as "tallyspan keys generate" prints it, is the first admin key; without it one is made and shown once.',
    )
    .action(async ({ port, grpcPort, host, dataDir, clickhouse, cluster, auth, ...others }: StartCommand) => {
      const { allowPrivateWebhooks, smtp, mailFrom, ...svid } = others;
      // Loaded when it is needed: the database engine is large, and help should come at once.
      const { parsePort, parseGrpcPort, parseClickhouse, parseSvid, start } = await import('../start.ts');
      const store = parseClickhouse(clickhouse, cluster);
      const httpPort = parsePort(port);
      await start({
        port: httpPort,
        grpcPort: parseGrpcPort(grpcPort, httpPort),
        host,
        dataDir,
        ...(store && { clickhouse: store }),
        alerts: {
          ...(allowPrivateWebhooks && { allowPrivate: true }),
          ...(smtp !== undefined && { smtp }),
          ...(mailFrom !== undefined && { mailFrom }),
        },
        auth: {
          noAuth: !auth,
          ...parseSvid(svid),
          ...(process.env['TALLYSPAN_ADMIN_KEY'] && { adminKey: process.env['TALLYSPAN_ADMIN_KEY'] }),
        },
      });
    });
}
