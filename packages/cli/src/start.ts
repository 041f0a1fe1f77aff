import { resolve } from 'node:path';
import { TallyError } from '@tallyspan/facts';
import { startServer, type ServerOptions } from '@tallyspan/server';

export interface StartOptions {
  port: number;
  /** Undefined takes no OTLP/gRPC. */
  grpcPort?: number | undefined;
  host: string;
  dataDir: string;
  clickhouse?: ServerOptions['clickhouse'];
}

/** Serves until SIGTERM or SIGINT, then stops in order and lets the process end with code 0. A second signal ends it at once. */
export async function start({ port, grpcPort, host, dataDir, clickhouse }: StartOptions): Promise<void> {
  const folder = resolve(dataDir);
  const server = await startServer({
    port,
    host,
    dataDir: folder,
    ...(grpcPort !== undefined && { grpcPort }),
    ...(clickhouse && { clickhouse }),
  });
  console.log(
    `Tallyspan is listening on ${server.url} (${clickhouse ? 'spans in ClickHouse, log' : 'data'} in ${folder})`,
  );
  if (server.grpcPort !== undefined) console.log(`OTLP/gRPC is taken on ${server.host}:${server.grpcPort}`);
  await new Promise<void>((stop) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
  });
  console.log('Stopping: requests in flight are finished, spans are stored.');
  await server.close();
}

export function parsePort(value: string): number {
  const fix = 'Start with --port 4318, or set TALLYSPAN_PORT.';
  return readPort(value, '--port', 'A port is a number from 0 (any free one) to 65535.', fix);
}

/** `--grpc-port`: without it the port below that of HTTP, as 4317 is below 4318, or any free one beside any free one. */
export function parseGrpcPort(value: string | undefined, httpPort: number): number | undefined {
  if (value === undefined) return Math.max(0, httpPort - 1);
  if (value === 'off') return undefined;
  const fix = 'Start with --grpc-port 4317, or set TALLYSPAN_GRPC_PORT.';
  return readPort(value, '--grpc-port', 'It is "off", or a number from 0 (any free port) to 65535.', fix);
}

function readPort(value: string, option: string, why: string, fix: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (port <= 65_535) return port;
  throw new TallyError('BAD_OPTION', { option, value: JSON.stringify(value), why, fix });
}

/** `--clickhouse` and `--cluster`; undefined when spans are kept in the data folder. */
export function parseClickhouse(url: string | undefined, cluster: string | undefined): ServerOptions['clickhouse'] {
  if (url !== undefined) return { url, ...(cluster !== undefined && { cluster }) };
  if (cluster === undefined) return undefined;
  throw new TallyError('BAD_OPTION', {
    option: '--cluster',
    value: JSON.stringify(cluster),
    why: 'A cluster is one of a ClickHouse.',
    fix: 'Start with --clickhouse as well, or set TALLYSPAN_CLICKHOUSE.',
  });
}
