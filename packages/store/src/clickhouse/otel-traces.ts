/**
 * Reads the table that the OpenTelemetry Collector's ClickHouse exporter writes.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/clickhouseexporter
 */
import { readAddress } from './address.ts';
import { Connection } from './connection.ts';
import type { Row } from '../span-columns.ts';

/** One span as the Collector stored it: all attributes are text by now. */
export interface OtelTracesRow {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  /** `Client`, or `SPAN_KIND_CLIENT` from before 2023; the like for the status. */
  kind: string;
  status: string;
  statusMessage: string;
  start: bigint;
  durationNanos: bigint;
  resource: Record<string, string>;
  scopeName: string;
  scopeVersion: string;
  attributes: Record<string, string>;
  events: { time: bigint; name: string; attributes: Record<string, string> }[];
  links: { traceId: string; spanId: string; traceState: string; attributes: Record<string, string> }[];
}

export interface OtelTracesOptions {
  /** `clickhouse://user:password@host:8123/database`. Default database: `default`, which is the exporter's. */
  url: string;
  /** Default `otel_traces`. */
  table?: string;
  /** Nanoseconds since 1970: spans that start at `from` or later and before `to`. */
  from?: bigint;
  to?: bigint;
}

const hourNanos = 3_600_000_000_000n;
const rowsPerPage = 2_000;

const nanos = 'toUnixTimestamp64Nano(Timestamp)';
const select = `TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, StatusCode, StatusMessage, ${nanos} AS start,
  toInt64(Duration) AS duration, ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes,
  arrayMap(time -> toString(toUnixTimestamp64Nano(time)), \`Events.Timestamp\`) AS event_times, \`Events.Name\` AS event_names,
  \`Events.Attributes\` AS event_attributes, \`Links.TraceId\` AS link_traces, \`Links.SpanId\` AS link_spans,
  \`Links.TraceState\` AS link_states, \`Links.Attributes\` AS link_attributes`;

/** The spans by the hour in which they start, oldest first, in pages. Throws BAD_OPTION or CLICKHOUSE_UNUSABLE. */
export async function* readOtelTraces(options: OtelTracesOptions): AsyncGenerator<OtelTracesRow[]> {
  const { table = 'otel_traces', from = 0n, to = 2n ** 63n - 1n } = options;
  const address = readAddress(options.url);
  const hasDatabase = new URL(options.url).pathname.length > 1;
  const connection = new Connection({ ...address, database: hasDatabase ? address.database : 'default' });
  const ask = (sql: string, first: bigint, last: bigint) =>
    connection.explaining(() =>
      connection.query(
        sql.replace(
          '$where',
          `${nanos} >= {first:Int64} AND ${nanos} < {last:Int64} AND Timestamp >= fromUnixTimestamp64Nano({first:Int64})`,
        ),
        { table, first, last },
      ),
    );
  try {
    const hours = await ask(
      `SELECT DISTINCT intDiv(${nanos}, ${hourNanos}) AS hour FROM {table:Identifier} WHERE $where ORDER BY hour`,
      from,
      to,
    );
    for (const { hour } of hours as { hour: bigint }[]) {
      const first = hour * hourNanos > from ? hour * hourNanos : from;
      const last = (hour + 1n) * hourNanos < to ? (hour + 1n) * hourNanos : to;
      for (let page = 0, rows: Row[] = []; page === 0 || rows.length === rowsPerPage; page += 1) {
        rows = await ask(
          `SELECT ${select} FROM {table:Identifier} WHERE $where ORDER BY Timestamp, TraceId, SpanId
           LIMIT ${rowsPerPage} OFFSET ${page * rowsPerPage}`,
          first,
          last,
        );
        if (rows.length > 0) yield rows.map(readRow);
      }
    }
  } finally {
    await connection.close();
  }
}

function readRow(row: Row): OtelTracesRow {
  const text = (name: string) => row[name] as string;
  const list = <T = string>(name: string) => row[name] as T[];
  const maps = (name: string) => list<Record<string, string>>(name);
  return {
    traceId: text('TraceId'),
    spanId: text('SpanId'),
    parentSpanId: text('ParentSpanId'),
    traceState: text('TraceState'),
    name: text('SpanName'),
    kind: text('SpanKind'),
    status: text('StatusCode'),
    statusMessage: text('StatusMessage'),
    start: row.start as bigint,
    durationNanos: row.duration as bigint,
    resource: row.ResourceAttributes as Record<string, string>,
    scopeName: text('ScopeName'),
    scopeVersion: text('ScopeVersion'),
    attributes: row.SpanAttributes as Record<string, string>,
    events: list('event_times').map((time, index) => ({
      time: BigInt(time),
      name: list('event_names')[index]!,
      attributes: maps('event_attributes')[index]!,
    })),
    links: list('link_traces').map((traceId, index) => ({
      traceId,
      spanId: list('link_spans')[index]!,
      traceState: list('link_states')[index]!,
      attributes: maps('link_attributes')[index]!,
    })),
  };
}
