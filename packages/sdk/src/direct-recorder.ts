import { diag, type SpanContext, TraceFlags } from '@opentelemetry/api';
import {
  CallMetrics,
  type Counted,
  expose,
  type Exposition,
  type Facts,
  type Labels,
  limits,
  type Measures,
  metricFamilies,
  type Writing,
} from '@tallyspan/facts';
import { wallMicros } from './clock.ts';
import { ConsoleTree } from './console-tree.ts';
import { addCost, isBillable, pricesAreSettled, pricesSettled, warmPrices } from './cost.ts';
import { attributesMax, resource, target } from './environment.ts';
import { sendBeforeExit } from './exit.ts';
import type { Failure } from './failure.ts';
import { newSpanId, newTraceId } from './ids.ts';
import type { InitOptions } from './options.ts';
import { metricEntries } from './otlp/metric-bytes.ts';
import { post, type Target } from './otlp/post.ts';
import { type Envelope, envelope, exportRequest } from './otlp/request.ts';
import { writeSpan } from './otlp/span-bytes.ts';
import { SpanExporter } from './otlp/span-exporter.ts';
import type { OpenSpan, Recorder } from './recorder.ts';
import { type Sampler, samplerFrom } from './sampler.ts';
import type { EndedSpan } from './span.ts';
import { state } from './state.ts';
import { VERSION } from './version.ts';

/**
 * Facts become OTLP bytes: no span object, no attribute map. The user's call only leaves its facts here; pricing, counting and
 * encoding happen for a handful of spans at once, when the exporter's timer fires: the same code on warm caches costs a quarter of
 * what it costs between two calls, and the call does not wait for it.
 */
export class DirectRecorder implements Recorder {
  readonly #writing: Writing;
  readonly #attributesMax: number | undefined;
  readonly #sampler: Sampler;
  readonly #exporter: SpanExporter | undefined;
  readonly #console: ConsoleTree | undefined;
  readonly #metrics = new CallMetrics(wallMicros());
  readonly #metricTarget: Target | undefined;
  readonly #envelope: Envelope;
  readonly #disabled: boolean;
  #ended: DirectSpan[] = [];
  #metricTimer: NodeJS.Timeout | undefined;
  #metricsRefused = false;

  constructor(options: InitOptions, env: Record<string, string | undefined>) {
    this.#writing = { dialects: options.dialects ?? ['otel'], semconv: options.semconv ?? '1.41' };
    this.#attributesMax = attributesMax(this.#writing.dialects, env);
    this.#sampler = samplerFrom(env);
    this.#envelope = envelope(resource(options, VERSION, env), '@tallyspan/sdk', VERSION);
    const disabled = env.OTEL_SDK_DISABLED === 'true';
    this.#disabled = disabled;
    const toConsole = options.exporter === 'console' || (!options.exporter && env.OTEL_TRACES_EXPORTER === 'console');
    if (toConsole && !disabled) this.#console = new ConsoleTree(this.#writing);
    const sends = !disabled && !toConsole && env.OTEL_TRACES_EXPORTER !== 'none';
    const traces = sends ? target('traces', options, env) : undefined;
    this.#exporter = traces && new SpanExporter(traces, this.#envelope, () => this.#settle());
    const pushMetrics = !disabled && !toConsole && options.metrics !== false && env.OTEL_METRICS_EXPORTER !== 'none';
    this.#metricTarget = pushMetrics ? target('metrics', options, env) : undefined;
    if (!disabled) sendBeforeExit(this);
  }

  open(facts: Facts, parent: SpanContext | undefined, startMicros: number, links?: readonly SpanContext[]): OpenSpan {
    const traceId = parent?.traceId ?? newTraceId();
    const sampled = this.#sampler(traceId, parent);
    const context: SpanContext = {
      traceId,
      spanId: newSpanId(),
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      ...(parent?.traceState ? { traceState: parent.traceState } : {}),
    };
    this.#console?.opened(context.spanId);
    const span = new DirectSpan(context, parent, startMicros, facts, this);
    span.links = links;
    return span;
  }

