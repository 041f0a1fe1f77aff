import type { Trace, TraceList } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { renderTrace } from './trace-tree.ts';

export interface TraceCommand {
  url: string;
  json?: boolean;
}

/** Prints one trace; without an id the newest. Throws SERVER_UNREACHABLE or SERVER_REFUSED. */
export async function trace(id: string | undefined, { url, json }: TraceCommand): Promise<void> {
  const traceId = id ?? (await newest(url));
  if (traceId === undefined) {
    console.log(json ? 'null' : 'No traces yet.');
    return;
  }
  const answer = await askServer<Trace>({ url, path: `/api/v1/traces/${encodeURIComponent(traceId)}` });
  console.log(json ? JSON.stringify(answer, null, 2) : renderTrace(answer, process.stdout.isTTY === true));
}

async function newest(url: string): Promise<string | undefined> {
  const { traces } = await askServer<TraceList>({ url, path: '/api/v1/traces', query: { limit: '1' } });
  return traces[0]?.traceId;
}
