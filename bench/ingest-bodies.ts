/** OTLP bodies for bench/ingest.ts: model calls as an SDK sends them, and 64 MiB of what nobody should send. */
import { randomBytes } from 'node:crypto';
import { lengthField, varintField } from '../packages/server/src/otlp/protobuf-writer.ts';

const bodyBytes = 64 * 1024 ** 2;

function text(key: string, value: string): Buffer {
  return lengthField(9, Buffer.concat([lengthField(1, key), lengthField(2, lengthField(1, value))]));
}

function integer(key: string, value: number): Buffer {
  return lengthField(9, Buffer.concat([lengthField(1, key), lengthField(2, varintField(3, value))]));
}

function time(field: number, nanos: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (field << 3) | 1;
  bytes.writeBigUInt64LE(nanos, 1);
  return bytes;
}

const start = BigInt(Date.now()) * 1_000_000n;

/** About 550 bytes, twenty of them in one trace. */
function span(index: number): Buffer {
  const traceId = Buffer.alloc(16, 1);
  traceId.writeUInt32BE(Math.floor(index / 20) + 1, 8);
  const spanId = Buffer.alloc(8, 2);
  spanId.writeUInt32BE(index + 1, 4);
  const begin = start + BigInt(index) * 1_000n;
  return Buffer.concat([
    lengthField(1, traceId),
    lengthField(2, spanId),
    lengthField(5, 'chat gpt-4o'),
    varintField(6, 3),
    time(7, begin),
    time(8, begin + 1_500_000_000n),
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.request.model', 'gpt-4o'),
    text('gen_ai.response.model', 'gpt-4o-2024-08-06'),
    text('gen_ai.response.id', `chatcmpl-${index}`),
    text('gen_ai.agent.name', `agent ${index % 7}`),
    text('tally.role', `role ${index % 3}`),
    text('tally.tenant', `tenant ${index % 5}`),
    integer('gen_ai.usage.input_tokens', 1_000 + (index % 500)),
    integer('gen_ai.usage.output_tokens', 100 + (index % 90)),
    text('server.address', 'api.openai.com'),
  ]);
}

function request(spans: Buffer): Buffer {
  const resource = lengthField(1, lengthField(1, text('service.name', 'bench').subarray(2)));
  return lengthField(1, Buffer.concat([resource, lengthField(2, spans)]));
}

/** `count` spans from number `first` on, as one request. */
export function bodyOf(first: number, count: number): Buffer {
  return request(Buffer.concat(Array.from({ length: count }, (_, index) => lengthField(2, span(first + index)))));
}

/** Fills a span with one small field again and again. */
function fullSpan(piece: Buffer): Buffer {
  const ids = span(0);
  const room = Math.floor((bodyBytes - ids.length - 100) / piece.length) * piece.length;
  return request(lengthField(2, Buffer.concat([ids, Buffer.alloc(room, piece)])));
}

export const hostile: Record<string, () => Buffer> = {
  '64 MiB of good spans': () => {
    const spans = Math.floor(bodyBytes / (span(0).length + 10));
    return bodyOf(1_000_000, spans);
  },
  '64 MiB of one span, all attributes': () => fullSpan(lengthField(9, Buffer.alloc(0))),
  '64 MiB of one span, unknown fields': () => fullSpan(Buffer.from([0x98, 0x06, 0x01])),
  '64 MiB of one span, one array': () => {
    const items = Buffer.alloc(bodyBytes - 1_000, Buffer.from([0x0a, 0x00]));
    const value = lengthField(2, lengthField(5, items));
    return request(
      lengthField(2, Buffer.concat([span(0), lengthField(9, Buffer.concat([lengthField(1, 'k'), value]))])),
    );
  },
  '64 MiB of empty spans': () => request(Buffer.alloc(bodyBytes - 100, Buffer.from([0x12, 0x00]))),
  '64 MiB of noise': () => randomBytes(bodyBytes),
};
