/**
 * OTLP/gRPC in: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 *
 * Straight on HTTP/2 and not on a gRPC library, because a message must be counted against the backlog while it arrives, stop at the
 * byte where it passes its limit, and not be waited for for ever. It goes the same way as a body over HTTP: {@link readBody}, {@link takeIn}.
 */
import { randomUUID } from 'node:crypto';
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { isTallyError, limits, TallyError } from '@tallyspan/facts';
import { openAccess } from '../auth/access.ts';
import type { IngestOptions } from '../ingest.ts';
import { hold, retryOf, type Sender, takeIn } from '../intake.ts';
import { rpcCode, successAnswer } from '../otlp/answers.ts';
import type { Signal } from '../otlp/signals.ts';
import { readBody, SenderGone } from '../read-body.ts';
import { describeError } from '../report.ts';
import { GrpcError } from './grpc-error.ts';
import { MessageBody } from './message-body.ts';
import { statusTrailers } from './status.ts';

export interface GrpcOptions extends IngestOptions {
  /** How long a message may take to arrive, and a new connection until its first call. Default `limits.requestTimeoutMs`. */
  messageMsMax?: number;
  /** How long a connection may be silent. Default `limits.grpcIdleMsMax`. */
  idleMsMax?: number;
}

const service = (signal: string) => `/opentelemetry.proto.collector.${signal}.v1`;
const methods: Record<string, Signal> = {
  [`${service('trace')}.TraceService/Export`]: 'traces',
  [`${service('metrics')}.MetricsService/Export`]: 'metrics',
  [`${service('logs')}.LogsService/Export`]: 'logs',
};

const accepted = { 'content-type': 'application/grpc', 'grpc-accept-encoding': 'identity,gzip' } as const;

export interface GrpcServer {
  /** Not listening yet. */
  server: Http2Server;
  /** Takes no more calls, and ends when those in flight have their answer; after `stopMsMax` they are cut off. */
  close(): Promise<void>;
}

export function createGrpcServer(options: GrpcOptions): GrpcServer {
  const server = createServer({
    settings: { maxConcurrentStreams: limits.grpcStreamsMax },
    // Streams that a sender opens and takes back at once, and frames that make no sense: then the connection ends.
    maxSessionRejectedStreams: limits.grpcStreamsMax,
    maxSessionInvalidFrames: limits.grpcStreamsMax,
  });
  server.maxConnections = limits.connectionsMax;
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    guardSession(session, options);
  });
  // A connection that breaks has its streams told; there is nothing more to do.
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => void handle(options, stream, headers));
  return { server, close: () => closeServer(server, sessions) };
}

async function closeServer(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of sessions) session.close();
  const cutOff = setTimeout(() => {
    for (const session of sessions) session.destroy();
  }, limits.stopMsMax);
  await closed;
  clearTimeout(cutOff);
}

/** A connection must come to the point, and does not stay for ever without a call. */
function guardSession(session: ServerHttp2Session, { messageMsMax, idleMsMax }: GrpcOptions): void {
  const tooSlow = setTimeout(() => session.destroy(), messageMsMax ?? limits.requestTimeoutMs);
  session.once('stream', () => clearTimeout(tooSlow));
  session.once('close', () => clearTimeout(tooSlow));
  session.setTimeout(idleMsMax ?? limits.grpcIdleMsMax, () => session.close());
}

async function handle(options: GrpcOptions, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  stream.on('error', () => {});
  try {
    const httpStatus = refusalOf(headers);
    if (httpStatus !== undefined) return refuse(stream, { ':status': httpStatus });
    succeed(stream, await answer(options, stream, headers));
  } catch (error) {
    if (error instanceof SenderGone || stream.destroyed || stream.closed) return;
    options.onRefused?.(
      isTallyError(error) ? error.code : error instanceof GrpcError ? `GRPC_${error.code}` : 'INTERNAL',
    );
    refuse(stream, { ':status': 200, ...accepted, ...failure(options, error) });
  }
}

