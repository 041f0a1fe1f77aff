import { type Facts, type Label, limits, type Measure, type Metric, metrics } from '@tallyspan/facts';

/** Sums of one histogram; `counts` has one more entry than there are bounds. */
export interface Histogram {
  count: number;
  sum: number;
  counts: number[];
}

/** Everything counted for calls that share all labels. Metrics with fewer labels are sums over series. */
export interface Series {
  labels: Partial<Record<Label, string>>;
  sums: Record<Measure, number>;
  histograms: Partial<Record<Measure, Histogram>>;
}

const labelsOf: readonly Label[] = [
  'operation',
  'provider',
  'requestModel',
  'responseModel',
  'tenant',
  'agent',
  'role',
  'errorType',
];

/** Bounds per measure, from the table: a measure that no histogram shows needs none. */
const bounds = new Map<Measure, readonly number[]>(
  metrics.flatMap(({ measure, buckets }): [Measure, readonly number[]][] => (buckets ? [[measure, buckets]] : [])),
);

/** Marks the series that takes what is over the cardinality limit (OpenTelemetry metrics SDK specification). */
export const OVERFLOW = 'otel.metric.overflow';

/**
 * Counts every call, sampled or not: costs and rates come from here, never from sampled spans. One lookup per call finds the
 * finest series; the tables' rows are projected from it only when they are sent.
 */
export class CallMetrics {
  readonly series = new Map<string, Series>();
  readonly startMicros: number;
  /** Set by each call, cleared by who sends. */
  changed = false;

  constructor(startMicros: number) {
    this.startMicros = startMicros;
  }

  record(facts: Facts, durationSeconds: number): void {
    const series = this.#find(facts);
    const { sums } = series;
    sums.calls++;
    if (facts.errorType !== undefined) sums.errors++;
    this.#observe(series, 'durationSeconds', durationSeconds);
    if (facts.timeToFirstChunk !== undefined) this.#observe(series, 'timeToFirstChunkSeconds', facts.timeToFirstChunk);
    if (facts.inputTokens !== undefined) this.#observe(series, 'inputTokens', facts.inputTokens);
    if (facts.outputTokens !== undefined) this.#observe(series, 'outputTokens', facts.outputTokens);
    sums.cacheReadTokens += facts.cacheReadTokens ?? 0;
    sums.cacheWriteTokens += facts.cacheWriteTokens ?? 0;
    sums.reasoningTokens += facts.reasoningTokens ?? 0;
    if (facts.costNanoUsd !== undefined) sums.costUsd += Number(facts.costNanoUsd) / 1e9;
    this.changed = true;
  }

  #find(facts: Facts): Series {
    let key = '';
    for (const label of labelsOf) key += `${facts[label] ?? ''}\u0000`;
    const known = this.series.get(key);
    if (known) return known;
    if (this.series.size >= limits.metricSeriesMax) return this.#overflow();
    const labels: Series['labels'] = {};
    for (const label of labelsOf) if (facts[label] !== undefined) labels[label] = String(facts[label]);
    return this.#add(key, labels);
  }

  #overflow(): Series {
    return this.series.get(OVERFLOW) ?? this.#add(OVERFLOW, {});
  }

  #add(key: string, labels: Series['labels']): Series {
    const sums: Series['sums'] = {
      calls: 0,
      errors: 0,
      durationSeconds: 0,
      timeToFirstChunkSeconds: 0,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      costUsd: 0,
    };
    const series: Series = { labels, sums, histograms: {} };
    this.series.set(key, series);
    return series;
  }

  #observe(series: Series, measure: Measure, value: number): void {
    series.sums[measure] += value;
    const limitsOfMeasure = bounds.get(measure);
    if (!limitsOfMeasure) return;
    const histogram = (series.histograms[measure] ??= {
      count: 0,
      sum: 0,
      counts: Array(limitsOfMeasure.length + 1).fill(0),
    });
    let bucket = 0;
    while (bucket < limitsOfMeasure.length && value > limitsOfMeasure[bucket]!) bucket++;
    histogram.counts[bucket]!++;
    histogram.count++;
    histogram.sum += value;
  }
}

/** A point of one metric: its labels and either a sum or a histogram. */
export interface Point {
  labels: Partial<Record<Label, string>>;
  overflow: boolean;
  sum: number;
  histogram: Histogram | undefined;
}

/** The points of one row of the table: series that agree in the row's labels are added up. Points that counted nothing are left out. */
export function project(metric: Metric, all: Iterable<[string, Series]>): Point[] {
  const points = new Map<string, Point>();
  for (const [name, series] of all) {
    const overflow = name === OVERFLOW;
    const key = overflow ? OVERFLOW : metric.labels.map((label) => series.labels[label] ?? '').join('\u0000');
    let point = points.get(key);
    if (!point) {
      const labels: Point['labels'] = {};
      for (const label of metric.labels) if (series.labels[label] !== undefined) labels[label] = series.labels[label];
      points.set(key, (point = { labels, overflow, sum: 0, histogram: undefined }));
    }
    point.sum += series.sums[metric.measure];
    const histogram = series.histograms[metric.measure];
    if (histogram && metric.kind === 'histogram') {
      point.histogram ??= { count: 0, sum: 0, counts: Array(histogram.counts.length).fill(0) };
      point.histogram.count += histogram.count;
      point.histogram.sum += histogram.sum;
      histogram.counts.forEach((count, index) => (point.histogram!.counts[index]! += count));
    }
  }
  return [...points.values()].filter((point) =>
    metric.kind === 'histogram' ? point.histogram !== undefined : point.sum !== 0,
  );
}
