import {
  type Attributes,
  context,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics as metricsApi,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import {
  type Facts,
  labelNames,
  type Metric,
  metrics,
  spanKind,
  spanName,
  writeFacts,
  type Writing,
} from '@tallyspan/facts';
import { addCost, isBillable } from './cost.ts';
import type { InitOptions } from './options.ts';
import type { OpenSpan, Recorder } from './recorder.ts';

const kinds = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** The same facts through the application's own OpenTelemetry provider: its sampler, its processors, its exporter. */
export class OtelRecorder implements Recorder {
  readonly #tracer: Tracer;
  readonly #meterProvider: MeterProvider | undefined;
  readonly #writing: Writing;
  #meter: Meter | undefined;
  readonly #instruments = new Map<Metric, Counter | Histogram>();

  /** `meterProvider`: default the one that is registered. */
  constructor(tracer: Tracer, options: InitOptions, meterProvider?: MeterProvider) {
    this.#tracer = tracer;
    this.#meterProvider = meterProvider;
    this.#writing = { dialects: options.dialects ?? ['otel'], semconv: options.semconv ?? '1.41' };
  }

  open(facts: Facts, parent: SpanContext | undefined, startMicros: number): OpenSpan {
    const active = context.active();
    // A framework's step is not shown to OpenTelemetry: what is active there may be outside of it.
    const isShown = !parent || trace.getSpanContext(active)?.spanId === parent.spanId;
    const within = isShown ? active : trace.setSpanContext(active, parent);
    const span = this.#tracer.startSpan(
      spanName(facts, this.#writing),
      { kind: kinds[spanKind(facts)], attributes: this.#attributes(facts, 0n), startTime: startMicros / 1000 },
      within,
    );
    return {
      context: span.spanContext(),
      end: (endMicros, failure) => {
        addCost(facts, startMicros);
        if (isBillable(facts)) this.#measure(facts, (endMicros - startMicros) / 1e6);
        span.setAttributes(this.#attributes(facts, BigInt(endMicros - startMicros) * 1000n));
        if (failure) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.statusMessage });
        span.end(endMicros / 1000);
      },
    };
  }

  #measure(facts: Facts, durationSeconds: number): void {
    const meter = (this.#meterProvider ?? metricsApi.getMeterProvider()).getMeter('@tallyspan/sdk');
    if (meter !== this.#meter) this.#instruments.clear();
    this.#meter = meter;
    const values: Record<Metric['measure'], number | undefined> = {
      calls: 1,
      errors: facts.errorType === undefined ? undefined : 1,
      durationSeconds,
      timeToFirstChunkSeconds: facts.timeToFirstChunk,
      inputTokens: facts.inputTokens,
      outputTokens: facts.outputTokens,
      cacheReadTokens: facts.cacheReadTokens,
      cacheWriteTokens: facts.cacheWriteTokens,
      reasoningTokens: facts.reasoningTokens,
      costUsd: facts.costNanoUsd === undefined ? undefined : Number(facts.costNanoUsd) / 1e9,
    };
    for (const metric of metrics) {
      const value = values[metric.measure];
      if (value === undefined || (metric.semconv && !metric.semconv.includes(this.#writing.semconv))) continue;
      const labels: Attributes = { ...metric.fixed };
      for (const label of metric.labels) if (facts[label] !== undefined) labels[labelNames[label].otel] = facts[label];
      const instrument = this.#instrument(meter, metric);
      if ('record' in instrument) instrument.record(value, labels);
      else instrument.add(value, labels);
    }
  }

  /** The application flushes its own provider. */
  async flush(): Promise<void> {}

  counts() {
    return undefined;
  }

  #instrument(meter: Meter, metric: Metric): Counter | Histogram {
    const known = this.#instruments.get(metric);
    if (known) return known;
    const { unit, description, buckets } = metric;
    const advice = buckets ? { advice: { explicitBucketBoundaries: [...buckets] } } : {};
    const made =
      metric.kind === 'counter'
        ? meter.createCounter(metric.name, { unit, description })
        : meter.createHistogram(metric.name, { unit, description, ...advice });
    this.#instruments.set(metric, made);
    return made;
  }

  #attributes(facts: Facts, durationNanos: bigint): Attributes {
    const attributes: Attributes = {};
    writeFacts(facts, durationNanos, this.#writing, (name, _type, value) => (attributes[name] = value));
    return attributes;
  }
}
