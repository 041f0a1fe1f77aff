import type { SpanContext } from '@opentelemetry/api';
import type { Counted, Facts, Labels, Measures } from '@tallyspan/facts';
import type { Failure } from './failure.ts';
import type { ExportCounts } from './otlp/span-exporter.ts';

/** A span that has begun. `end` is called once; the facts it was opened with then hold everything that is known. */
export interface OpenSpan {
  readonly context: SpanContext;
  end(endMicros: number, failure: Failure | undefined): void;
}

/** Where spans go, priced, and are counted: our direct recorder, or the application's OpenTelemetry provider. */
export interface Recorder {
  /**
   * Opens a span with what is known at its start. `parent` is a span of any library, or undefined for a root; `links` are others that it
   * has to do with.
   */
  open(facts: Facts, parent: SpanContext | undefined, startMicros: number, links?: readonly SpanContext[]): OpenSpan;
  /** Counts what has no span of its own. Never throws. */
  count(of: Counted, labels: Labels, measures: Measures): void;
  /** Sends what is waiting; resolves after at most `timeoutMs`. */
  flush(timeoutMs?: number): Promise<void>;
  counts(): ExportCounts | undefined;
}
