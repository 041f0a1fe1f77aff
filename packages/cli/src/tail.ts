import { setTimeout as pause } from 'node:timers/promises';
import { isTallyError } from '@tallyspan/facts';
import type { Trace, TraceSummary } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { serverEvents } from './server-events.ts';
import { duration, money, plural, printable } from './words.ts';

export interface TailCommand {
  url: string;
  json?: boolean;
  /** A filter: only what it finds. */
  query?: string;
}

/** A trace is printed when nothing was heard of it for so long: by then its root has mostly arrived. */
const QUIET_MS = 700;

/** Prints traces as they come, one line each, until it is interrupted. Reconnects when the server goes away. */
export async function tail({ url, json, query }: TailCommand): Promise<void> {
  const timers = new Map<string, NodeJS.Timeout>();
  const show = async (traceId: string) => {
    timers.delete(traceId);
    try {
      const { summary } = await askServer<Trace>({ url, path: `/api/v1/traces/${traceId}` });
      console.log(json ? JSON.stringify(summary) : lineOf(summary));
    } catch {
      // It was deleted meanwhile, or the server is gone: the loop below finds out.
    }
  };
  for (let tries = 0; ; tries++) {
    try {
      for await (const { event, data } of serverEvents({ url, path: '/api/v1/tail', query: { q: query } })) {
        tries = 0;
        if (event !== 'spans') continue;
        for (const traceId of (JSON.parse(data) as { traceIds: string[] }).traceIds) {
          clearTimeout(timers.get(traceId));
          timers.set(
            traceId,
            setTimeout(() => void show(traceId), QUIET_MS),
          );
        }
      }
    } catch (error) {
      // The first time somebody mistyped the address; later the server restarts.
      if (tries === 0 || (isTallyError(error) && error.code !== 'SERVER_UNREACHABLE')) throw error;
    }
    await pause(Math.min(5_000, 200 * 2 ** tries));
  }
}

/** `12:04:07  ok   crew (acme) #3  3 calls  2.41 s  $0.0153  0af765…` */
export function lineOf(summary: TraceSummary): string {
  const { start, status, name, agent, tenant, runNumber, calls, durationMs, traceId } = summary;
  const who = `${agent ?? name}${tenant === null ? '' : ` (${tenant})`}${runNumber === null ? '' : ` #${runNumber}`}`;
  const time = new Date(start).toTimeString().slice(0, 8);
  return [
    time,
    status.padEnd(5),
    printable(who),
    plural(calls, 'call'),
    duration(durationMs),
    money(summary),
    traceId,
  ].join('  ');
}
