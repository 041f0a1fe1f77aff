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
import { openAccess } from './auth/access.ts';
import type { Visitor } from './auth/door.ts';
import { hold, type IntakeOptions, retryOf, type Sender, takeIn } from './intake.ts';
import { type Answer, errorAnswer, successAnswer } from './otlp/answers.ts';
import { contentTypes, type Format } from './otlp/read-traces.ts';
import type { Signal } from './otlp/signals.ts';
import { discardRest, readBody, readEncoding, SenderGone, tooLarge } from './read-body.ts';
import { describeError, type Report } from './report.ts';

export interface IngestOptions extends IntakeOptions {
  report: Report;
  /** Lets a sender in, or throws. Default: anybody. */
  admit?: (visitor: Visitor) => Promise<Sender>;
}

const signals: Record<string, Signal> = { '/v1/traces': 'traces', '/v1/metrics': 'metrics', '/v1/logs': 'logs' };

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
    options.onRefused?.(isTallyError(error) ? error.code : 'INTERNAL');
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
  seen.format = readFormat(request);
  const sender = await admitSender(options, request);
  const signal = signals[pathOf(request)];
  if (signal === undefined)
    throw new TallyError('NOT_FOUND', { thing: 'OTLP path', id: pathOf(request).slice(0, 200), list: '/v1/traces' });
  if (request.method !== 'POST')
    throw new TallyError('METHOD_NOT_ALLOWED', { method: request.method ?? '', allow: 'POST' });
  if (seen.format === undefined) throw unknownType(request);
  const encoding = readEncoding(request.headers['content-encoding']);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.bodyBytesMax) throw tooLarge();
  const held = await hold(options, sender, announced);

  if (seen.expectsContinue) response.writeContinue();
  seen.expectsContinue = false;
  try {
    const body = await readBody(request, encoding, (bytes) => held.take(bytes));
    return successAnswer(seen.format, signal, await takeIn(options, body, seen.format, signal, sender));
  } finally {
    held.release();
  }
}

function failure({ report }: IngestOptions, error: unknown, format: Format | undefined): Answer {
  if (!isTallyError(error)) {
    const reference = randomUUID();
    report(`Internal error ${reference}: ${describeError(error instanceof Error ? (error.stack ?? error) : error)}`);
    return errorAnswer(new TallyError('INTERNAL', { reference }), format);
  }
  const answer = errorAnswer(error, format);
  if (error.code === 'METHOD_NOT_ALLOWED') answer.headers['allow'] = 'POST';
  if (answer.status === 401) answer.headers['www-authenticate'] = 'Bearer realm="tallyspan"';
  const retry = retryOf(error);
  if (retry !== undefined) answer.headers['retry-after'] = String(retry);
  return answer;
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer, seen: Seen): void {
  // A sender that was not told to continue may send its body or not; only a new connection is unambiguous.
  if (seen.expectsContinue) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-length': body.length, 'x-content-type-options': 'nosniff' });
  response.end(body);
  if (!request.complete && !seen.expectsContinue) discardRest(request);
}

/** Before anything of the body is read. A key in the URL is not looked at. */
export async function admitSender(
  { admit }: Pick<IngestOptions, 'admit'>,
  request: IncomingMessage,
  keyHeader?: string,
): Promise<Sender> {
  if (admit === undefined) return openAccess;
  const header = (name: string): string | undefined => {
    const values = request.headersDistinct[name];
    // Two that differ are none.
    return values?.length === 1 ? values[0] : undefined;
  };
  const visitor: Visitor = {
    ...{ header, method: request.method ?? '', path: pathOf(request) },
    from: request.socket.remoteAddress ?? '',
  };
  return admit(keyHeader === undefined ? visitor : { ...visitor, keyHeader });
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