  /** Takes over a span that has ended. */
  take(span: DirectSpan): void {
    this.#ended.push(span);
    const many = pricesAreSettled() ? limits.unsettledSpansMax : limits.unpricedSpansMax;
    if (this.#ended.length >= many || !this.#exporter) this.#settle();
    else this.#exporter.wake();
  }

  async flush(timeoutMs: number = limits.exitDelayMsMax): Promise<void> {
    if (this.#awaitsPrices()) warmPrices();
    await pricesSettled();
    this.#settle();
    await Promise.all([this.#exporter?.flush(timeoutMs), this.#sendMetrics(true, timeoutMs)]);
  }

  hasWork(): boolean {
    const hasMetrics = this.#metrics.changed && this.#pushesMetrics();
    return this.#ended.length > 0 || (this.#exporter?.counts.waiting ?? 0) > 0 || hasMetrics;
  }

  counts() {
    return this.#exporter?.counts;
  }

  /** Prices, counts and encodes what has ended. While the price table loads (milliseconds, once) spans wait, up to a limit. */
  #settle(): void {
    if (this.#awaitsPrices()) {
      warmPrices();
      void pricesSettled().then(() => this.#settle());
      return;
    }
    const ended = this.#ended;
    this.#ended = [];
    for (const span of ended) {
      try {
        addCost(span.facts, span.startMicros);
        if (this.#keepsMetrics()) {
          this.#metrics.record(span.facts, (span.endMicros - span.startMicros) / 1e6);
          this.#sendMetricsLater();
        }
        this.#console?.ended(span);
        if (this.#exporter && span.context.traceFlags & TraceFlags.SAMPLED)
          this.#exporter.add(writeSpan(span, this.#writing, this.#attributesMax));
      } catch {
        // A span that cannot be written must not cost the others.
      }
    }
  }

  /** A program that calls no model needs no prices. */
  #awaitsPrices(): boolean {
    if (pricesAreSettled() || this.#ended.length >= limits.unpricedSpansMax) return false;
    return this.#ended.some(({ facts }) => isBillable(facts));
  }

  count(of: Counted, labels: Labels, measures: Measures): void {
    if (!this.#keepsMetrics()) return;
    this.#metrics.count(of, labels, measures);
    this.#sendMetricsLater();
  }

  /** Everything that was counted, in words that Prometheus reads. Waits for the price table, if calls need it. */
  async exposition(openMetrics: boolean): Promise<Exposition> {
    if (this.#awaitsPrices()) warmPrices();
    await pricesSettled();
    this.#settle();
    const { dialects, semconv } = this.#writing;
    return expose(this.#metrics, { semconv, families: metricFamilies(dialects), openMetrics });
  }

  #keepsMetrics(): boolean {
    return this.#pushesMetrics() || (state.exposesMetrics && !this.#disabled);
  }

  #pushesMetrics(): boolean {
    return this.#metricTarget !== undefined && !this.#metricsRefused;
  }

  #sendMetricsLater(): void {
    if (this.#metricTimer || !this.#metrics.changed || !this.#pushesMetrics()) return;
    this.#metricTimer = setTimeout(() => {
      this.#metricTimer = undefined;
      void this.#sendMetrics(false);
    }, limits.metricIntervalMs);
    this.#metricTimer.unref();
  }

  async #sendMetrics(hold: boolean, timeoutMs?: number): Promise<void> {
    if (!this.#metricTarget || this.#metricsRefused || !this.#metrics.changed) return;
    this.#metrics.changed = false;
    const body = exportRequest(this.#envelope, metricEntries(this.#metrics, wallMicros(), this.#writing));
    const timeout = Math.min(this.#metricTarget.timeoutMs, timeoutMs ?? Infinity);
    const sent = await post({ ...this.#metricTarget, timeoutMs: timeout }, body, hold);
    if (sent.outcome === 'again') this.#metrics.changed = true;
    // A receiver that keeps no metrics says so once (404, 501, or a partial success); asking again would only cost both sides.
    if (sent.outcome === 'never' || (sent.outcome === 'ok' && sent.body.length > 2)) {
      this.#metricsRefused = true;
      diag.info(`tallyspan: ${this.#metricTarget.url.host} keeps no metrics; they are no longer sent`);
    }
  }
}

/** One span between its beginning and its bytes. */
class DirectSpan implements OpenSpan, EndedSpan {
  readonly context: SpanContext;
  readonly startMicros: number;
  readonly facts: Facts;
  endMicros = 0;
  links: readonly SpanContext[] | undefined;
  failed = false;
  statusMessage: string | undefined;
  readonly #parent: SpanContext | undefined;
  readonly #recorder: DirectRecorder;

  constructor(
    context: SpanContext,
    parent: SpanContext | undefined,
    startMicros: number,
    facts: Facts,
    recorder: DirectRecorder,
  ) {
    this.context = context;
    this.#parent = parent;
    this.startMicros = startMicros;
    this.facts = facts;
    this.#recorder = recorder;
  }

  get traceId(): string {
    return this.context.traceId;
  }
  get spanId(): string {
    return this.context.spanId;
  }
  get parentSpanId(): string | undefined {
    return this.#parent?.spanId;
  }
  get traceState(): string | undefined {
    return this.#parent?.traceState?.serialize();
  }

  end(endMicros: number, failure: Failure | undefined): void {
    this.endMicros = endMicros;
    this.failed = failure !== undefined;
    this.statusMessage = failure?.statusMessage;
    this.#recorder.take(this);
  }
}
