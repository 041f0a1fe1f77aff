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
  type UpDownCounter,
} from '@opentelemetry/api';
import {
  type Counted,
  countsOf,
  type Facts,
  type Label,
  labelName,
  labelNames,
  type Labels,
  labelsOf,
  type Measures,
  type Metric,
  metricFamilies,
  type MetricFamily,
  metricName,
  metrics,
  spanKind,
  spanName,
  writeFacts,
  type Writing,
} from '@tallyspan/facts';
import { addCost } from './cost.ts';
import type { InitOptions } from './options.ts';
import type { OpenSpan, Recorder } from './recorder.ts';

const kinds = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

const LABELS = Object.keys(labelNames) as Label[];

/** The same facts through the application's own OpenTelemetry provider: its sampler, its processors, its exporter. */
export class OtelRecorder implements Recorder {
  readonly #tracer: Tracer;
  readonly #meterProvider: MeterProvider | undefined;
  readonly #writing: Writing;
  readonly #families: readonly MetricFamily[];
  #meter: Meter | undefined;
  readonly #instruments = new Map<string, Counter | Histogram | UpDownCounter>();

  /** `meterProvider`: default the one that is registered. */
  constructor(tracer: Tracer, options: InitOptions, meterProvider?: MeterProvider) {
    this.#tracer = tracer;
    this.#meterProvider = meterProvider;
    this.#writing = { dialects: options.dialects ?? ['otel'], semconv: options.semconv ?? '1.41' };
    this.#families = metricFamilies(this.#writing.dialects);
  }

  open(
    facts: Facts,
    parent: SpanContext | undefined,
    startMicros: number,
    links: readonly SpanContext[] = [],
  ): OpenSpan {
    const active = context.active();
    // A framework's step is not shown to OpenTelemetry: what is active there may be outside of it.
    const isShown = !parent || trace.getSpanContext(active)?.spanId === parent.spanId;
    const within = isShown ? active : trace.setSpanContext(active, parent);
    const span = this.#tracer.startSpan(
      spanName(facts, this.#writing),
      {
        kind: kinds[spanKind(facts)],
        attributes: this.#attributes(facts, 0n),
        startTime: startMicros / 1000,
        ...(links.length > 0 && { links: links.map((linked) => ({ context: linked })) }),
      },
      within,
    );
    return {
      context: span.spanContext(),
      end: (endMicros, failure) => {
        addCost(facts, startMicros);
        const counts = countsOf(facts, (endMicros - startMicros) / 1e6);
        if (counts) for (const of of counts.of) this.count(of, labelsOf(facts, LABELS), counts.measures);
        span.setAttributes(this.#attributes(facts, BigInt(endMicros - startMicros) * 1000n));
        if (failure) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.statusMessage });
        span.end(endMicros / 1000);
      },
    };
  }

  count(of: Counted, labels: Labels, measures: Measures): void {
    const meter = (this.#meterProvider ?? metricsApi.getMeterProvider()).getMeter('@tallyspan/sdk');
    if (meter !== this.#meter) this.#instruments.clear();
    this.#meter = meter;
    for (const metric of metrics) {
      const value = measures[metric.measure];
      if (metric.of !== of || value === undefined) continue;
      for (const family of this.#families) {
        const name = metricName(metric, family, this.#writing.semconv);
        if (name === undefined) continue;
        const attributes: Attributes = { ...metric.fixed };
        for (const label of metric.labels)
          if (labels[label] !== undefined) attributes[labelName(metric, label, family)] = labels[label];
        const instrument = this.#instrument(meter, metric, name);
        if ('record' in instrument) instrument.record(value, attributes);
        else instrument.add(value, attributes);
      }
    }
  }

  /** The application flushes its own provider. */
  async flush(): Promise<void> {}

  counts() {
    return undefined;
  }

  #instrument(meter: Meter, metric: Metric, name: string): Counter | Histogram | UpDownCounter {
    const known = this.#instruments.get(name);
    if (known) return known;
    const { unit, description, buckets } = metric;
    const advice = buckets ? { advice: { explicitBucketBoundaries: [...buckets] } } : {};
    const made = {
      counter: () => meter.createCounter(name, { unit, description }),
      updown: () => meter.createUpDownCounter(name, { unit, description }),
      histogram: () => meter.createHistogram(name, { unit, description, ...advice }),
    }[metric.kind]();
    this.#instruments.set(name, made);
    return made;
  }

  #attributes(facts: Facts, durationNanos: bigint): Attributes {
    const attributes: Attributes = {};
    writeFacts(facts, durationNanos, this.#writing, (name, _type, value) => (attributes[name] = value));
    return attributes;
  }
}
