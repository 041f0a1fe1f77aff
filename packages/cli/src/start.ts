import { resolve } from 'node:path';
import { TallyError } from '@tallyspan/facts';
import { startServer } from '@tallyspan/server';

export interface StartOptions {
  port: number;
  host: string;
  dataDir: string;
}

/** Serves until SIGTERM or SIGINT, then stops in order and lets the process end with code 0. A second signal ends it at once. */
export async function start({ port, host, dataDir }: StartOptions): Promise<void> {
  const folder = resolve(dataDir);
  const server = await startServer({ port, host, dataDir: folder });
  console.log(`Tallyspan is listening on ${server.url} (data in ${folder})`);
  await new Promise<void>((stop) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
  });
  console.log('Stopping: requests in flight are finished, spans are stored.');
  await server.close();
}

export function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (port <= 65_535) return port;
  const fix = 'Start with --port 4318, or set TALLYSPAN_PORT.';
  throw new TallyError('BAD_OPTION', {
    option: '--port',
    value: JSON.stringify(value),
    why: 'A port is a number from 0 (any free one) to 65535.',
    fix,
  });
}
