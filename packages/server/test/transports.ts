/** One request over each of the three transports of OTLP, and what came back in the same shape. */
import { gzipSync } from 'node:zlib';
import type { WireSpan } from '@tallyspan/facts';
import type { GrpcClient } from './grpc-call.ts';
import { decodeAnswer, encode, encodeSpans, type MessageName } from './otlp-reference.ts';
import { send } from './send.ts';

export const transports = ['http/protobuf', 'http/json', 'grpc'] as const;
export type Transport = (typeof transports)[number];

export type Kind = 'traces' | 'metrics' | 'logs';

export interface Outcome {
  /** HTTP's for HTTP, google.rpc.Code for gRPC. */
  status: number;
  /** Content-Type of the answer; what gRPC carries is protobuf. */
  type: string | undefined;
  /** Bytes of an answer that went well. */
  bytes: number;
  /** `partialSuccess` of an answer that went well, with the count as a number. */
  partial: { rejected: number; message: string } | undefined;
  /** google.rpc.Status of one that did not. */
  error: { code: unknown; message: unknown } | undefined;
  /** Whether the sender is told to come back, and when. */
  retrySeconds: number | undefined;
}

export interface Doors {
  /** `http://127.0.0.1:4318` */
  url: string;
  grpc: GrpcClient;
}

export const formatOf = (transport: Transport) => (transport === 'http/json' ? 'json' : 'protobuf');
const contentTypes = { protobuf: 'application/x-protobuf', json: 'application/json' };
const messages: Record<Kind, MessageName> = {
  traces: 'ExportTraceServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
  logs: 'ExportLogsServiceRequest',
};

/** Spans, or a request without ids in it, as bytes for a transport. */
export function bodyFor(transport: Transport, content: readonly WireSpan[] | object, kind: Kind = 'traces'): Buffer {
  const format = formatOf(transport);
  if (Array.isArray(content)) return encodeSpans(content as WireSpan[], format);
  return format === 'json' ? Buffer.from(JSON.stringify(content)) : encode(messages[kind], content);
}

export async function deliver(
  doors: Doors,
  transport: Transport,
  body: Uint8Array,
  { kind = 'traces', gzip = false }: { kind?: Kind; gzip?: boolean } = {},
): Promise<Outcome> {
  if (transport === 'grpc') return deliverGrpc(doors, body, kind, gzip);
  const format = formatOf(transport);
  const headers = { 'content-type': contentTypes[format], ...(gzip && { 'content-encoding': 'gzip' }) };
  const sent = await send(`${doors.url}/v1/${kind}`, { headers, body: gzip ? gzipSync(body) : body });
  const wentWell = sent.status === 200;
  const retryAfter = sent.headers['retry-after'];
  const answer =
    format === 'json'
      ? (JSON.parse(sent.text) as Record<string, unknown>)
      : decodeAnswer(wentWell ? 'ExportTraceServiceResponse' : 'RpcStatus', sent.body);
  return {
    status: sent.status,
    type: sent.headers['content-type'],
    bytes: sent.body.length,
    partial: wentWell ? partialOf(answer) : undefined,
    error: wentWell ? undefined : { code: answer['code'], message: answer['message'] },
    retrySeconds: retryAfter === undefined ? undefined : Number(retryAfter),
  };
}

async function deliverGrpc({ grpc }: Doors, body: Uint8Array, kind: Kind, gzip: boolean): Promise<Outcome> {
  const signal = kind === 'traces' ? 'trace' : kind;
  const { code, body: answer, details } = await grpc.export(body, { signal, gzip });
  const status = details && decodeAnswer('RpcStatus', details);
  const hasRetryInfo = details?.includes('type.googleapis.com/google.rpc.RetryInfo') ?? false;
  return {
    status: code,
    type: 'application/x-protobuf',
    bytes: answer?.length ?? 0,
    partial: answer && partialOf(decodeAnswer('ExportTraceServiceResponse', answer)),
    error: status && { code: status['code'], message: status['message'] },
    // The seconds are the last byte of RetryInfo: half a minute is a varint of one byte.
    retrySeconds: hasRetryInfo ? details!.at(-1) : undefined,
  };
}

function partialOf(answer: Record<string, unknown>): Outcome['partial'] {
  const partial = answer['partialSuccess'] as Record<string, unknown> | undefined;
  if (partial === undefined) return undefined;
  const { errorMessage, ...counts } = partial;
  return { rejected: Number(Object.values(counts)[0]), message: String(errorMessage) };
}
