import type { SpanContext } from '@opentelemetry/api';
import type { Facts } from '@tallyspan/facts';
import type { Failure } from './failure.ts';
import type { ExportCounts } from './otlp/span-exporter.ts';

/** A span that has begun. `end` is called once, with everything that is known by then. */
export interface OpenSpan {
  readonly context: SpanContext;
  end(facts: Facts, endMicros: number, failure: Failure | undefined): void;
}

/** Where spans and measurements go: our direct recorder, or the application's OpenTelemetry provider. */
export interface Recorder {
  /** Opens a span with what is known at its start. `parent` is a span of any library, or undefined for a root. */
  open(facts: Facts, parent: SpanContext | undefined, startMicros: number): OpenSpan;
  /** Counts one model call, sampled or not. */
  measure(facts: Facts, durationSeconds: number): void;
  /** Sends what is waiting; resolves after at most `timeoutMs`. */
  flush(timeoutMs?: number): Promise<void>;
  counts(): ExportCounts | undefined;
}
