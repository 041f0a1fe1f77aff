/** The table of spans as ClickHouse has it: made from the columns that both engines share, with types for its ways of packing. */
import type { Facts } from '@tallyspan/facts';
import { spanColumns, type ColumnValue, type SpanColumn } from '../span-columns.ts';
import { kinFacts } from '../kin.ts';
import { toTaggedJson } from '../tagged-json.ts';
import { runKeyOf } from './run-key.ts';

export interface ClickhouseColumn {
  name: string;
  type: string;
  codec?: string;
  /** What it is where an insert does not say. */
  default?: string;
  /** Rows of version 1 of the schema do not have it, and get the default. */
  isLater?: boolean;
}

/** Few different values over many rows: kept as numbers into a dictionary. */
const fewValues = 'LowCardinality(String)';
const fewValuesOrNone = 'LowCardinality(Nullable(String))';

/** Where the type is not the one of {@link usualTypes}. What always has a value is not Nullable. */
const specialTypes: Record<string, string> = {
  tenant: fewValues,
  trace_id: 'FixedString(16)',
  span_id: 'FixedString(8)',
  parent_span_id: 'FixedString(8)',
  start_nanos: 'Int64',
  end_nanos: 'Int64',
  name: fewValues,
  kind: fewValues,
  status: fewValues,
  status_message: 'String',
  operation: fewValuesOrNone,
  provider: fewValuesOrNone,
  request_model: fewValuesOrNone,
  response_model: fewValuesOrNone,
  agent: fewValuesOrNone,
  role: fewValuesOrNone,
  tool: fewValuesOrNone,
  error_type: fewValuesOrNone,
  cost_source: fewValuesOrNone,
  price_version: fewValuesOrNone,
  price_id: fewValuesOrNone,
  facts: 'String',
  attributes: 'String',
  events: 'String',
  links: 'String',
  resource: 'String',
  trace_state: 'String',
  guard_outcome: fewValuesOrNone,
  peer_agent: fewValuesOrNone,
  task_state: fewValuesOrNone,
  service: fewValuesOrNone,
  scope_name: fewValues,
  scope_version: fewValues,
};

const usualTypes: Record<SpanColumn['type'], string> = {
  VARCHAR: 'Nullable(String)',
  BIGINT: 'Nullable(Int64)',
  DOUBLE: 'Nullable(Float64)',
  BOOLEAN: 'Bool',
};

/** Times lie close together where spans of a trace do. */
const codecs: Record<string, string> = {
  start_nanos: 'Delta(8), ZSTD(1)',
  end_nanos: 'Delta(8), ZSTD(1)',
};

/** A column of `spans` that we fill. The number of a run is not kept with its spans: see number-runs.ts. */
export interface FilledColumn extends ClickhouseColumn {
  of(span: Parameters<SpanColumn['of']>[0]): ColumnValue;
}

const sharedColumns: readonly FilledColumn[] = spanColumns
  .filter(({ name }) => name !== 'run_number')
  .map(({ name, type, compression, later, of }) => ({
    name,
    type: specialTypes[name] ?? usualTypes[type],
    codec: codecs[name] ?? (compression ? 'ZSTD(3)' : 'ZSTD(1)'),
    of,
    ...(later && { default: `JSONExtract(${later.of}, '${later.key}', 'Nullable(String)')`, isLater: true }),
  }));

export const filledColumns: readonly FilledColumn[] = [
  ...sharedColumns,
  { name: 'run_key', type: 'FixedString(16)', codec: 'ZSTD(1)', of: runKeyOf },
  // Asked before every add, and so kept apart from facts that may be long.
  { name: 'kin', type: 'String', codec: 'ZSTD(1)', of: ({ facts }) => toTaggedJson(kinOf(facts)) },
];

/** Ids are bytes in the table and hex everywhere else; no parent is eight zeros there and no text here. */
export function selectColumn({ name, type }: ClickhouseColumn): string {
  if (!type.startsWith('FixedString')) return `"${name}"`;
  const isNone = name === 'parent_span_id' ? `${name} = toFixedString('', 8)` : 'false';
  return `if(${isNone}, '', lower(hex(${name}))) AS ${name}`;
}

export const selectSpan = sharedColumns.map(selectColumn).join(', ');

function kinOf(facts: Facts): Facts {
  return Object.fromEntries(kinFacts.filter((fact) => facts[fact] !== undefined).map((fact) => [fact, facts[fact]]));
}
