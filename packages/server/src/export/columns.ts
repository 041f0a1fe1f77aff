/** The columns of an export, whatever its format. */
import { isBillable, toJson, usdFromNanos } from '@tallyspan/facts';
import { type CostRow, type Dimension, serviceOf, type StoredSpan } from '@tallyspan/store';
import { isoFromNanos, msBetween } from '../query/time.ts';

/** What a cell may be. Times are nanoseconds, and become text where a format has no type for them. */
export type Cell = string | number | bigint | boolean | null;

export interface Column<Row> {
  name: string;
  /** `count` is a whole number, `decimal` an exact one as text. */
  type: 'text' | 'count' | 'number' | 'decimal' | 'flag' | 'time';
  of(row: Row): Cell | undefined;
}

type SpanColumn = Column<StoredSpan>;
type FactColumn = [name: string, type: SpanColumn['type'], fact: keyof StoredSpan['facts']];

const facts = (...columns: FactColumn[]): SpanColumn[] =>
  columns.map(([name, type, fact]) => ({ name, type, of: (span) => span.facts[fact] as Cell | undefined }));
const known = <Value>(span: StoredSpan, value: Value): Value | undefined =>
  isBillable(span.facts) ? value : undefined;

export const spanColumns: readonly SpanColumn[] = [
  { name: 'trace_id', type: 'text', of: ({ traceId }) => traceId },
  { name: 'span_id', type: 'text', of: ({ spanId }) => spanId },
  { name: 'parent_span_id', type: 'text', of: ({ parentSpanId }) => parentSpanId || undefined },
  { name: 'start', type: 'time', of: ({ start }) => start },
  { name: 'end', type: 'time', of: ({ end }) => end },
  { name: 'duration_ms', type: 'number', of: ({ start, end }) => msBetween(start, end) },
  { name: 'name', type: 'text', of: ({ name }) => name },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'status', type: 'text', of: ({ status }) => status },
  { name: 'status_message', type: 'text', of: ({ statusMessage }) => statusMessage || undefined },
  ...facts(
    ['tenant', 'text', 'tenant'],
    ['agent', 'text', 'agent'],
    ['role', 'text', 'role'],
    ['run_id', 'text', 'runId'],
    ['user', 'text', 'userId'],
  ),
  { name: 'session', type: 'text', of: ({ facts: { sessionId, conversationId } }) => sessionId ?? conversationId },
  { name: 'service', type: 'text', of: serviceOf },
  ...facts(
    ['operation', 'text', 'operation'],
    ['provider', 'text', 'provider'],
    ['request_model', 'text', 'requestModel'],
    ['response_model', 'text', 'responseModel'],
    ['tool', 'text', 'toolName'],
    ['error_type', 'text', 'errorType'],
    ['guard', 'text', 'guardOutcome'],
    ['comparison_group', 'text', 'comparisonGroup'],
  ),
  { name: 'time_to_first_chunk_ms', type: 'number', of: ({ facts: { timeToFirstChunk: s } }) => s && s * 1_000 },
  ...facts(
    ['input_tokens', 'count', 'inputTokens'],
    ['output_tokens', 'count', 'outputTokens'],
    ['cache_read_tokens', 'count', 'cacheReadTokens'],
    ['cache_write_tokens', 'count', 'cacheWriteTokens'],
    ['reasoning_tokens', 'count', 'reasoningTokens'],
  ),
  { name: 'billable', type: 'flag', of: (span) => isBillable(span.facts) },
  { name: 'cost_usd', type: 'decimal', of: (span) => known(span, usd(span.cost?.nanos)) },
  { name: 'cost_nanos', type: 'count', of: (span) => known(span, span.cost?.nanos) },
  { name: 'cost_source', type: 'text', of: (span) => known(span, span.cost?.source) },
  { name: 'price_version', type: 'text', of: (span) => known(span, span.cost?.version) },
  { name: 'resource', type: 'text', of: ({ resource }) => toJson(resource) },
];

/** What may hold what people and models said: only when it is asked for. */
export const contentColumns: readonly SpanColumn[] = [
  { name: 'attributes', type: 'text', of: ({ attributes }) => toJson(attributes) },
  { name: 'events', type: 'text', of: ({ events }) => (events.length > 0 ? toJson(events) : undefined) },
  ...facts(
    ['input_messages', 'text', 'inputMessages'],
    ['output_messages', 'text', 'outputMessages'],
    ['system_instructions', 'text', 'systemInstructions'],
    ['tool_definitions', 'text', 'toolDefinitions'],
    ['tool_arguments', 'text', 'toolArguments'],
    ['tool_result', 'text', 'toolResult'],
  ),
];

export function costColumns(by: readonly Dimension[]): Column<CostRow>[] {
  const counts = [
    ['calls', 'calls'],
    ['errors', 'errors'],
    ['input_tokens', 'inputTokens'],
    ['output_tokens', 'outputTokens'],
    ['cache_read_tokens', 'cacheReadTokens'],
    ['cache_write_tokens', 'cacheWriteTokens'],
    ['reasoning_tokens', 'reasoningTokens'],
    ['unpriced_calls', 'unpricedCalls'],
  ] as const;
  return [
    ...by.map((name, index): Column<CostRow> => ({ name, type: 'text', of: ({ key }) => key[index] })),
    ...counts.map(([name, field]): Column<CostRow> => ({ name, type: 'count', of: (row) => row[field] })),
    { name: 'cost_usd', type: 'decimal', of: ({ costNanos }) => usdFromNanos(costNanos) },
    { name: 'cost_nanos', type: 'count', of: ({ costNanos }) => costNanos },
  ];
}

/** A cell as formats without types of their own have it. */
export function cellOf<Row>(column: Column<Row>, row: Row): string | number | boolean | bigint | null {
  const value = column.of(row);
  if (value === undefined || value === null) return null;
  if (column.type === 'time') return isoFromNanos(value as bigint);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

function usd(nanos: bigint | undefined): string | undefined {
  return nanos === undefined ? undefined : usdFromNanos(nanos);
}
