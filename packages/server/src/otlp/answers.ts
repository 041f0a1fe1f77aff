/** What an OTLP receiver answers: Export*ServiceResponse and google.rpc.Status, in the format of the request. */
import type { TallyError } from '@tallyspan/facts';
import { lengthField, varintField } from './protobuf-writer.ts';
import { contentTypes, type Format } from './read-traces.ts';
import type { Signal } from './signals.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface PartialSuccess {
  rejected: number;
  message: string;
}

/** `rejectedSpans` in JSON; in protobuf the field is 1 for all signals. */
const rejectedKeys: Record<Signal, string> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
};

/** 200. Without `partial` everything was stored, and the message is empty, as the specification asks. */
export function successAnswer(format: Format, signal: Signal, partial?: PartialSuccess): Answer {
  const body = format === 'json' ? Buffer.from(JSON.stringify(successJson(signal, partial))) : successProtobuf(partial);
  return { status: 200, headers: { 'content-type': contentTypes[format] }, body };
}

function successJson(signal: Signal, partial?: PartialSuccess): object {
  if (!partial) return {};
  // An int64 is text in OTLP/JSON.
  return { partialSuccess: { [rejectedKeys[signal]]: String(partial.rejected), errorMessage: partial.message } };
}

function successProtobuf(partial?: PartialSuccess): Buffer {
  if (!partial) return Buffer.alloc(0);
  return lengthField(1, Buffer.concat([varintField(1, partial.rejected), lengthField(2, partial.message)]));
}

/** HTTP status and google.rpc.Code of each error a sender can meet. */
const statuses: Partial<Record<TallyError['code'], readonly [http: number, rpc: number]>> = {
  BODY_UNREADABLE: [400, 3],
  METHOD_NOT_ALLOWED: [405, 12],
  BODY_TOO_LARGE: [413, 8],
  SPANS_TOO_MANY: [413, 8],
  CONTENT_TYPE_UNKNOWN: [415, 3],
  CONTENT_ENCODING_UNKNOWN: [415, 3],
  NOT_FOUND: [404, 5],
  UNAUTHENTICATED: [401, 16],
  FORBIDDEN: [403, 7],
  // Throttling that ends: gRPC's senders look for RetryInfo beside it.
  QUOTA_EXCEEDED: [429, 8],
  AUTH_UNAVAILABLE: [503, 14],
  OVERLOADED: [503, 14],
  STORAGE_FULL: [503, 14],
};

/** The google.rpc.Code of an error. */
export function rpcCode(error: TallyError): number {
  return statuses[error.code]?.[1] ?? 13;
}

/** An error as Status. JSON where the request does not say what it is written in. */
export function errorAnswer(error: TallyError, format: Format = 'json', headers: Record<string, string> = {}): Answer {
  const [status, code] = statuses[error.code] ?? [500, 13];
  const body =
    format === 'json'
      ? Buffer.from(JSON.stringify({ code, message: error.message }))
      : Buffer.concat([varintField(1, code), lengthField(2, error.message)]);
  return { status, headers: { 'content-type': contentTypes[format], ...headers }, body };
}
