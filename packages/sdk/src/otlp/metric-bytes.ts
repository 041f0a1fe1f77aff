import {
  type CallMetrics,
  type Label,
  labelName,
  type Metric,
  metricFamilies,
  type MetricFamily,
  metricName,
  metrics,
  OVERFLOW,
  type Point,
  project,
  type Writing,
} from '@tallyspan/facts';
import { writeAttribute } from './attributes.ts';
import { Writer } from './writer.ts';

/** Tags of opentelemetry-proto v1 `metrics.proto`. */
const SCOPE_METRICS_METRIC = 0x12;
const NAME = 0x0a;
const DESCRIPTION = 0x12;
const UNIT = 0x1a;
const SUM = 0x3a;
const HISTOGRAM = 0x4a;
const DATA_POINT = 0x0a;
const TEMPORALITY = 0x10;
const CUMULATIVE = 2;
const MONOTONIC = 0x18;
const POINT_START = 0x11;
const POINT_TIME = 0x19;
const NUMBER_AS_DOUBLE = 0x21;
const NUMBER_AS_INT = 0x31;
const NUMBER_ATTRIBUTE = 0x3a;
const HISTOGRAM_ATTRIBUTE = 0x4a;
const HISTOGRAM_COUNT = 0x21;
const HISTOGRAM_SUM = 0x29;
const HISTOGRAM_BUCKETS = 0x32;
const HISTOGRAM_BOUNDS = 0x3a;

/** Every metric that the chosen dialects have, as `ScopeMetrics.metrics` entries. Values are cumulative since `counted` began. */
export function metricEntries(counted: CallMetrics, nowMicros: number, { dialects, semconv }: Writing): Buffer[] {
  const writer = new Writer();
  const families = metricFamilies(dialects);
  return metrics.flatMap((metric) => {
    const points = project(metric, counted.series(metric.of));
    if (points.length === 0) return [];
    return families.flatMap((family) => {
      const name = metricName(metric, family, semconv);
      if (name === undefined) return [];
      writer.reset();
      const entry = writer.open(SCOPE_METRICS_METRIC);
      writer.byte(NAME);
      writer.text(name);
      writer.byte(DESCRIPTION);
      writer.text(metric.description);
      writer.byte(UNIT);
      writer.text(metric.unit);
      const data = writer.open(metric.kind === 'histogram' ? HISTOGRAM : SUM);
      for (const point of points) writePoint(writer, metric, point, counted.startMicros, nowMicros, family);
      writer.byte(TEMPORALITY);
      writer.byte(CUMULATIVE);
      if (metric.kind === 'counter') {
        writer.byte(MONOTONIC);
        writer.byte(1);
      }
      writer.close(data);
      writer.close(entry);
      return [writer.take()];
    });
  });
}

function writePoint(
  writer: Writer,
  metric: Metric,
  point: Point,
  startMicros: number,
  nowMicros: number,
  family: MetricFamily,
): void {
  const opened = writer.open(DATA_POINT);
  writer.byte(POINT_START);
  writer.fixed64(BigInt(startMicros) * 1000n);
  writer.byte(POINT_TIME);
  writer.fixed64(BigInt(nowMicros) * 1000n);
  const tag = metric.kind === 'histogram' ? HISTOGRAM_ATTRIBUTE : NUMBER_ATTRIBUTE;
  for (const [label, value] of Object.entries(point.labels)) {
    writeAttribute(writer, tag, labelName(metric, label as Label, family), 'string', value);
  }
  for (const [name, value] of Object.entries(metric.fixed ?? {})) writeAttribute(writer, tag, name, 'string', value);
  if (point.overflow) writeAttribute(writer, tag, OVERFLOW, 'bool', true);
  if (point.histogram) {
    const { count, sum, counts } = point.histogram;
    writer.byte(HISTOGRAM_COUNT);
    writer.fixed64(BigInt(count));
    writer.byte(HISTOGRAM_SUM);
    writer.double(sum);
    const buckets = writer.open(HISTOGRAM_BUCKETS);
    for (const bucket of counts) writer.fixed64(BigInt(bucket));
    writer.close(buckets);
    const bounds = writer.open(HISTOGRAM_BOUNDS);
    for (const bound of metric.buckets ?? []) writer.double(bound);
    writer.close(bounds);
  } else if (Number.isInteger(point.sum) && metric.unit !== 'USD') {
    writer.byte(NUMBER_AS_INT);
    writer.fixed64(BigInt.asUintN(64, BigInt(point.sum)));
  } else {
    writer.byte(NUMBER_AS_DOUBLE);
    writer.double(point.sum);
  }
  writer.close(opened);
}
