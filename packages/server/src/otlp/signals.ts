/** The two signals that are not stored yet are at least counted, so that the answer can say how much was refused. */
import { JsonReader } from './json-reader.ts';
import { skipNull } from './json-value.ts';
import { jsonDepthMax } from './json-traces.ts';
import { LENGTH, ProtobufReader } from './protobuf-reader.ts';
import { field } from './protobuf-value.ts';
import type { Format } from './read-traces.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

interface Counted {
  message: string;
  /** From the request down to the records: the fields of each level, in protobuf and in JSON. */
  levels: readonly { fields: readonly number[]; keys: readonly string[] }[];
}

/** metrics/v1/metrics.proto and logs/v1/logs.proto of opentelemetry-proto v1.9.0. */
const counted: Record<'metrics' | 'logs', Counted> = {
  metrics: {
    message: 'ExportMetricsServiceRequest',
    levels: [
      { fields: [1], keys: ['resourceMetrics'] },
      { fields: [2], keys: ['scopeMetrics'] },
      { fields: [2], keys: ['metrics'] },
      { fields: [5, 7, 9, 10, 11], keys: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] },
      { fields: [1], keys: ['dataPoints'] },
    ],
  },
  logs: {
    message: 'ExportLogsServiceRequest',
    levels: [
      { fields: [1], keys: ['resourceLogs'] },
      { fields: [2], keys: ['scopeLogs'] },
      { fields: [2], keys: ['logRecords'] },
    ],
  },
};

/** Data points or log records in a body. Throws BODY_UNREADABLE. */
export function countRecords(body: Uint8Array, format: Format, signal: 'metrics' | 'logs'): number {
  const { message, levels } = counted[signal];
  if (format === 'protobuf') {
    const tags = levels.map(({ fields }) => new Set(fields.map((number) => field(number, LENGTH))));
    return countInMessage(new ProtobufReader(body, message), tags, 0);
  }
  const reader = new JsonReader(body, message, jsonDepthMax);
  const count = countInObject(
    reader,
    levels.map(({ keys }) => new Set(keys)),
    0,
  );
  reader.end();
  return count;
}

function countInMessage(reader: ProtobufReader, tags: readonly ReadonlySet<number>[], level: number): number {
  let count = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (!tags[level]!.has(tag)) reader.skip(tag);
    else if (level === tags.length - 1) {
      reader.take();
      count++;
    } else {
      const outer = reader.enter();
      count += countInMessage(reader, tags, level + 1);
      reader.leave(outer);
    }
  }
  return count;
}

function countInObject(reader: JsonReader, keys: readonly ReadonlySet<string>[], level: number): number {
  let count = 0;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (!keys[level]!.has(key)) reader.skipValue();
    else if (!skipNull(reader)) count += countInValue(reader, keys, level);
  }
  return count;
}

/** A level is a list, but for the kind of a metric, which is one object. */
function countInValue(reader: JsonReader, keys: readonly ReadonlySet<string>[], level: number): number {
  const last = level === keys.length - 1;
  if (!last && reader.kind() === 'object') return countInObject(reader, keys, level + 1);
  let count = 0;
  for (let item = reader.firstItem(); item; item = reader.nextItem()) {
    if (last) {
      reader.skipValue();
      count++;
    } else count += countInObject(reader, keys, level + 1);
  }
  return count;
}
