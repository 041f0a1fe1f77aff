import { diag, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type Facts, limits, type Writing } from '@tallyspan/facts';
import { wallMicros } from './clock.ts';
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
import { VERSION } from './version.ts';

/**
 * Facts become OTLP bytes when a span ends: no span object, no attribute map, no queue of objects. It shares the application's
 * OpenTelemetry context but neither its provider nor its exporter.
 */
export class DirectRecorder implements Recorder {
  readonly #writing: Writing;
  readonly #sampler: Sampler;
  readonly #exporter: SpanExporter | undefined;
  readonly #metrics = new CallMetrics(wallMicros());
  readonly #metricTarget: Target | undefined;
  readonly #envelope: Envelope;
  #metricTimer: NodeJS.Timeout | undefined;
  #metricsRefused = false;

  constructor(options: InitOptions, env: Record<string, string | undefined>) {
    this.#writing = { dialects: options.dialects ?? ['otel'], semconv: options.semconv ?? '1.41' };
    this.#sampler = samplerFrom(env);
    this.#envelope = envelope(resource(options.serviceName, VERSION, env), '@tallyspan/sdk', VERSION);
    const disabled = env.OTEL_SDK_DISABLED === 'true';
    const traces = disabled || env.OTEL_TRACES_EXPORTER === 'none' ? undefined : target('traces', options, env);
    this.#exporter = traces && new SpanExporter(traces, this.#envelope);
    const pushMetrics = !disabled && options.metrics !== false && env.OTEL_METRICS_EXPORTER !== 'none';
    this.#metricTarget = pushMetrics ? target('metrics', options, env) : undefined;
    if (!disabled) sendBeforeExit(this);
  }

  open(_facts: Facts, parent: SpanContext | undefined, startMicros: number): OpenSpan {
    const traceId = parent?.traceId ?? newTraceId();
    const sampled = this.#sampler(traceId, parent);
    const context: SpanContext = {
      traceId,
      spanId: newSpanId(),
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      ...(parent?.traceState ? { traceState: parent.traceState } : {}),
    };
    return new DirectSpan(context, parent, startMicros, sampled ? this.#exporter : undefined, this.#writing);
  }

  measure(facts: Facts, durationSeconds: number): void {
    if (!this.#metricTarget || this.#metricsRefused) return;
    this.#metrics.record(facts, durationSeconds);
    if (this.#metricTimer) return;
    this.#metricTimer = setTimeout(() => {
      this.#metricTimer = undefined;
      void this.#sendMetrics(false);
    }, limits.metricIntervalMs);
    this.#metricTimer.unref();
  }

  async flush(timeoutMs: number = limits.exitDelayMsMax): Promise<void> {
    await Promise.all([this.#exporter?.flush(timeoutMs), this.#sendMetrics(true, timeoutMs)]);
  }

  hasWork(): boolean {
    return (this.#exporter?.counts.waiting ?? 0) > 0 || this.#metrics.changed;
  }

  counts() {
    return this.#exporter?.counts;
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

class DirectSpan implements OpenSpan {
  readonly context: SpanContext;
  readonly #parent: SpanContext | undefined;
  readonly #startMicros: number;
  readonly #exporter: SpanExporter | undefined;
  readonly #writing: Writing;

  constructor(
    context: SpanContext,
    parent: SpanContext | undefined,
    startMicros: number,
    exporter: SpanExporter | undefined,
    writing: Writing,
  ) {
    this.context = context;
    this.#parent = parent;
    this.#startMicros = startMicros;
    this.#exporter = exporter;
    this.#writing = writing;
  }

  end(facts: Facts, endMicros: number, failure: Failure | undefined): void {
    if (!this.#exporter) return;
    const span = {
      traceId: this.context.traceId,
      spanId: this.context.spanId,
      parentSpanId: this.#parent?.spanId,
      traceState: this.#parent?.traceState?.serialize(),
      startMicros: this.#startMicros,
      endMicros,
      facts,
      failed: failure !== undefined,
      statusMessage: failure?.statusMessage,
    };
    this.#exporter.add(writeSpan(span, this.#writing));
  }
}
