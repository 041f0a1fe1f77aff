import { TallyError } from '@tallyspan/facts';
import { importOtelTraces } from '@tallyspan/server';

export interface ImportCommand {
  table: string;
  url: string;
  from?: string;
  to?: string;
  json?: boolean;
}

/** Sends what a Collector stored in ClickHouse to a running server. */
export async function importFrom(clickhouse: string, { table, url, from, to, json }: ImportCommand): Promise<void> {
  const range = {
    ...(from !== undefined && { from: timeOf('--from', from) }),
    ...(to !== undefined && { to: timeOf('--to', to) }),
  };
  let told = Date.now();
  const { sent, refused } = await importOtelTraces({
    ...{ url: clickhouse, table, serverUrl: url, ...range },
    ...(process.env['TALLYSPAN_API_KEY'] && { key: process.env['TALLYSPAN_API_KEY'] }),
    onProgress(spans, start) {
      if (Date.now() - told < 1_000) return;
      told = Date.now();
      console.error(`${spans} spans, up to ${isoOf(start)}; to go on from there later: --from ${isoOf(start)}`);
    },
  });
  if (json) return console.log(JSON.stringify({ table, sent, refused }, null, 2));
  console.log(
    `Sent ${sent} spans from ${table}${refused === 0 ? '' : `; ${refused} of them were refused as invalid`}.`,
  );
}

function isoOf(nanos: bigint): string {
  return new Date(Number(nanos / 1_000_000n)).toISOString();
}

function timeOf(option: string, text: string): bigint {
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return BigInt(ms) * 1_000_000n;
  const why = 'A time is written like 2026-11-21 or 2026-11-21T12:00:00Z.';
  throw new TallyError('BAD_OPTION', { option, value: JSON.stringify(text), why, fix: 'Write it that way.' });
}
