/**
 * What lies in ClickHouse. Rows are only ever inserted. Two rows with the same key are one: which of them, `version` says, and
 * every query reads with FINAL, so nobody sees both.
 *
 *   spans      key: hour, tenant, trace, span   the row that came first stays, until it is replaced: then the last one
 *   times      key: trace                       from the first to the last start of any span that was sent
 *   summaries  key: trace, tenant               the one that knows most stays
 *   runs       key: tenant, agent, run          the row that came first stays
 *   positions  key: replica                     the last one stays
 */
import { filledColumns, type ClickhouseColumn } from './columns.ts';
import { totalColumns } from './totals.ts';

export interface Table {
  name: string;
  columns: readonly ClickhouseColumn[];
  /** What becomes of rows with the same key. Default: nothing. */
  engine?: 'AggregatingMergeTree' | 'ReplacingMergeTree';
  /** For ReplacingMergeTree: the row with the highest value stays. */
  version?: string;
  key: string;
  partition?: string;
  index?: string;
  /** On which shard of a cluster a row lies: the same for all rows that are to become one. */
  shard: string;
}

const nanosPerHour = 3_600_000_000_000;
const nanosPerDay = 24 * nanosPerHour;

/** When ClickHouse got a row, by its own clock: replicas of the server may disagree about the time. */
const arrived: ClickhouseColumn = {
  name: 'arrived',
  type: 'UInt64',
  default: 'toUnixTimestamp64Nano(now64(9))',
  codec: 'Delta(8), ZSTD(1)',
};
const firstStays: ClickhouseColumn = {
  name: 'version',
  type: 'UInt64',
  default: `if(replaces, ${2n ** 63n} + arrived, ${2n ** 63n - 1n} - arrived)`,
  codec: 'Delta(8), ZSTD(1)',
};
/** Whether a row takes the place of the one before. */
const replaces: ClickhouseColumn = { name: 'replaces', type: 'Bool' };
/** Whether nothing takes the place of the one before. Such a row is no billable call, so sums need not ask. */
const gone: ClickhouseColumn = { name: 'gone', type: 'Bool' };

const text = (name: string): ClickhouseColumn => ({ name, type: 'String' });
const int = (name: string): ClickhouseColumn => ({ name, type: 'Int64' });
const maybe = (name: string): ClickhouseColumn => ({ name, type: 'Nullable(String)' });

/**
 * One row for each tenant who has, or had, spans in a trace, from these spans alone; and where several have, one of `everybody` from
 * all of them. `whole` marks the one that is from all. A row whose spans are gone has none and stands for nothing.
 */
export const summaryColumns: readonly ClickhouseColumn[] = [
  { name: 'trace_id', type: 'FixedString(16)' },
  { name: 'reader', type: 'LowCardinality(String)' },
  { name: 'whole', type: 'Bool' },
  ...['start_nanos', 'end_nanos'].map(int),
  text('name'),
  { name: 'status', type: 'LowCardinality(String)' },
  { name: 'root_arrived', type: 'Bool' },
  { name: 'spans', type: 'UInt64' },
  { name: 'error_spans', type: 'UInt64' },
  { name: 'version', type: 'UInt64' },
  ...['tenant', 'agent', 'run_id', 'session_id'].map(maybe),
  { name: 'run_key', type: 'FixedString(16)' },
  { name: 'models', type: 'Array(String)' },
  { name: 'agents', type: 'Array(String)' },
  ...totalColumns,
];

/** Stands in `reader` before the name of a tenant, so that no name can pass for everybody. */
export const everybody = '';
export const tenantPrefix = '=';

export const timeColumns: readonly ClickhouseColumn[] = [
  { name: 'trace_id', type: 'FixedString(16)' },
  { name: 'first_nanos', type: 'SimpleAggregateFunction(min, Int64)' },
  { name: 'last_nanos', type: 'SimpleAggregateFunction(max, Int64)' },
];

export const runColumns: readonly ClickhouseColumn[] = [
  { name: 'run_key', type: 'FixedString(16)' },
  ...['tenant', 'agent', 'run_id'].map(text),
  int('start_nanos'),
];

export const positionColumns: readonly ClickhouseColumn[] = [
  text('replica'),
  int('segment'),
  int('byte_offset'),
  // Int64 is what we write; the engine wants a version to have no sign.
  { name: 'number', type: 'Int64' },
];

/** The first table that is made: it says which of the others there are. */
export const versionTable: Table = {
  name: 'schema_version',
  columns: [int('version')],
  key: 'version',
  shard: 'version',
};

export const tables: readonly Table[] = [
  {
    name: 'spans',
    columns: [...filledColumns, replaces, gone, arrived, firstStays],
    engine: 'ReplacingMergeTree',
    version: 'version',
    // Days are dropped whole. By number, as a date of ClickHouse ends in 2149.
    partition: `intDiv(start_nanos, ${nanosPerDay})`,
    // Hours come first because then parts that were written one after the other hardly overlap, and reading with FINAL costs
    // little: only rows that could have the same key are compared.
    key: `intDiv(start_nanos, ${nanosPerHour}), tenant, trace_id, span_id`,
    shard: 'cityHash64(trace_id)',
  },
  {
    name: 'times',
    columns: timeColumns,
    engine: 'AggregatingMergeTree',
    key: 'trace_id',
    shard: 'cityHash64(trace_id)',
  },
  {
    name: 'summaries',
    columns: summaryColumns,
    engine: 'ReplacingMergeTree',
    version: 'version',
    key: 'trace_id, reader',
    index: 'INDEX start_nanos_range start_nanos TYPE minmax',
    shard: 'cityHash64(trace_id)',
  },
  {
    name: 'runs',
    columns: [...runColumns, arrived, { ...firstStays, default: `${2n ** 63n - 1n} - arrived` }],
    engine: 'ReplacingMergeTree',
    version: 'version',
    key: 'tenant, agent, run_key',
    shard: 'cityHash64(tenant, agent)',
  },
  {
    name: 'positions',
    columns: [...positionColumns, { name: 'version', type: 'UInt64', default: 'toUInt64(number)' }],
    engine: 'ReplacingMergeTree',
    version: 'version',
    key: 'replica',
    shard: 'cityHash64(replica)',
  },
];
