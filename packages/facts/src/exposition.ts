import { type CallMetrics, type Exemplar, OVERFLOW, type Point, project } from './call-metrics.ts';
import type { Semconv } from './dialects/column.ts';
import { type Label, labelName, type Metric, type MetricFamily, metricName, metrics } from './metrics.ts';

/**
 * Metrics as Prometheus reads them: text format 0.0.4, or OpenMetrics 1.0 where the scraper asks for it. Names as the OpenTelemetry
 * compatibility specification makes them: dots become underscores, a unit becomes a suffix, a counter ends in `_total`:
 * `hexr.guard.scan.duration` in seconds is `hexr_guard_scan_duration_seconds`.
 */
export interface Exposing {
  semconv: Semconv;
  /** Which names: those of `otel`, those of `hexr`, or both. */
  families: readonly MetricFamily[];
  openMetrics?: boolean;
}

/** A gauge or counter beside the table: the health of a process. */
export interface Sample {
  /** As it is exposed, without `_total`: `tallyspan_ingest_spans`. */
  name: string;
  help: string;
  kind: 'gauge' | 'counter';
  value: number;
  labels?: Readonly<Record<string, string>>;
}

/** The body of an answer and its media type. */
export interface Exposition {
  body: string;
  contentType: string;
}

const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Everything counted, and these samples, as the body of an answer and its media type. */
export function expose(
  counted: CallMetrics,
  { semconv, families, openMetrics = false }: Exposing,
  samples: readonly Sample[] = [],
): Exposition {
  const lines: string[] = [];
  const named = new Set<string>();
  const head = (name: string, kind: string, help: string, suffix = '') => {
    if (named.has(name)) return;
    named.add(name);
    // OpenMetrics names the family, the older text what stands in the lines.
    const shown = openMetrics ? name : `${name}${suffix}`;
    lines.push(`# HELP ${shown} ${escapeHelp(help)}`, `# TYPE ${shown} ${kind}`);
  };
  for (const { name, help, kind, value, labels = {} } of samples) {
    const suffix = kind === 'counter' ? '_total' : '';
    head(name, kind, help, suffix);
    lines.push(`${name}${suffix}${labelText(Object.entries(labels))} ${numberText(value)}`);
  }
  for (const metric of metrics) {
    const points = project(metric, counted.series(metric.of));
    if (points.length === 0) continue;
    for (const family of families) {
      const name = exposedName(metric, family, semconv);
      if (name === undefined) continue;
      const kind = metric.kind === 'updown' ? 'gauge' : metric.kind;
      const suffix = kind === 'counter' ? '_total' : '';
      head(name, kind, metric.description, suffix);
      for (const point of points)
        writePoint({ lines, openMetrics }, `${name}${suffix}`, metric, point, labelsOfPoint(metric, point, family));
    }
  }
  if (openMetrics) lines.push('# EOF');
  return {
    body: `${lines.join('\n')}\n`,
    contentType: openMetrics ? CONTENT_TYPES.openMetrics : CONTENT_TYPES.text,
  };
}

/** `tally.llm.call.duration` in seconds → `tally_llm_call_duration_seconds`; undefined where the family has no such metric. */
export function exposedName(metric: Metric, family: MetricFamily, semconv: Semconv): string | undefined {
  const name = metricName(metric, family, semconv);
  if (name === undefined) return undefined;
  const unit = UNITS[metric.unit];
  return `${name.replace(/[^\w]/g, '_')}${unit === undefined ? '' : `_${unit}`}`;
}

/** Units that become a suffix; those in braces are words for the reader. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', USD: 'usd' };

type LabelPairs = readonly (readonly [string, string])[];

function labelsOfPoint(metric: Metric, { labels, overflow }: Point, family: MetricFamily): LabelPairs {
  const pairs = Object.entries(labels).map(
    ([label, value]) => [labelName(metric, label as Label, family), value] as const,
  );
  const fixed = Object.entries(metric.fixed ?? {});
  return [...pairs, ...fixed, ...(overflow ? [[OVERFLOW, 'true'] as const] : [])].map(
    ([name, value]) => [name.replace(/[^\w]/g, '_'), value] as const,
  );
}

interface Writing {
  lines: string[];
  openMetrics: boolean;
}

function writePoint(
  { lines, openMetrics }: Writing,
  name: string,
  metric: Metric,
  point: Point,
  labels: LabelPairs,
): void {
  const { histogram } = point;
  if (!histogram) {
    lines.push(`${name}${labelText(labels)} ${numberText(point.sum)}`);
    return;
  }
  let below = 0;
  for (const [index, bucket] of histogram.counts.entries()) {
    below += bucket;
    const bound = metric.buckets?.[index];
    const bucketLabels = labelText([...labels, ['le', bound === undefined ? '+Inf' : String(bound)]]);
    // Only OpenMetrics has a place for it.
    const exemplar = openMetrics ? exemplarText(histogram.exemplars?.[index]) : '';
    lines.push(`${name}_bucket${bucketLabels} ${below}${exemplar}`);
  }
  lines.push(`${name}_sum${labelText(labels)} ${numberText(histogram.sum)}`);
  lines.push(`${name}_count${labelText(labels)} ${histogram.count}`);
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (!exemplar) return '';
  return ` # ${labelText([['trace_id', exemplar.traceId]])} ${numberText(exemplar.value)} ${exemplar.atMs / 1_000}`;
}

/** Values are anybody's: a line break in one would forge a line. */
function labelText(labels: LabelPairs): string {
  if (labels.length === 0) return '';
  return `{${labels.map(([name, value]) => `${name}="${escapeValue(value)}"`).join(',')}}`;
}

function escapeValue(value: string): string {
  return escapeHelp(value).replaceAll('"', String.raw`\"`);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
