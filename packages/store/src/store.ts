import type { Cost, Span } from '@tallyspan/facts';
import type { Filter } from '@tallyspan/facts/query';
import type { Kin, KinOf, Replacement } from './kin.ts';
import type { Outline } from './outline.ts';
import type { Dimension } from './dimensions.ts';
import type { StoreUpkeep } from './upkeep/upkeep.ts';

export type { Cost, CostLine } from '@tallyspan/facts';

/** A span as it is stored: understood and, when its operation is billable, priced. */
export interface StoredSpan extends Span {
  cost?: Cost;
}

/** Where the ingest log stands: everything before it is in the store. */
export interface LogPosition {
  segment: number;
  offset: number;
}

/** Sums over billable calls. */
export interface Totals {
  calls: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costNanos: bigint;
  /** Calls whose price nobody knows; their cost is not in {@link costNanos}. */
  unpricedCalls: number;
}

export interface TraceSummary extends Totals {
  traceId: string;
  /** The root span's name, or the earliest span's when the root has not arrived. */
  name: string;
  start: bigint;
  end: bigint;
  status: 'ok' | 'error';
  rootArrived: boolean;
  spans: number;
  /** Failed spans of any kind. */
  errorSpans: number;
  tenant?: string;
  agent?: string;
  runId?: string;
  /** The run's number among the runs of its agent, from 1. */
  runNumber?: number;
  sessionId?: string;
  models: string[];
}

export interface TraceFilter {
  from?: bigint;
  to?: bigint;
  tenant?: string;
  agent?: string;
  model?: string;
  status?: 'ok' | 'error';
  /** What somebody typed: see `@tallyspan/facts/query`. */
  where?: Filter;
  /** Only among these. */
  traceIds?: readonly string[];
}

/** Newest first; `before` continues after the last trace of the previous page. */
export interface TracePage {
  limit: number;
  before?: { start: bigint; traceId: string };
}

/** `key` has one entry per asked dimension, in the order asked; null where the spans do not say. */
export interface CostRow extends Totals {
  key: (string | null)[];
}

/** Which spans. */
export interface SpanFilter {
  from?: bigint;
  to?: bigint;
  tenant?: string;
  agent?: string;
  role?: string;
  provider?: string;
  /** Of the request or of the answer. */
  model?: string;
  user?: string;
  runId?: string;
  traceId?: string;
  spanId?: string;
  /** What somebody typed. A field that only traces have is a `RangeError`. */
  where?: Filter;
}
/** Which billable calls. */
export type CostFilter = SpanFilter;

/** Newest first; `before` continues after the last span of the previous page. */
export interface SpanPage {
  limit: number;
  before?: Pick<StoredSpan, 'start' | 'traceId' | 'spanId'> & { tenant: string };
}

export interface GroupQuestion {
  by: readonly Dimension[];
  /** What is grouped: billable calls, or spans of any kind. */
  of: 'calls' | 'spans';
  filter: SpanFilter;
  /** What comes first: the dearest, the last seen, or those with most spans. */
  order: 'cost' | 'last' | 'spans';
  limit: number;
  /** Figures that take longer, and are left out where nobody shows them. */
  percentiles?: boolean;
}

