/**
 * OTLP/HTTP in: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 *
 *   headers ──► body (bounded) ──► check every span ──► log (fsync) ──► 200
 *      │            │                    │                 │
 *   405 415 413    400 413       400, or 200 with       503 with Retry-After: the sender tries again
 *      503                       partial success
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isTallyError, limits, TallyError } from '@tallyspan/facts';
import type { Log } from '@tallyspan/store';
import type { Backlog } from './backlog.ts';
import { type Answer, errorAnswer, successAnswer } from './otlp/answers.ts';
import { checkTraces, contentTypes, type Format } from './otlp/read-traces.ts';
import { countRecords, type Signal } from './otlp/signals.ts';
import { readBody, readEncoding, SenderGone, tooLarge } from './read-body.ts';
import { describeError, type Report } from './report.ts';

export interface IngestOptions {
  log: Pick<Log, 'append'>;
  backlog: Backlog;
  /** Called after something new lies in the log. */
  onLogged: () => void;
  /** Called with the outcome of every write to the log. */
  onWrite: (error?: unknown) => void;
  dataDir: string;
  report: Report;
}

const signals: Record<string, Signal> = { '/v1/traces': 'traces', '/v1/metrics': 'metrics', '/v1/logs': 'logs' };

/** How each unkept signal is called in an answer, and what points it elsewhere. */
const unkept = {
  metrics: { signal: 'Metrics', variable: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT' },
  logs: { signal: 'Logs', variable: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT' },
} as const;

/** Answers everything under `/v1/`. `expectsContinue` is for requests whose body waits for our word (`Expect: 100-continue`). */
export function createIngest(
  options: IngestOptions,
): (...request: [...Parameters<RequestListener>, expectsContinue?: boolean]) => void {
  return (request, response, expectsContinue = false) => {
    void handle(options, request, response, expectsContinue);
  };
}

async function handle(
  options: IngestOptions,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const seen: Seen = { expectsContinue };
  try {
    send(request, response, await answer(options, request, response, seen), seen);
  } catch (error) {
    if (error instanceof SenderGone || response.destroyed) return;
    send(request, response, failure(options, error, seen.format), seen);
  }
}

/** What is known about a request when it fails. */
interface Seen {
  format?: Format;
  /** The sender still waits for `100 Continue`. */
  expectsContinue: boolean;
}

async function answer(
  options: IngestOptions,
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
): Promise<Answer> {
  const signal = signals[pathOf(request)];
  if (signal === undefined)
    throw new TallyError('NOT_FOUND', { thing: 'OTLP path', id: pathOf(request).slice(0, 200), list: '/v1/traces' });
  seen.format = readFormat(request);
  if (request.method !== 'POST')
    throw new TallyError('METHOD_NOT_ALLOWED', { method: request.method ?? '', allow: 'POST' });
  if (seen.format === undefined) throw unknownType(request);
  const encoding = readEncoding(request.headers['content-encoding']);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.bodyBytesMax) throw tooLarge();
  if (options.backlog.full(announced)) throw overloaded(options.backlog);

  if (seen.expectsContinue) response.writeContinue();
  seen.expectsContinue = false;
  let held = 0;
  try {
    const body = await readBody(request, encoding, (bytes) => {
      if (options.backlog.full(bytes)) throw overloaded(options.backlog);
      options.backlog.reading(bytes);
      held += bytes;
    });
    return signal === 'traces' ? await takeTraces(options, body, seen.format) : countOnly(body, seen.format, signal);
  } finally {
    options.backlog.reading(-held);
  }
}

async function takeTraces(options: IngestOptions, body: Buffer, format: Format): Promise<Answer> {
  const { accepted, refusals } = await checkTraces(body, format);
  if (accepted > 0) await append(options, body, format);
  if (refusals.count === 0) return successAnswer(format, 'traces');
  const message = refusals.message(accepted + refusals.count);
  return successAnswer(format, 'traces', { rejected: refusals.count, message });
}

/** Resolves when the body is safe on disk: only then may it be acknowledged. */
async function append({ log, dataDir, onLogged, onWrite }: IngestOptions, body: Buffer, format: Format): Promise<void> {
  try {
    await log.append({ meta: { signal: 'traces', contentType: format, receivedAt: Date.now() }, body });
    onWrite();
  } catch (error) {
    onWrite(error);
    if (isTallyError(error) && error.code === 'STORAGE_FULL') throw error;
    throw new TallyError('STORAGE_FULL', { reason: describeError(error), dir: dataDir }, error);
  }
  onLogged();
}

/** Metrics and logs have no place here yet. Saying so is better than taking them and losing them. */
function countOnly(body: Buffer, format: Format, signal: 'metrics' | 'logs'): Answer {
  const rejected = countRecords(body, format, signal);
  if (rejected === 0) return successAnswer(format, signal);
  return successAnswer(format, signal, {
    rejected,
    message: new TallyError('SIGNAL_NOT_STORED', unkept[signal]).message,
  });
}

function failure({ report }: IngestOptions, error: unknown, format: Format | undefined): Answer {
  if (!isTallyError(error)) {
    const reference = randomUUID();
    report(`Internal error ${reference}: ${describeError(error instanceof Error ? (error.stack ?? error) : error)}`);
    return errorAnswer(new TallyError('INTERNAL', { reference }), format);
  }
  const answer = errorAnswer(error, format);
  if (error.code === 'METHOD_NOT_ALLOWED') answer.headers['allow'] = 'POST';
  // Spread over half a minute, or all senders come back at once.
  if (answer.status === 503) answer.headers['retry-after'] = String(1 + Math.floor(Math.random() * 30));
  return answer;
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer, seen: Seen): void {
  // A sender that was not told to continue may send its body or not; only a new connection is unambiguous.
  if (seen.expectsContinue) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-length': body.length, 'x-content-type-options': 'nosniff' });
  response.end(body);
  if (!request.complete && !seen.expectsContinue) discardRest(request);
}

/** A sender in the middle of its body hears the answer only when it may finish; but it may not go on for ever. */
function discardRest(request: IncomingMessage): void {
  let left = limits.bodyBytesMax;
  request.on('error', () => {});
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0]!;
}

/** By the media type alone: parameters such as charset say nothing here. Two headers that may differ are none. */
function readFormat(request: IncomingMessage): Format | undefined {
  const headers = request.headersDistinct['content-type'] ?? [];
  if (headers.length !== 1) return undefined;
  const type = headers[0]!.split(';', 1)[0]!.trim().toLowerCase();
  return type === contentTypes.protobuf ? 'protobuf' : type === contentTypes.json ? 'json' : undefined;
}

function unknownType(request: IncomingMessage): TallyError {
  const headers = request.headersDistinct['content-type'] ?? [];
  return new TallyError('CONTENT_TYPE_UNKNOWN', {
    type: headers.length === 0 ? '(none)' : JSON.stringify(headers.join(', ').slice(0, 100)),
  });
}

function overloaded(backlog: Backlog): TallyError {
  return new TallyError('OVERLOADED', { mib: Math.round(backlog.bytes / 1024 ** 2) });
}