/** What is no gRPC is answered in HTTP's words. */
function refusalOf({ ':method': method, 'content-type': type = '' }: IncomingHttpHeaders): number | undefined {
  if (method !== 'POST') return constants.HTTP_STATUS_METHOD_NOT_ALLOWED;
  const isGrpc = /^application\/grpc(\+proto)?\s*(;|$)/i.test(type);
  return isGrpc ? undefined : constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE;
}

async function answer(options: GrpcOptions, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<Buffer> {
  const path = headers[':path'] ?? '';
  const sender = await admitSender(options, stream, headers);
  const signal = methods[path];
  if (signal === undefined)
    throw new GrpcError('UNIMPLEMENTED', `There is no method ${JSON.stringify(path.slice(0, 200))} here.`);
  const held = await hold(options, sender);
  try {
    const encoding = String(headers['grpc-encoding'] ?? 'identity');
    const body = await readMessage(options, stream, encoding, (bytes) => held.take(bytes));
    return successAnswer('protobuf', signal, await takeIn(options, body, 'protobuf', signal, sender)).body;
  } finally {
    held.release();
  }
}

/** Metadata of a call are headers; the key stands in them as it does over HTTP. */
async function admitSender(
  { admit }: GrpcOptions,
  { session }: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<Sender> {
  if (admit === undefined) return openAccess;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const from = session?.socket.remoteAddress ?? '';
  return admit({ header, method: 'gRPC', path: (headers[':path'] ?? '').split('?', 1)[0]!, from });
}

async function readMessage(
  { messageMsMax }: GrpcOptions,
  stream: ServerHttp2Stream,
  encoding: string,
  onBytes: (bytes: number) => void,
): Promise<Buffer> {
  if (stream.destroyed || stream.closed || stream.aborted) throw new SenderGone();
  let tooSlow: NodeJS.Timeout | undefined;
  const message = new MessageBody((compressed) => known(compressed ? readPacking(encoding) : 'none'));
  let known: (packing: 'gzip' | 'none') => void = () => {};
  try {
    const packing = await new Promise<'gzip' | 'none'>((resolve, reject) => {
      known = resolve;
      message.once('error', reject);
      stream.once('aborted', () => message.destroy(new SenderGone()));
      stream.once('close', () => message.complete || message.destroy(new SenderGone()));
      const late = new GrpcError('DEADLINE_EXCEEDED', 'The message took too long to arrive.');
      tooSlow = setTimeout(() => message.destroy(late), messageMsMax ?? limits.requestTimeoutMs);
      stream.pipe(message);
    });
    if (message.errored) throw message.errored;
    return await readBody(message, packing, onBytes);
  } finally {
    clearTimeout(tooSlow);
    stream.unpipe(message);
    message.on('error', () => {}).destroy();
  }
}

/** How a compressed message is packed. The codes are those of gRPC's compression document. */
function readPacking(encoding: string): 'gzip' {
  if (encoding === 'gzip') return 'gzip';
  if (encoding === 'identity')
    throw new GrpcError('INTERNAL', 'The message is said to be compressed, and grpc-encoding does not say how.');
  const shown = JSON.stringify(encoding.slice(0, 100));
  throw new GrpcError('UNIMPLEMENTED', `grpc-encoding ${shown} is not understood; gzip and identity are.`);
}

function succeed(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed || stream.closed) return;
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  stream.respond({ ':status': 200, ...accepted }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
  stream.end(frame);
}

/** Answers at once, and wants no more of the message. */
function refuse(stream: ServerHttp2Stream, headers: Parameters<ServerHttp2Stream['respond']>[0]): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
  // What has arrived meanwhile must be read away, or the stream stays open for ever.
  stream.resume();
}

function failure({ report }: GrpcOptions, error: unknown): ReturnType<typeof statusTrailers> {
  if (error instanceof GrpcError) return statusTrailers(error.code, error.message);
  if (isTallyError(error)) return statusTrailers(rpcCode(error), error.message, retryOf(error));
  const reference = randomUUID();
  report(`Internal error ${reference}: ${describeError(error instanceof Error ? (error.stack ?? error) : error)}`);
  const internal = new TallyError('INTERNAL', { reference });
  return statusTrailers(rpcCode(internal), internal.message);
}
