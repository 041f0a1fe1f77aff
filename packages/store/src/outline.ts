/** The spans of one trace without what makes them long, in columns: enough to draw its tree, its times and its costs. */
import type { CostSource, SpanKind, SpanStatus } from '@tallyspan/facts';
import { costLowBits, type Row } from './span-columns.ts';

/** Places are those of the spans by start, from 0. A number that is not known is -1. */
export interface Outline {
  /** Of all spans, 16 hex digits each. */
  spanIds: string;
  /** The same of their parents; 16 blanks for none. */
  parentIds: string;
  /** Microseconds from the moment that was asked from. */
  starts: number[];
  durations: number[];
  names: { name: string; places: number[] }[];
  patterns: { pattern: OutlinePattern; places: number[] }[];
  /** Those that have tokens, a cost or a first chunk: where they stand, and their figures. */
  calls: { places: number[] } & Record<OutlineFigure, number[]> & { costNanos: (number | bigint)[] };
}

/** What many spans of a trace have in common. */
export interface OutlinePattern {
  kind: SpanKind;
  status: SpanStatus;
  statusMessage: string;
  billable: boolean;
  operation: string | null;
  provider: string | null;
  requestModel: string | null;
  responseModel: string | null;
  agent: string | null;
  role: string | null;
  tool: string | null;
  errorType: string | null;
  guardOutcome: string | null;
  costSource: CostSource | null;
  priceVersion: string | null;
  priceId: string | null;
}

/** `firstChunks` in microseconds. */
export type OutlineFigure =
  | 'firstChunks'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens';

/** The columns of {@link OutlinePattern}. */
export const patternColumns: readonly (readonly [of: keyof OutlinePattern, column: string])[] = [
  ['kind', 'kind'],
  ['status', 'status'],
  ['statusMessage', 'status_message'],
  ['billable', 'billable'],
  ['operation', 'operation'],
  ['provider', 'provider'],
  ['requestModel', 'request_model'],
  ['responseModel', 'response_model'],
  ['agent', 'agent'],
  ['role', 'role'],
  ['tool', 'tool'],
  ['errorType', 'error_type'],
  ['guardOutcome', 'guard_outcome'],
  ['costSource', 'cost_source'],
  ['priceVersion', 'price_version'],
  ['priceId', 'price_id'],
];

export const figureColumns: readonly (readonly [of: OutlineFigure, column: string, scale: number])[] = [
  ['firstChunks', 'time_to_first_chunk', 1_000_000],
  ['inputTokens', 'input_tokens', 1],
  ['outputTokens', 'output_tokens', 1],
  ['cacheReadTokens', 'cache_read_tokens', 1],
  ['cacheWriteTokens', 'cache_write_tokens', 1],
  ['reasoningTokens', 'reasoning_tokens', 1],
];

export function readPattern(row: Row): OutlinePattern {
  return Object.fromEntries(
    patternColumns.map(([of, column]) => [of, row[column] ?? null]),
  ) as unknown as OutlinePattern;
}

/** The columns that {@link outlineOf} reads. */
export const outlineColumns: readonly string[] = [
  ...['span_id', 'parent_span_id', 'start_nanos', 'end_nanos', 'name', 'cost_nanos', 'cost_nanos_high'],
  ...patternColumns.map(([, column]) => column),
  ...figureColumns.map(([, column]) => column),
];

/** From rows by start, for an engine that does not put them into columns itself. */
export function outlineOf(rows: readonly Row[], from: bigint): Outline {
  const outline = emptyOutline();
  const names = new Map<string, number[]>();
  const patterns = new Map<string, { pattern: OutlinePattern; places: number[] }>();
  const [ids, parents]: string[][] = [[], []];
  for (const [place, row] of rows.entries()) {
    ids!.push(row.span_id as string);
    parents!.push((row.parent_span_id as string).padEnd(16));
    outline.starts.push(micros((row.start_nanos as bigint) - from));
    outline.durations.push(micros((row.end_nanos as bigint) - (row.start_nanos as bigint)));
    const alikeNames = names.get(row.name as string) ?? [];
    names.set(row.name as string, alikeNames);
    alikeNames.push(place);
    const pattern = readPattern(row);
    const key = JSON.stringify(pattern);
    const alike = patterns.get(key) ?? { pattern, places: [] };
    patterns.set(key, alike);
    alike.places.push(place);
    const figures = [...figureColumns.map(([, column]) => row[column]), row.cost_nanos];
    if (figures.every((figure) => figure === null)) continue;
    outline.calls.places.push(place);
    for (const [of, column, scale] of figureColumns) outline.calls[of].push(figure(row[column], scale));
    outline.calls.costNanos.push(
      row.cost_nanos === null
        ? -1
        : ((row.cost_nanos_high as bigint) << BigInt(costLowBits)) + (row.cost_nanos as bigint),
    );
  }
  outline.spanIds = ids!.join('');
  outline.parentIds = parents!.join('');
  outline.names = [...names].map(([name, places]) => ({ name, places }));
  outline.patterns = [...patterns.values()];
  return outline;
}

export function emptyOutline(): Outline {
  return {
    ...{ spanIds: '', parentIds: '', starts: [], durations: [], names: [], patterns: [] },
    calls: {
      ...{ places: [], firstChunks: [], inputTokens: [], outputTokens: [], cacheReadTokens: [] },
      ...{ cacheWriteTokens: [], reasoningTokens: [], costNanos: [] },
    },
  };
}

/** A count that a sender made negative is no count. */
function figure(value: unknown, scale: number): number {
  return value === null || !(Number(value) >= 0) ? -1 : Math.round(Number(value) * scale);
}

function micros(nanos: bigint): number {
  return Number(nanos / 1_000n);
}
