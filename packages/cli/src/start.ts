import { resolve } from 'node:path';
import { TallyError } from '@tallyspan/facts';
import { type AuthOptions, startServer, type ServerOptions } from '@tallyspan/server';

export interface StartOptions {
  port: number;
  /** Undefined takes no OTLP/gRPC. */
  grpcPort?: number | undefined;
  host: string;
  dataDir: string;
  clickhouse?: ServerOptions['clickhouse'];
  auth?: AuthOptions;
  alerts?: ServerOptions['alerts'];
}

/** Serves until SIGTERM or SIGINT, then stops in order and lets the process end with code 0. A second signal ends it at once. */
export async function start({ port, grpcPort, host, dataDir, clickhouse, auth, alerts }: StartOptions): Promise<void> {
  const folder = resolve(dataDir);
  const server = await startServer({
    port,
    host,
    dataDir: folder,
    ...(grpcPort !== undefined && { grpcPort }),
    ...(clickhouse && { clickhouse }),
    ...(auth && { auth }),
    ...(alerts && { alerts }),
  });
  console.log(
    `Tallyspan is listening on ${server.url} (${clickhouse ? 'spans in ClickHouse, log' : 'data'} in ${folder})`,
  );
  if (server.grpcPort !== undefined) console.log(`OTLP/gRPC is taken on ${server.host}:${server.grpcPort}`);
  if (server.adminKey !== undefined)
    console.log(`The first admin key, shown this once; sign in with it, or set TALLYSPAN_API_KEY: ${server.adminKey}`);
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

interface SvidFlags {
  svidAudience?: string;
  svidBundle?: string[];
  svidTenant?: string[];
}

/** `--svid-audience`, `--svid-bundle` and `--svid-tenant`, which belong together. */
export function parseSvid({ svidAudience, svidBundle = [], svidTenant = [] }: SvidFlags): Pick<AuthOptions, 'svid'> {
  if (svidAudience === undefined && svidBundle.length === 0 && svidTenant.length === 0) return {};
  const bad = (option: string, value: string, why: string) =>
    new TallyError('BAD_OPTION', { option, value, why, fix: 'See tallyspan start --help.' });
  if (svidAudience === undefined || svidBundle.length === 0 || svidTenant.length === 0)
    throw bad('--svid-audience', 'alone', 'A token needs an audience, keys to check it with and a tenant it is of.');
  const bundles = svidBundle.map((text) => {
    const [, trustDomain, origin] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (trustDomain === undefined || origin === undefined)
      throw bad('--svid-bundle', JSON.stringify(text), 'It is a trust domain, =, and a file or an https address.');
    return origin.startsWith('https://') ? { trustDomain, url: origin } : { trustDomain, file: origin };
  });
  const tenants = svidTenant.map((text) => {
    const [, pattern = text, tenant] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    return tenant === undefined ? { pattern } : { pattern, tenant };
  });
  return { svid: { audience: svidAudience, bundles, tenants } };
}
