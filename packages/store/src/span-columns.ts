/**
 * The table of spans: one wide row each, never changed. What people filter and sum by has a typed column; all facts are in `facts`
 * as well, so that a span comes back as it was put in.
 */
import {
  type Attributes,
  type Cost,
  type Facts,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
  isBillable,
} from '@tallyspan/facts';
import type { StoredSpan } from './store.ts';
import { fromTaggedJson, toTaggedJson } from './tagged-json.ts';

/** Whose span it is when it does not say. Part of a span's identity, and never shown. */
export const defaultTenant = 'default';

export function tenantOf({ facts }: { facts: Pick<Facts, 'tenant'> }): string {
  return facts.tenant ?? defaultTenant;
}

/** The program that sent it, as its resource calls itself. */
export function serviceOf({ resource }: Pick<StoredSpan, 'resource'>): string | undefined {
  const name = Object.hasOwn(resource, 'service.name') ? resource['service.name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** One row of an answer, by column. Whole numbers come as bigint, NULL as null. */
export type Row = Record<string, unknown>;

export type ColumnValue = string | bigint | number | boolean | undefined;

export interface SpanColumn {
  name: string;
  type: 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN';
  /** For text that may be long. Left to itself, DuckDB keeps most of it as it is. */
  compression?: 'zstd';
  /** Since version 2 of the schema: the rows of version 1 say it at the top of this column, under this key. */
  later?: { of: 'facts' | 'resource'; key: string };
  /** Undefined becomes NULL. */
  of(span: StoredSpan): ColumnValue;
}

type ValueOf<T> = (span: StoredSpan) => T | undefined;

const text = (name: string, of: ValueOf<string>): SpanColumn => ({ name, type: 'VARCHAR', of });
const integer = (name: string, of: ValueOf<bigint>): SpanColumn => ({ name, type: 'BIGINT', of });
const double = (name: string, of: ValueOf<number>): SpanColumn => ({ name, type: 'DOUBLE', of });
const flag = (name: string, of: ValueOf<boolean>): SpanColumn => ({ name, type: 'BOOLEAN', of });
/** What is no whole number is no count; it stays in `facts`. */
const count = (name: string, of: (span: StoredSpan) => number | undefined): SpanColumn => ({
  name,
  type: 'BIGINT',
  of(span) {
    const value = of(span);
    return Number.isSafeInteger(value) ? value : undefined;
  },
});
const json = (name: string, of: ValueOf<object>): SpanColumn =>
  text(name, (span) => {
    const value = of(span);
    if (value === undefined) return undefined;
    return Array.isArray(value) && value.length === 0 ? '[]' : toTaggedJson(value);
  });
/** Spans that came together share one. */
const shared = (name: string, of: (span: StoredSpan) => object): SpanColumn => {
  let last: object | undefined;
  let lastText = '';
  return text(name, (span) => {
    const value = of(span);
    if (value !== last) lastText = toTaggedJson(value);
    last = value;
    return lastText;
  });
};

/**
 * A cost may be wider than 64 bits: a sender may claim 2^53 tokens of a dear model, and no claim may keep the other spans of its batch
 * from being stored. So it lies in two columns, the upper of which is 0 and takes no room; a HUGEINT column would take
 * sixty times as long to sum.
 */
export const costLowBits = 62;

/** A fact that got a column of its own in version 2. */
const later = (name: string, fact: 'guardOutcome' | 'comparisonGroup' | 'peerAgent' | 'a2aTaskState'): SpanColumn => ({
  ...text(name, ({ facts }) => facts[fact]),
  later: { of: 'facts', key: fact },
});

const long = (column: SpanColumn): SpanColumn => ({ ...column, compression: 'zstd' });

export const spanColumns: readonly SpanColumn[] = [
  text('tenant', tenantOf),
  flag('tenant_given', ({ facts }) => facts.tenant !== undefined),
  text('trace_id', ({ traceId }) => traceId),
  text('span_id', ({ spanId }) => spanId),
  text('parent_span_id', ({ parentSpanId }) => parentSpanId),
  integer('start_nanos', ({ start }) => start),
  integer('end_nanos', ({ end }) => end),
  text('name', ({ name }) => name),
  text('kind', ({ kind }) => kind),
  text('status', ({ status }) => status),
  text('status_message', ({ statusMessage }) => statusMessage),
  text('operation', ({ facts }) => facts.operation),
  flag('billable', ({ facts }) => isBillable(facts)),
  text('provider', ({ facts }) => facts.provider),
  text('request_model', ({ facts }) => facts.requestModel),
  text('response_model', ({ facts }) => facts.responseModel),
  text('agent', ({ facts }) => facts.agent),
  text('role', ({ facts }) => facts.role),
  text('run_id', ({ facts }) => facts.runId),
  // Given when a span is stored, beside what the span says.
  integer('run_number', () => undefined),
  text('user_id', ({ facts }) => facts.userId),
  text('session_id', ({ facts }) => facts.sessionId ?? facts.conversationId),
  text('tool', ({ facts }) => facts.toolName),
  text('error_type', ({ facts }) => facts.errorType),
  double('time_to_first_chunk', ({ facts }) => facts.timeToFirstChunk),
  count('input_tokens', ({ facts }) => facts.inputTokens),
  count('output_tokens', ({ facts }) => facts.outputTokens),
  count('cache_read_tokens', ({ facts }) => facts.cacheReadTokens),
  count('cache_write_tokens', ({ facts }) => facts.cacheWriteTokens),
  count('cache_write_1h_tokens', ({ facts }) => facts.cacheWrite1hTokens),
  count('reasoning_tokens', ({ facts }) => facts.reasoningTokens),
  count('input_audio_tokens', ({ facts }) => facts.inputAudioTokens),
  count('output_audio_tokens', ({ facts }) => facts.outputAudioTokens),
  count('cache_read_audio_tokens', ({ facts }) => facts.cacheReadAudioTokens),
  count('input_image_tokens', ({ facts }) => facts.inputImageTokens),
  count('output_image_tokens', ({ facts }) => facts.outputImageTokens),
  text('cost_source', ({ cost }) => cost?.source),
  integer('cost_nanos', ({ cost }) =>
    cost?.nanos === undefined ? undefined : BigInt.asUintN(costLowBits, cost.nanos),
  ),
  integer('cost_nanos_high', ({ cost }) => (cost?.nanos === undefined ? undefined : cost.nanos >> BigInt(costLowBits))),
  text('price_version', ({ cost }) => cost?.version),
  text('price_id', ({ cost }) => cost?.priceId),
  json('cost_lines', ({ cost }) => cost?.lines),
  long(json('facts', ({ facts }) => facts)),
  long(json('attributes', ({ attributes }) => attributes)),
  long(json('events', ({ events }) => events)),
  json('links', ({ links }) => links),
  shared('resource', ({ resource }) => resource),
  text('trace_state', ({ traceState }) => traceState),
  text('scope_name', ({ scopeName }) => scopeName),
  text('scope_version', ({ scopeVersion }) => scopeVersion),
  count('dropped_attributes', ({ droppedAttributes }) => droppedAttributes),
  count('dropped_events', ({ droppedEvents }) => droppedEvents),
  count('dropped_links', ({ droppedLinks }) => droppedLinks),
  later('guard_outcome', 'guardOutcome'),
  later('comparison_group', 'comparisonGroup'),
  later('peer_agent', 'peerAgent'),
  later('task_state', 'a2aTaskState'),
  { ...text('service', serviceOf), later: { of: 'resource', key: 'service.name' } },
];

/** A row of `spans` as the span it was. */
export function readSpanRow(row: Row): StoredSpan {
  return {
    traceId: row.trace_id as string,
    spanId: row.span_id as string,
    parentSpanId: row.parent_span_id as string,
    traceState: row.trace_state as string,
    name: row.name as string,
    kind: row.kind as SpanKind,
    start: row.start_nanos as bigint,
    end: row.end_nanos as bigint,
    status: row.status as SpanStatus,
    statusMessage: row.status_message as string,
    attributes: fromTaggedJson(row.attributes as string) as Attributes,
    events: fromTaggedJson(row.events as string) as SpanEvent[],
    links: fromTaggedJson(row.links as string) as SpanLink[],
    resource: fromTaggedJson(row.resource as string) as Attributes,
    scopeName: row.scope_name as string,
    scopeVersion: row.scope_version as string,
    droppedAttributes: Number(row.dropped_attributes),
    droppedEvents: Number(row.dropped_events),
    droppedLinks: Number(row.dropped_links),
    facts: fromTaggedJson(row.facts as string) as Facts,
    ...(row.cost_source !== null && { cost: readCost(row) }),
  };
}

function readCost(row: Row): Cost {
  return {
    source: row.cost_source as Cost['source'],
    lines: fromTaggedJson(row.cost_lines as string) as Cost['lines'],
    ...(row.cost_nanos !== null && {
      nanos: ((row.cost_nanos_high as bigint) << BigInt(costLowBits)) + (row.cost_nanos as bigint),
    }),
    ...(row.price_version !== null && { version: row.price_version as string }),
    ...(row.price_id !== null && { priceId: row.price_id as string }),
  };
}
