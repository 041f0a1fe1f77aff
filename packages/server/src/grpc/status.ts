/** How a call ends: gRPC trailers, with google.rpc.Status and RetryInfo in them where a sender may try again. */
import type { OutgoingHttpHeaders } from 'node:http2';
import { lengthField, varintField } from '../otlp/protobuf-writer.ts';

/** Trailers of a call that failed. With `retrySeconds` the sender is asked to come back then; without it, not at all. */
export function statusTrailers(code: number, message: string, retrySeconds?: number): OutgoingHttpHeaders {
  const details = retrySeconds === undefined ? [] : [lengthField(3, retryInfo(retrySeconds))];
  const status = Buffer.concat([varintField(1, code), lengthField(2, message), ...details]);
  return {
    'grpc-status': code,
    'grpc-message': percentEncode(message),
    'grpc-status-details-bin': status.toString('base64'),
  };
}

/** google.protobuf.Any around google.rpc.RetryInfo { Duration retry_delay = 1; } */
function retryInfo(seconds: number): Buffer {
  return Buffer.concat([
    lengthField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    lengthField(2, lengthField(1, varintField(1, seconds))),
  ]);
}

/** Printable ASCII but `%` stands for itself, every other byte of UTF-8 is `%XX`. */
function percentEncode(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/gu, (odd) =>
    [...Buffer.from(odd)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
