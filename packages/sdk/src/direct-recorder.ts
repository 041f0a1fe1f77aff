import { diag, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type Facts, limits, type Writing } from '@tallyspan/facts';
import { wallMicros } from './clock.ts';
import { ConsoleTree } from './console-tree.ts';
import { addCost, isBillable, pricesAreSettled, pricesSettled, warmPrices } from './cost.ts';
import { resource, target } from './environment.ts';
import { sendBeforeExit } from './exit.ts';
import type { Failure } from './failure.ts';
import { newSpanId, newTraceId } from './ids.ts';
import { CallMetrics } from './metrics.ts';
import type { InitOptions } from './options.ts';
import { metricEntries } from './otlp/metric-bytes.ts';
import { post, type Target } from './otlp/post.ts';
import { type Envelope, envelope, exportRequest } from './otlp/request.ts';
import { writeSpan } from './otlp/span-bytes.ts';
import { SpanExporter } from './otlp/span-exporter.ts';
import type { OpenSpan, Recorder } from './recorder.ts';
import { type Sampler, samplerFrom } from './sampler.ts';
import type { EndedSpan } from './span.ts';
import { VERSION } from './version.ts';

/**
 * Facts become OTLP bytes: no span object, no attribute map. The user's call only leaves its facts here; pricing, counting and
 * encoding happen for a handful of spans at once, when the exporter's timer fires: the same code on warm caches costs a quarter of
 * what it costs between two calls, and the call does not wait for it.
 */
export class DirectRecorder implements Recorder {
  readonly #writing: Writing;
  readonly #sampler: Sampler;
  readonly #exporter: SpanExporter | undefined;
  readonly #console: ConsoleTree | undefined;
  readonly #metrics = new CallMetrics(wallMicros());
  readonly #metricTarget: Target | undefined;
  readonly #envelope: Envelope;
  #ended: DirectSpan[] = [];
  #metricTimer: NodeJS.Timeout | undefined;
  #metricsRefused = false;

  constructor(options: InitOptions, env: Record<string, string | undefined>) {
    this.#writing = { dialects: options.dialects ?? ['otel'], semconv: options.semconv ?? '1.41' };
    this.#sampler = samplerFrom(env);
    this.#envelope = envelope(resource(options, VERSION, env), '@tallyspan/sdk', VERSION);
    const disabled = env.OTEL_SDK_DISABLED === 'true';
    const toConsole = options.exporter === 'console' || (!options.exporter && env.OTEL_TRACES_EXPORTER === 'console');
    if (toConsole && !disabled) this.#console = new ConsoleTree(this.#writing);
    const sends = !disabled && !toConsole && env.OTEL_TRACES_EXPORTER !== 'none';
    const traces = sends ? target('traces', options, env) : undefined;
    this.#exporter = traces && new SpanExporter(traces, this.#envelope, () => this.#settle());
    const pushMetrics = !disabled && !toConsole && options.metrics !== false && env.OTEL_METRICS_EXPORTER !== 'none';
    this.#metricTarget = pushMetrics ? target('metrics', options, env) : undefined;
    if (!disabled) sendBeforeExit(this);
  }

  open(facts: Facts, parent: SpanContext | undefined, startMicros: number): OpenSpan {
    const traceId = parent?.traceId ?? newTraceId();
    const sampled = this.#sampler(traceId, parent);
    const context: SpanContext = {
      traceId,
      spanId: newSpanId(),
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      ...(parent?.traceState ? { traceState: parent.traceState } : {}),
    };
    this.#console?.opened(context.spanId);
    return new DirectSpan(context, parent, startMicros, facts, this);
  }

  /** Takes over a span that has ended. */
  take(span: DirectSpan): void {
    this.#ended.push(span);
    const many = pricesAreSettled() ? limits.unsettledSpansMax : limits.unpricedSpansMax;
    if (this.#ended.length >= many || !this.#exporter) this.#settle();
    else this.#exporter.wake();
  }

  async flush(timeoutMs: number = limits.exitDelayMsMax): Promise<void> {
    await pricesSettled();
    this.#settle();
    await Promise.all([this.#exporter?.flush(timeoutMs), this.#sendMetrics(true, timeoutMs)]);
  }

  hasWork(): boolean {
    return this.#ended.length > 0 || (this.#exporter?.counts.waiting ?? 0) > 0 || this.#metrics.changed;
  }

  counts() {
    return this.#exporter?.counts;
  }

  /** Prices, counts and encodes what has ended. While the price table loads (milliseconds, once) spans wait, up to a limit. */
  #settle(): void {
    if (!pricesAreSettled() && this.#ended.length < limits.unpricedSpansMax) {
      warmPrices();
      if (this.#ended.length > 0) void pricesSettled().then(() => this.#settle());
      return;
    }
    const ended = this.#ended;
    this.#ended = [];
    for (const span of ended) {
      try {
        addCost(span.facts, span.startMicros);
        if (isBillable(span.facts)) this.#measure(span.facts, (span.endMicros - span.startMicros) / 1e6);
        this.#console?.ended(span);
        if (this.#exporter && span.context.traceFlags & TraceFlags.SAMPLED)
          this.#exporter.add(writeSpan(span, this.#writing));
      } catch {
        // A span that cannot be written must not cost the others.
      }
    }
  }

  #measure(facts: Facts, durationSeconds: number): void {
    if (!this.#metricTarget || this.#metricsRefused) return;
    this.#metrics.record(facts, durationSeconds);
    if (this.#metricTimer) return;
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
