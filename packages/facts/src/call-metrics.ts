import type { Facts } from './facts.ts';
import { limits } from './limits.ts';
import { countsOf, labelOf, labelsOf } from './measure.ts';
import { type Counted, type Label, type Labels, type Measure, type Measures, type Metric, metrics } from './metrics.ts';

/** Sums of one histogram; `counts` has one more entry than there are bounds. */
export interface Histogram {
  count: number;
  sum: number;
  counts: number[];
  /** By bucket, where there is one. */
  exemplars?: (Exemplar | undefined)[];
}

/** The newest call of a bucket whose trace is known: it leads from a figure to what happened. */
export interface Exemplar {
  traceId: string;
  value: number;
  /** Unix milliseconds. */
  atMs: number;
}

/** Everything counted for calls that share all labels. Metrics with fewer labels are sums over series. */
export interface Series {
  labels: Labels;
  sums: Measures;
  histograms: Partial<Record<Measure, Histogram>>;
}

/** What is counted together: all labels that some metric of the group has, and the bounds of its histograms. */
interface Group {
  labels: readonly Label[];
  bounds: Partial<Record<Measure, readonly number[]>>;
}

const groups = new Map<Counted, Group>();
for (const { of, labels, measure, buckets } of metrics) {
  const group = groups.get(of) ?? { labels: [], bounds: {} };
  groups.set(of, {
    labels: [...new Set([...group.labels, ...labels])],
    bounds: buckets ? { ...group.bounds, [measure]: buckets } : group.bounds,
  });
}

/** Marks the series that takes what is over the cardinality limit (OpenTelemetry metrics SDK specification). */
export const OVERFLOW = 'otel.metric.overflow';

/**
 * Counts every call, sampled or not: costs and rates come from here, never from sampled spans. One lookup per call finds the
 * finest series; the tables' rows are projected from it only when they are sent.
 */
export class CallMetrics {
  readonly startMicros: number;
  /** Set by each call, cleared by who sends. */
  changed = false;
  readonly #series = new Map<Counted, Map<string, Series>>();
  readonly #seriesMax: number;

  /** `seriesMax`: sets of labels in one group; what is over it is counted together. Default `limits.metricSeriesMax`. */
  constructor(startMicros: number, seriesMax: number = limits.metricSeriesMax) {
    this.startMicros = startMicros;
    this.#seriesMax = seriesMax;
  }

  /** A span that has ended. `trace` makes it an exemplar of its buckets; without it there are none. */
  record(facts: Facts, durationSeconds: number, trace?: Seen): void {
    const counts = countsOf(facts, durationSeconds);
    if (counts) for (const of of counts.of) this.#add(of, facts as Record<string, unknown>, counts.measures, trace);
  }

  /** What has no span of its own. */
  count(of: Counted, labels: Labels, measures: Measures): void {
    this.#add(of, labels, measures);
  }

  series(of: Counted): ReadonlyMap<string, Series> {
    return this.#series.get(of) ?? NO_SERIES;
  }

  #add(of: Counted, labels: Readonly<Record<string, unknown>>, measures: Measures, trace?: Seen): void {
    const group = groups.get(of);
    if (!group) return;
    const series = this.#find(of, group, labels);
    for (const name in measures) {
      const measure = name as Measure;
      const value = measures[measure]!;
      const bucket = this.#observe(series, measure, value, group.bounds[measure]);
      if (trace && bucket !== undefined) (series.histograms[measure]!.exemplars ??= [])[bucket] = { ...trace, value };
    }
    this.changed = true;
  }

  #find(of: Counted, group: Group, labels: Readonly<Record<string, unknown>>): Series {
    let all = this.#series.get(of);
    if (!all) this.#series.set(of, (all = new Map()));
    let key = '';
    for (const label of group.labels) key += `${labelOf(labels, label) ?? ''}\u0000`;
    const known = all.get(key);
    if (known) return known;
    const isOver = all.size >= this.#seriesMax;
    if (isOver) key = OVERFLOW;
    const before = all.get(key);
    if (before) return before;
    const series: Series = { labels: isOver ? {} : labelsOf(labels, group.labels), sums: {}, histograms: {} };
    all.set(key, series);
    return series;
  }

  /** Answers the bucket of a histogram. */
  #observe(
    { sums, histograms }: Series,
    measure: Measure,
    value: number,
    bounds?: readonly number[],
  ): number | undefined {
    sums[measure] = (sums[measure] ?? 0) + value;
    if (!bounds) return undefined;
    const histogram = (histograms[measure] ??= { count: 0, sum: 0, counts: Array(bounds.length + 1).fill(0) });
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    histogram.counts[bucket]!++;
    histogram.count++;
    histogram.sum += value;
    return bucket;
  }
}

type Seen = Pick<Exemplar, 'traceId' | 'atMs'>;

const NO_SERIES: ReadonlyMap<string, Series> = new Map();

/** A point of one metric: its labels and either a sum or a histogram. */
export interface Point {
  labels: Labels;
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
    point.sum += series.sums[metric.measure] ?? 0;
    const histogram = series.histograms[metric.measure];
    if (histogram && metric.kind === 'histogram') {
      point.histogram ??= { count: 0, sum: 0, counts: Array(histogram.counts.length).fill(0) };
      point.histogram.count += histogram.count;
      point.histogram.sum += histogram.sum;
      histogram.counts.forEach((count, index) => (point.histogram!.counts[index]! += count));
      if (histogram.exemplars) addExemplars(point.histogram, histogram.exemplars);
    }
  }
  // What goes up and down is worth telling when it is at 0; what only goes up began there.
  return [...points.values()].filter((point) =>
    metric.kind === 'histogram' ? point.histogram !== undefined : metric.kind === 'updown' || point.sum !== 0,
  );
}

function addExemplars(to: Histogram, exemplars: readonly (Exemplar | undefined)[]): void {
  const known = (to.exemplars ??= []);
  exemplars.forEach((exemplar, bucket) => {
    if (exemplar && !(known[bucket] && known[bucket].atMs > exemplar.atMs)) known[bucket] = exemplar;
  });
}