/** The share of 50, 90, 95 and 99 of a hundred that is no higher, interpolated; undefined when there is nothing to measure. */
export interface Percentiles {
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

export interface GroupRow extends Totals {
  key: (string | null)[];
  spans: number;
  /** Failed spans of any kind. */
  errorSpans: number;
  /** Different runs, sessions and users. */
  runs: number;
  sessions: number;
  users: number;
  /** The start of the first span and the end of the last one. */
  first: bigint;
  last: bigint;
  /** Milliseconds; from all that is grouped, failed calls too. */
  durationMs?: Percentiles;
  /** Milliseconds to the first chunk, of streams. */
  timeToFirstChunkMs?: Percentiles;
  /** Output tokens a second from the first chunk to the end, of streams. */
  tokensPerSecond?: Percentiles;
}

/** A value and how many spans have it. */
export interface ValueCount {
  value: string;
  count: number;
}

/** What one scanner of the guard said how often. */
export interface ScannerCount {
  scanner: string;
  /** What the guard made of it: `blocked`, `redacted`, `annotated`, `not_scanned`. */
  outcome: string;
  tenant?: string;
  agent?: string;
  count: number;
}

export interface StoreStats {
  spans: number;
  traces: number;
  bytes: number;
}

/** What can be asked of a store. */
export interface Questions {
  traces(filter: TraceFilter, page: TracePage): Promise<TraceSummary[]>;
  /** All spans of one trace, by start time; empty when unknown. Of one tenant only when that is given. */
  trace(traceId: string, tenant?: string): Promise<StoredSpan[]>;
  /** Of one tenant's spans only when that is given. */
  traceSummary(traceId: string, tenant?: string): Promise<TraceSummary | undefined>;
  /** Dearest first. `truncated` when there were more rows than the limit. */
  costs(by: readonly Dimension[], filter: CostFilter): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }>;
  /** Newest first. */
  spans(filter: SpanFilter, page: SpanPage): Promise<StoredSpan[]>;
  /** All spans of a trace without what makes them long. Their starts count from `from`, or else from 1970. */
  outline(filter: SpanFilter & { traceId: string }): Promise<Outline>;
  /** Groups of spans with what they have in common. `truncated` when there were more than the limit. */
  groups(question: GroupQuestion): Promise<{ rows: GroupRow[]; truncated: boolean }>;
  /** The values of a dimension that begin so, in any case, the most frequent first. */
  values(of: Dimension, prefix: string, filter: SpanFilter, limit: number): Promise<ValueCount[]>;
  /** Keys of attributes that begin so, among the newest of these spans. */
  attributeKeys(of: 'attr' | 'resource', prefix: string, filter: SpanFilter, limit: number): Promise<ValueCount[]>;
  /** Which scanners of the guard found something, the most frequent first. */
  scanners(filter: SpanFilter, limit: number): Promise<ScannerCount[]>;
}

/**
 * The room between the log and the queries. Two drivers, one contract suite (`contract.ts`).
 * A span is identified by (tenant, trace id, span id): adding it again changes nothing, whatever its order of arrival.
 */
export interface Store extends Questions, StoreUpkeep {
  /**
   * Adds spans and remembers `position`. After a crash the spans may be there without it, never it without the spans.
   * Answers which traces got new spans, and how many spans were new. `onNew` is told which: whoever keeps sums must not count a span
   * twice that came twice.
   */
  add(
    spans: readonly StoredSpan[],
    position?: LogPosition,
    onNew?: (fresh: readonly StoredSpan[]) => void,
  ): Promise<{ added: number; traceIds: string[] }>;
  /**
   * What is stored of these traces, without content. The server asks before it adds spans, to find out which of them are the same
   * call and whose they are. A driver without it has spans settled by what comes in one batch.
   */
  kin?(of: readonly KinOf[]): Promise<Kin[]>;
  /**
   * Puts spans in the place of stored ones, for what only later spans of their trace say: an ancestor's identity, or that a call
   * was the same as another. Atomic, and doing it twice changes nothing. Start, trace and span id stay; the tenant may become known.
   */
  replace?(replacements: readonly Replacement[]): Promise<void>;
  /** The last remembered position, or undefined in an empty store. */
  position(): Promise<LogPosition | undefined>;
  /** Up to here the ingest log may be trimmed; undefined when nothing may be yet. It may be less than what {@link position} says. */
  settledPosition(): LogPosition | undefined;
  /** The same questions for askers who shall not wait, nor keep others waiting: after so long they reject with `QUERY_TOO_LONG`. */
  within?(msMax: number): Questions;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}
