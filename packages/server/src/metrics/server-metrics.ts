/**
 * What `/metrics` tells: everything that the stored spans say (calls, tokens, dollars, durations, by tenant, agent, role, model), under
 * the same names as the SDK pushes, and the health of this server. Counters begin at 0 with the process, as Prometheus expects.
 *
 * A span counts when it is stored for the first time, so one that was sent twice counts once.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CallMetrics, expose, isBillable, limits, NANOS_PER_MS, type Sample } from '@tallyspan/facts';
import type { StoredSpan } from '@tallyspan/store';
import { SpanSums } from './span-sums.ts';

/** Sums since the start of this process. */
interface Ingested {
  /** Spans and bytes that were acknowledged, after decompression. */
  acceptedSpans: number;
  acceptedBytes: number;
  requests: number;
  /** Spans of acknowledged requests that were refused alone. */
  rejectedSpans: number;
  /** Spans stored for the first time. */
  storedSpans: number;
}

/** What the parts of the server know at the moment. */
export interface Gauges {
  ready: boolean;
  backlogBytes: number;
  backlogBytesMax: number;
  setAside: number;
  damagedBytes: number;
  tailReaders: number;
  /** Milliseconds that the oldest span not stored yet has waited; 0 when none waits. */
  lagMs: number;
  /** How full each budget is. */
  budgets: readonly Sample[];
}

export class ServerMetrics {
  readonly ingested: Ingested = {
    acceptedSpans: 0,
    acceptedBytes: 0,
    requests: 0,
    rejectedSpans: 0,
    storedSpans: 0,
  };
  /** Requests that were refused as a whole, by the code of the error. */
  readonly refused = new Map<string, number>();
  readonly #calls = new CallMetrics(Date.now() * 1_000, limits.serverSeriesMax);
  readonly #gauges: () => Gauges;
  readonly #loop = monitorEventLoopDelay({ resolution: 20 });
  readonly #sums = new SpanSums();

  constructor(gauges: () => Gauges) {
    this.#gauges = gauges;
    this.#loop.enable();
  }

  close(): void {
    this.#loop.disable();
  }

  /** These were stored for the first time. */
  stored(spans: readonly StoredSpan[]): void {
    this.ingested.storedSpans += spans.length;
    for (const span of spans) {
      const { facts, cost, start, end, traceId } = span;
      const costed = isBillable(facts) && cost?.nanos !== undefined ? { ...facts, costNanoUsd: cost.nanos } : facts;
      this.#sums.stored(span);
      this.#calls.record(costed, Math.max(0, Number(end - start) / 1e9), {
        traceId,
        atMs: Number(end / NANOS_PER_MS),
      });
    }
  }

  /** A request was acknowledged: its bytes, and of its spans how many were taken and how many refused alone. */
  accept(bytes: number, spans: number, rejected: number): void {
    this.ingested.requests++;
    this.ingested.acceptedBytes += bytes;
    this.ingested.acceptedSpans += spans;
    this.ingested.rejectedSpans += rejected;
  }

  /** A request was refused as a whole, with this code. */
  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  /** The body and its media type, by what the scraper says it accepts. */
  answer(accept: string): { body: string; contentType: string } {
    const openMetrics = accept.includes('application/openmetrics-text');
    return expose(this.#calls, { semconv: '1.41', families: ['otel', 'hexr'], openMetrics }, this.#samples());
  }

  #samples(): Sample[] {
    const { ready, backlogBytes, backlogBytesMax, setAside, damagedBytes, tailReaders, lagMs, budgets } =
      this.#gauges();
    const { acceptedSpans, acceptedBytes, requests, rejectedSpans, storedSpans } = this.ingested;
    const memory = process.memoryUsage();
    const gauge = (name: string, help: string, value: number): Sample => ({ name, help, kind: 'gauge', value });
    const counter = (name: string, help: string, value: number, labels?: Sample['labels']): Sample => ({
      name,
      help,
      kind: 'counter',
      value,
      ...(labels && { labels }),
    });
    const samples = [
      gauge('tallyspan_up', 'Whether new spans are acknowledged and become visible', ready ? 1 : 0),
      gauge(
        'process_start_time_seconds',
        'When this process began, Unix seconds',
        Date.now() / 1_000 - process.uptime(),
      ),
      gauge('process_resident_memory_bytes', 'Resident memory', memory.rss),
      gauge('nodejs_heap_size_used_bytes', 'Memory in use by JavaScript', memory.heapUsed),
      gauge('nodejs_heap_size_total_bytes', 'Memory reserved for JavaScript', memory.heapTotal),
      gauge(
        'nodejs_eventloop_lag_p99_seconds',
        'How late timers are, 99th percentile since the last scrape',
        this.#lag(),
      ),
      counter('tallyspan_ingest_requests', 'Requests with spans that were acknowledged', requests),
      counter('tallyspan_ingest_spans', 'Spans that were acknowledged', acceptedSpans),
      counter('tallyspan_ingest_bytes', 'Bytes of requests that were acknowledged, decompressed', acceptedBytes),
      counter('tallyspan_ingest_rejected_spans', 'Spans refused alone, with the reason in the answer', rejectedSpans),
      counter('tallyspan_stored_spans', 'Spans stored for the first time', storedSpans),
      gauge('tallyspan_backlog_bytes', 'Acknowledged and not stored yet', backlogBytes),
      gauge('tallyspan_backlog_bytes_max', 'From where on new spans are refused with 503', backlogBytesMax),
      gauge(
        'tallyspan_ingest_lag_seconds',
        'How long the oldest span that is not stored yet has waited',
        lagMs / 1_000,
      ),
      gauge('tallyspan_set_aside_records', 'Records of the log that the store could not take', setAside),
      gauge('tallyspan_log_damaged_bytes', 'Bytes of the log that cannot be read any more', damagedBytes),
      gauge('tallyspan_tail_readers', 'Who listens to the live tail', tailReaders),
    ];
    for (const [code, times] of this.refused)
      samples.push(
        counter('tallyspan_ingest_refused_requests', 'Requests refused as a whole, by reason', times, { code }),
      );
    return [...samples, ...this.#sums.samples(), ...budgets];
  }

  #lag(): number {
    const lag = Math.max(0, this.#loop.percentile(99) / 1e9 - 0.02);
    this.#loop.reset();
    return lag;
  }
}
