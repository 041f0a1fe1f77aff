import { usdFromNanos } from '@tallyspan/facts/units';
import type { Skeleton, Span, SpanPattern, Trace } from '@tallyspan/server';

/** A trace as the page holds it. `on-demand`: its spans are here without content, attributes and events; each is asked for when it is looked at. */
export interface LoadedTrace extends Trace {
  details: 'here' | 'on-demand';
  /** Only its first spans are here: the others are on their way, and sums over these are not those of the trace. */
  isBeginning?: boolean;
}

const NONE: Readonly<Record<string, never>> = Object.freeze({});
const NOTHING: [] = [];
const NO_SCOPE = Object.freeze({ name: '', version: '' });

/** The spans of a skeleton, as far as it knows them. Throws `RangeError` for columns that do not fit together. */
export function readSkeleton({ summary, names, patterns, spans, missingParents, calls }: Skeleton): LoadedTrace {
  const ids = readIds(spans.ids);
  const count = ids.length;
  const columns = [spans.parents, spans.names, spans.patterns, spans.starts, spans.durations];
  if (columns.some((column) => column.length !== count))
    throw new RangeError('the columns of a skeleton differ in length');
  const shared = patterns.map(readPattern);
  const made: Span[] = [];
  let micros = 0;
  for (let i = 0; i < count; i++) {
    const back = spans.parents[i]!;
    micros += spans.starts[i]!;
    made.push({
      ...shared[spans.patterns[i]!]!,
      spanId: ids[i]!,
      parentSpanId: back === 0 ? (missingParents[i] ?? null) : ids[i - back]!,
      name: names[spans.names[i]!]!,
      offsetMs: micros / 1_000,
      durationMs: spans.durations[i]! / 1_000,
    });
  }
  let at = 0;
  for (const [i, step] of calls.at.entries()) {
    at += step;
    const span = made[at];
    if (!span) throw new RangeError('a skeleton speaks of a span that it does not have');
    const firstChunk = known(calls.firstChunks[i]);
    span.timeToFirstChunkMs = firstChunk === null ? null : firstChunk / 1_000;
    span.inputTokens = known(calls.inputTokens[i]);
    span.outputTokens = known(calls.outputTokens[i]);
    span.cacheReadTokens = known(calls.cacheReadTokens[i]);
    span.cacheWriteTokens = known(calls.cacheWriteTokens[i]);
    span.reasoningTokens = known(calls.reasoningTokens[i]);
    const nanos = calls.costNanos[i];
    if (span.cost && nanos !== undefined && nanos !== -1)
      span.cost = { ...span.cost, costUsd: usdFromNanos(BigInt(nanos)) };
  }
  return { summary, spans: made, details: 'on-demand' };
}

function readPattern({
  guardOutcome,
  cost,
  ...pattern
}: SpanPattern): Omit<Span, 'spanId' | 'parentSpanId' | 'name' | 'offsetMs' | 'durationMs'> {
  return {
    ...pattern,
    start: '',
    finishReasons: null,
    timeToFirstChunkMs: null,
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
    cost: cost && { ...cost, costUsd: null, lines: NOTHING },
    facts: guardOutcome === null ? NONE : { guardOutcome },
    attributes: NONE,
    resource: NONE,
    scope: NO_SCOPE,
    events: NOTHING,
    links: NOTHING,
  };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function readIds(base64: string): string[] {
  const bytes = atob(base64);
  const ids: string[] = [];
  for (let i = 0; i + 8 <= bytes.length; i += 8) {
    let id = '';
    for (let j = i; j < i + 8; j++) id += HEX[bytes.charCodeAt(j)]!;
    ids.push(id);
  }
  return ids;
}

function known(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}
