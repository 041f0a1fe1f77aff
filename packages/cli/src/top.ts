import { setTimeout as pause } from 'node:timers/promises';
import { nanosFromUsd, usdFromNanos } from '@tallyspan/facts';
import type { Costs, TraceList } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { dollars, grouped, plural, printable } from './words.ts';

export interface TopCommand {
  url: string;
  by: string;
  /** Seconds between two looks. */
  every: string;
  /** How many looks; without end where it is not given. */
  times?: string;
  json?: boolean;
}

const WINDOW_MS = 5 * 60_000;

/** Who spends, now: dollars a minute over the last five, dearest first. Redrawn in place on a terminal, printed anew elsewhere. */
export async function top({ url, by, every, times, json }: TopCommand): Promise<void> {
  const pauseMs = Math.max(0.2, Number(every) || 2) * 1_000;
  for (let looks = 1; ; looks++) {
    const from = new Date(Date.now() - WINDOW_MS).toISOString();
    const costs = await askServer<Costs>({ url, path: '/api/v1/costs', query: { by, from } });
    if (json) console.log(JSON.stringify(costs));
    else draw(renderTop(costs, await underWay(url, from), process.stdout.rows ?? 24, process.stdout.columns ?? 100));
    if (times !== undefined && looks >= Number(times)) return;
    await pause(pauseMs);
  }
}

/** A span comes when it has ended, so what runs still is seen by its parts: traces whose root has not arrived. Of the newest so many. */
const LOOKED_AT = 500;

async function underWay(url: string, from: string): Promise<number> {
  const query = { from, limit: String(LOOKED_AT) };
  const { traces } = await askServer<TraceList>({ url, path: '/api/v1/traces', query });
  return traces.filter(({ rootArrived }) => !rootArrived).length;
}

function draw(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\u001b[H\u001b[2J${text}\n`);
  else console.log(`${text}\n`);
}

/** A table that fits the terminal: what does not is counted in its last line. */
export function renderTop(
  { by, rows, total, truncated }: Costs,
  running: number,
  height: number,
  width: number,
): string {
  const minutes = BigInt(WINDOW_MS / 60_000);
  const perMinute = (usd: string) => dollars(usdFromNanos(nanosFromUsd(usd) / minutes));
  const room = Math.max(1, height - 5);
  const shown = rows.slice(0, room);
  const table = [
    [by.join(' › '), '$/min', 'calls', 'errors', 'tokens'],
    ...shown.map((row) => [
      row.key.map((part) => (part === null ? '–' : printable(part))).join(' › '),
      row.unpricedCalls === row.calls ? 'unpriced' : perMinute(row.costUsd),
      grouped(row.calls),
      grouped(row.errors),
      grouped(row.inputTokens + row.outputTokens),
    ]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const lines = table.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .slice(0, width),
  );
  const hidden = rows.length - shown.length;
  const more = hidden > 0 || truncated ? [`and ${plural(hidden, 'further row')}${truncated ? ' or more' : ''}`] : [];
  const head = `Last 5 minutes: ${perMinute(total.costUsd)} a minute, ${plural(total.calls, 'call')}, ${plural(total.errors, 'error')}; ${plural(running, 'trace')} under way`;
  return [head, '', ...lines, ...more].join('\n');
}
