import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedRequest } from '../recorded-request.ts';
import type { Reply } from '../reply.ts';

interface Sending {
  response: ServerResponse;
  request: RecordedRequest;
  reply: Reply;
  status: number;
  headers: Record<string, string>;
  chunks: readonly (string | Uint8Array)[];
}

/** Sends chunk by chunk, as the reply says it travels. Settles when the answer is complete, cut, or nobody reads it any more. */
export async function send(sending: Sending): Promise<void> {
  const { response, request } = sending;
  const gone = new AbortController();
  response.once('close', () => {
    if (request.outcome === 'open') request.outcome = 'left';
    gone.abort();
  });
  try {
    await sendChunks(sending, gone.signal);
  } catch (error) {
    // Waiting ends with an error when the client leaves. Anything else is a bug of the fake and must be seen.
    if (!gone.signal.aborted) throw error;
  }
}

async function sendChunks(
  { response, request, reply, status, headers, chunks }: Sending,
  gone: AbortSignal,
): Promise<void> {
  if (reply.delayMs !== undefined) await pause(reply.delayMs, undefined, { signal: gone });
  if (reply.dropBeforeHeaders) return drop(response, request);
  response.writeHead(status, headers);
  response.flushHeaders();
  for (let at = 0; at <= chunks.length; at += 1) {
    if (at === reply.waitAfterChunks) await settledOrGone(reply.until, gone);
    if (at === reply.hangAfterChunks) await settledOrGone(undefined, gone);
    if (at === reply.dropAfterChunks) return drop(response, request);
    const chunk = chunks[at];
    if (chunk === undefined) break;
    if (at > 0 && reply.chunkDelayMs !== undefined) await pause(reply.chunkDelayMs, undefined, { signal: gone });
    await written(response, chunk, gone);
    request.chunksSent = at + 1;
  }
  request.outcome = 'answered';
  response.end();
}

/** In the socket's hands: a connection that is cut after this chunk has delivered it. */
function written(response: ServerResponse, chunk: string | Uint8Array, gone: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (gone.aborted) return reject(gone.reason);
    response.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function drop(response: ServerResponse, request: RecordedRequest): void {
  request.outcome = 'dropped';
  response.destroy();
}

/** Without a promise it waits for the client to leave. */
function settledOrGone(until: Promise<unknown> | undefined, gone: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    gone.throwIfAborted();
    gone.addEventListener('abort', () => reject(gone.reason), { once: true });
    until?.then(
      () => resolve(),
      () => resolve(),
    );
  });
}
