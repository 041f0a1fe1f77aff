import { context, createContextKey } from '@opentelemetry/api';
import { promisify } from 'node:util';
import { AGAIN, ANSWER_BYTES_MAX, reasonOf } from './outcome.ts';
import { sendRpc } from './post-rpc.ts';

/** Where export requests go. */
export interface Target {
  url: URL;
  headers: Record<string, string>;
  timeoutMs: number;
  compress: boolean;
  /** Default: protobuf, which is what OTLP requests are. */
  contentType?: string;
  /** OTLP/gRPC: the path of the URL is the method that is called, the headers are its metadata. Default: OTLP/HTTP. */
  rpc?: boolean;
  /** Certificates of one's own, as Node's TLS takes them. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer };
  /** Requests of one lane share two connections, and wait for none of another lane. Default: that of exports. */
  lane?: string;
}

/**
 * How a request ended. `again` may be sent again (OTLP: 429, 502, 503, 504 and broken connections), `never` must not.
 * `body` is the answer, at most 64 KiB of it.
 */
export type Sent =
  | { outcome: 'ok'; body: Buffer }
  | { outcome: 'again'; reason: string; afterMs: number | undefined }
  | { outcome: 'never'; reason: string };

const COMPRESS_FROM_BYTES = 1024;

/**
 * What sends. Loaded with the first request, by which the program has long been running: `import` of `node:http` would load undici as
 * well, and be half of what our own import costs.
 */
function makeSender(secure: boolean) {
  const { request, Agent } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
  // One connection each, kept alive and unreferenced: it never keeps the user's process running.
  return { request, agent: new Agent({ keepAlive: true, maxSockets: 2 }) };
}
const senders = new Map<string, ReturnType<typeof makeSender>>();

function senderOf({ url, lane = 'exports' }: Target): ReturnType<typeof makeSender> {
  const key = `${url.protocol}${lane}`;
  let sender = senders.get(key);
  if (!sender) senders.set(key, (sender = makeSender(url.protocol === 'https:')));
  return sender;
}

const gzip = (body: Buffer): Promise<Buffer> =>
  promisify(process.getBuiltinModule('node:zlib').gzip)(body, { level: 1 });

/** The key by which OpenTelemetry instrumentations know that a request is not the user's (`@opentelemetry/core` suppressTracing). */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Posts one request. Resolves always, rejects never. Uses `node:http` directly: a patched or mocked `fetch` of the user's
 * must neither see nor break it. While `hold` is true the socket keeps the process alive (used at exit only).
 */
export async function post(target: Target, body: Buffer, hold: boolean): Promise<Sent> {
  try {
    const compressed = target.compress && body.length >= COMPRESS_FROM_BYTES;
    const payload = compressed ? await gzip(body) : body;
    return await context.with(context.active().setValue(SUPPRESS_TRACING, true), () =>
      (target.rpc ? sendRpc : send)(target, payload, compressed, hold),
    );
  } catch (error) {
    return { outcome: 'again', reason: reasonOf(error), afterMs: undefined };
  }
}

function send(target: Target, payload: Buffer, compressed: boolean, hold: boolean): Promise<Sent> {
  return new Promise((resolve) => {
    const { request, agent } = senderOf(target);
    const outgoing = request(target.url, {
      method: 'POST',
      agent,
      ...target.tls,
      headers: {
        ...target.headers,
        'content-type': target.contentType ?? 'application/x-protobuf',
        'content-length': payload.length,
        ...(compressed ? { 'content-encoding': 'gzip' } : {}),
      },
    });
    const fail = (error: unknown) => {
      clearTimeout(timer);
      resolve({ outcome: 'again', reason: reasonOf(error), afterMs: undefined });
    };
    const timer = setTimeout(() => outgoing.destroy(new Error('timeout')), target.timeoutMs);
    if (!hold) timer.unref();
    outgoing.on('socket', (socket) => (hold ? socket.ref() : socket.unref()));
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes <= ANSWER_BYTES_MAX) parts.push(part);
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        clearTimeout(timer);
        const status = incoming.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve({ outcome: 'ok', body: Buffer.concat(parts) });
        else if (AGAIN.has(status)) {
          resolve({
            outcome: 'again',
            reason: `HTTP ${status}`,
            afterMs: retryAfterMs(incoming.headers['retry-after']),
          });
        } else resolve({ outcome: 'never', reason: `HTTP ${status}` });
      });
    });
    outgoing.end(payload);
  });
}

/** Seconds or an HTTP date (OTLP 1.11 allows both), as milliseconds from now. */
export function retryAfterMs(header: string | undefined, nowMs = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
