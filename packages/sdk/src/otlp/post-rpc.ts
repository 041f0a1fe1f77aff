/**
 * OTLP/gRPC: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 * One connection for each receiver, opened when it is needed and again when it is gone. It keeps the process alive only while a call
 * that is to be waited for is under way.
 */
import type { ClientHttp2Session } from 'node:http2';
import { callHeaders, frame, runCall } from '../rpc/call.ts';
import { bytesOf, fieldsOf, readMessage, textOf } from '../rpc/protobuf.ts';
import { rpcCodes, type RpcError } from '../rpc/rpc-error.ts';
import { AGAIN, ANSWER_BYTES_MAX, reasonOf } from './outcome.ts';
import type { Sent, Target } from './post.ts';

/** Codes after which a request may be sent again (OTLP, "Failures"). RESOURCE_EXHAUSTED only where the receiver says when. */
const againCodes: ReadonlySet<number> = new Set([
  rpcCodes.cancelled,
  rpcCodes.deadlineExceeded,
  rpcCodes.aborted,
  rpcCodes.outOfRange,
  rpcCodes.unavailable,
  rpcCodes.dataLoss,
]);

/** HTTP/2 has none of these, or they are ours to say. */
const notMetadata =
  /^(?::.*|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings|host|te|content-(?:type|length)|grpc-.*)$/;

interface Connection {
  session: ClientHttp2Session;
  /** Calls that keep the process alive. */
  holds: number;
}

const connections = new Map<string, Connection>();

/** Makes one call. Resolves always; what throws here is for {@link Target}'s own sender to catch. */
export function sendRpc(target: Target, message: Buffer, compressed: boolean, hold: boolean): Promise<Sent> {
  return new Promise((resolve) => {
    const connection = connectionTo(target);
    const { session } = connection;
    const stream = session.request({
      ...metadataOf(target.headers),
      ...callHeaders,
      ':path': target.url.pathname,
      'grpc-timeout': `${Math.max(1, Math.ceil(target.timeoutMs))}m`,
      'grpc-accept-encoding': 'identity',
      ...(compressed && { 'grpc-encoding': 'gzip' }),
    });
    let answer: Buffer = Buffer.alloc(0);
    const settle = (sent: Sent) => {
      clearTimeout(timer);
      if (hold && --connection.holds === 0) session.unref();
      resolve(sent);
    };
    const cancel = runCall(stream, frame(message, compressed), ANSWER_BYTES_MAX, {
      onMessage: (received) => (answer = Buffer.from(received)),
      onEnd: (error) => settle(error ? afterError(error) : { outcome: 'ok', body: answer }),
    });
    const timer = setTimeout(() => {
      cancel();
      // Whoever does not answer may not be there any more: the next call makes a new connection.
      session.destroy();
      settle({ outcome: 'again', reason: 'timeout', afterMs: undefined });
    }, target.timeoutMs);
    if (hold) {
      connection.holds++;
      session.ref();
    } else timer.unref();
  });
}

function connectionTo({ url, tls }: Target): Connection {
  // Whoever shows another certificate is somebody else.
  const key = [url.origin, ...Object.values(tls ?? {}).map((pem) => pem.toString('latin1'))].join();
  const open = connections.get(key);
  if (open && !open.session.closed && !open.session.destroyed) return open;
  const session = process
    .getBuiltinModule('node:http2')
    .connect(url.origin, { settings: { enablePush: false }, ...tls });
  session.unref();
  // Calls are told on their own; a receiver that goes away is nothing to crash for.
  session.on('error', () => {});
  const connection = { session, holds: 0 };
  connections.set(key, connection);
  return connection;
}

function metadataOf(headers: Record<string, string>): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(named.filter(([name]) => !notMetadata.test(name)));
}

function afterError(error: RpcError): Sent {
  const { code, httpStatus, details, cause } = error;
  if (httpStatus !== undefined) {
    const reason = `HTTP ${httpStatus}`;
    return AGAIN.has(httpStatus) ? { outcome: 'again', reason, afterMs: undefined } : { outcome: 'never', reason };
  }
  // A stream is told that it was cancelled, and why in the cause of that.
  if (cause !== undefined)
    return { outcome: 'again', reason: reasonOf((cause as Error).cause ?? cause), afterMs: undefined };
  const retry = details && readRetryInfo(details);
  const again = againCodes.has(code) || (code === rpcCodes.resourceExhausted && retry !== undefined);
  const reason = `gRPC status ${code}`;
  return again ? { outcome: 'again', reason, afterMs: retry || undefined } : { outcome: 'never', reason };
}

/** Milliseconds of the google.rpc.RetryInfo in a google.rpc.Status; undefined when there is none, or the bytes are no protobuf. */
export function readRetryInfo(status: Buffer): number | undefined {
  try {
    for (const detail of readMessage(status)(3)) {
      const any = readMessage(detail);
      if (!textOf(any(1)).endsWith('/google.rpc.RetryInfo')) continue;
      let ms = 0;
      for (const { field, value } of fieldsOf(bytesOf(readMessage(bytesOf(any(2)))(1)))) {
        if (typeof value !== 'bigint') continue;
        const signed = Number(BigInt.asIntN(64, value));
        if (field === 1) ms += signed * 1_000;
        else if (field === 2) ms += signed / 1e6;
      }
      return Math.max(0, ms);
    }
  } catch {
    // A broken detail is none.
  }
  return undefined;
}
