import type { Cost, Span } from '@tallyspan/facts';
import type { Kin, Replacement } from './kin.ts';

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
  /** Substring of a span name or a trace id prefix, case-insensitive. */
  text?: string;
}

/** Newest first; `before` continues after the last trace of the previous page. */
export interface TracePage {
  limit: number;
  before?: { start: bigint; traceId: string };
}

export const dimensions = [
  'tenant',
  'agent',
  'run',
  'role',
  'provider',
  'model',
  'operation',
  'user',
  'session',
] as const;
export type Dimension = (typeof dimensions)[number];

/** `key` has one entry per asked dimension, in the order asked; null where the spans do not say. */
export interface CostRow extends Totals {
  key: (string | null)[];
}

export interface CostFilter {
  from?: bigint;
  to?: bigint;
  tenant?: string;
  agent?: string;
  traceId?: string;
}

export interface StoreStats {
  spans: number;
  traces: number;
  bytes: number;
}

/**
 * The room between the log and the queries. Two drivers, one contract suite (`contract.ts`).
 * A span is identified by (tenant, trace id, span id): adding it again changes nothing, whatever its order of arrival.
 */
export interface Store {
  /**
   * Adds spans and remembers `position`. After a crash the spans may be there without it, never it without the spans.
   * Answers which traces got new spans, and how many spans were new.
   */
  add(spans: readonly StoredSpan[], position?: LogPosition): Promise<{ added: number; traceIds: string[] }>;
  /**
   * What is stored of these traces, without content. The server asks before it adds spans, to find out which of them are the same
   * call and whose they are. A driver without it has spans settled by what comes in one batch.
   */
  kin?(traceIds: readonly string[]): Promise<Kin[]>;
  /**
   * Puts spans in the place of stored ones, for what only later spans of their trace say: an ancestor's identity, or that a call
   * was the same as another. Atomic, and doing it twice changes nothing. Start, trace and span id stay; the tenant may become known.
   */
  replace?(replacements: readonly Replacement[]): Promise<void>;
  /** The last remembered position, or undefined in an empty store. */
  position(): Promise<LogPosition | undefined>;
  /** Up to here the ingest log may be trimmed; undefined when nothing may be yet. It may be less than what {@link position} says. */
  settledPosition(): LogPosition | undefined;
  traces(filter: TraceFilter, page: TracePage): Promise<TraceSummary[]>;
  /** All spans of one trace, by start time; empty when unknown. Of one tenant only when that is given. */
  trace(traceId: string, tenant?: string): Promise<StoredSpan[]>;
  /** Of one tenant's spans only when that is given. */
  traceSummary(traceId: string, tenant?: string): Promise<TraceSummary | undefined>;
  /** Dearest first. `truncated` when there were more rows than the limit. */
  costs(by: readonly Dimension[], filter: CostFilter): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }>;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}
