import type { IncomingMessage } from 'node:http';

/** One request as it arrived, and what became of it. */
export interface RecordedRequest {
  method: string;
  /** Without the query: `/v1/messages`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  /** The JSON body; `{}` when there is none or it is none. */
  body: Record<string, unknown>;
  rawBody: string;
  /** The model asked for. */
  model: string | undefined;
  /** Events, or halves of a body, that were handed to the socket so far. */
  chunksSent: number;
  /** `open` while the answer is under way, or hangs; `left` when the client closed the connection before the end. */
  outcome: 'open' | 'answered' | 'dropped' | 'left';
}

/** Reads the whole request. */
export async function recordRequest(incoming: IncomingMessage): Promise<RecordedRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const rawBody = Buffer.concat(parts).toString('utf8');
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const body = parseObject(rawBody);
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body,
    rawBody,
    model: typeof body.model === 'string' ? body.model : undefined,
    chunksSent: 0,
    outcome: 'open',
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
