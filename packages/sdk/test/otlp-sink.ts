/**
 * An OTLP/HTTP receiver for tests. It decodes with protobufjs, so that what our own writer produces is read by somebody else's
 * reader. Field numbers: opentelemetry-proto v1.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `syntax = "proto3";
  message AnyValue { oneof value { string s = 1; bool b = 2; int64 i = 3; double d = 4; ArrayValue a = 5; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message Scope { string name = 1; string version = 2; }
  message Status { string message = 2; int32 code = 3; }
  message Link { bytes traceId = 1; bytes spanId = 2; }
  message Span { bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
    fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9; uint32 dropped = 10; repeated Link links = 13; Status status = 15; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Traces { repeated ResourceSpans resourceSpans = 1; }
  message NumberPoint { fixed64 start = 2; fixed64 time = 3; oneof value { double asDouble = 4; sfixed64 asInt = 6; } repeated KeyValue attributes = 7; }
  message HistogramPoint { fixed64 start = 2; fixed64 time = 3; fixed64 count = 4; double sum = 5; repeated fixed64 buckets = 6; repeated double bounds = 7; repeated KeyValue attributes = 9; }
  message Sum { repeated NumberPoint points = 1; int32 temporality = 2; bool monotonic = 3; }
  message Histogram { repeated HistogramPoint points = 1; int32 temporality = 2; }
  message Metric { string name = 1; string description = 2; string unit = 3; Sum sum = 7; Histogram histogram = 9; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; }
  message Metrics { repeated ResourceMetrics resourceMetrics = 1; }`,
  { keepCase: false },
);
const Traces = root.lookupType('Traces');
const Metrics = root.lookupType('Metrics');

export type Value = string | number | boolean | Value[];
type Keyed = { key: string; value: Record<string, unknown> };

export interface SinkSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  start: bigint;
  end: bigint;
  attributes: Record<string, Value>;
  /** Which attributes were integers on the wire. */
  integers: string[];
  /** How many attributes were left out. */
  dropped: number;
  /** Ids of the spans it is linked with. */
  links: string[];
  failed: boolean;
  statusMessage: string;
  resource: Record<string, Value>;
  scope: string;
}
export interface SinkPoint {
  metric: string;
  unit: string;
  value: number;
  count?: number;
  attributes: Record<string, Value>;
}

export interface Sink {
  url: string;
  /** Every span received so far, in order of arrival. */
  spans: SinkSpan[];
  /** The last received value of every metric point. */
  points(): SinkPoint[];
  /** Every body as it came, joined: for looking for what must not be there. */
  bytes(): Buffer;
  requests: number;
  /** Where each request went. */
  paths: string[];
  /** What the next requests are answered, in turn; 200 when empty. `hang` never answers. */
  answers: (number | 'hang')[];
  /** What the next answers that take a request hold; nothing when empty. */
  bodies: Buffer[];
  /** What metrics are answered. */
  metricsAnswer: number;
  close(): Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const bodies: Buffer[] = [];
  let metrics: Buffer | undefined;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      sink.requests++;
      sink.paths.push(request.url ?? '');
      const answer = sink.answers.shift() ?? (request.url === '/v1/metrics' ? sink.metricsAnswer : 200);
      if (answer === 'hang') return;
      if (answer === 200) {
        const raw = Buffer.concat(parts);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
        bodies.push(body);
        if (request.url === '/v1/traces') sink.spans.push(...readTraces(body));
        else metrics = body;
      }
      response.writeHead(answer, { 'content-type': 'application/x-protobuf' });
      response.end(answer === 200 ? sink.bodies.shift() : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: Sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    points: () => (metrics ? readMetrics(metrics) : []),
    bytes: () => Buffer.concat(bodies),
    requests: 0,
    paths: [],
    answers: [],
    bodies: [],
    metricsAnswer: 200,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return sink;
}

function decode(type: protobuf.Type, body: Buffer): Record<string, never> {
  return type.toObject(type.decode(body), { longs: String, bytes: Buffer, defaults: false, arrays: true }) as Record<
    string,
    never
  >;
}

function readTraces(body: Buffer): SinkSpan[] {
  const request = decode(Traces, body) as unknown as {
    resourceSpans: {
      resource: { attributes: Keyed[] };
      scopeSpans: { scope: { name: string }; spans: Record<string, never>[] }[];
    }[];
  };
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span: Record<string, unknown>) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        name: span.name as string,
        kind: span.kind as number,
        start: BigInt(span.start as string),
        end: BigInt(span.end as string),
        attributes: record(span.attributes as Keyed[]),
        integers: (span.attributes as Keyed[]).filter(({ value }) => 'i' in value).map(({ key }) => key),
        dropped: (span.dropped as number | undefined) ?? 0,
        links: (span.links as { spanId: unknown }[]).map(({ spanId }) => hex(spanId)),
        failed: (span.status as { code?: number } | undefined)?.code === 2,
        statusMessage: (span.status as { message?: string } | undefined)?.message ?? '',
        resource: record(resource.attributes),
        scope: scope.name,
      })),
    ),
  );
}

function readMetrics(body: Buffer): SinkPoint[] {
  type Raw = { asDouble?: number; asInt?: string; count?: string; sum?: number; attributes: Keyed[] };
  type RawMetric = { name: string; unit: string; sum?: { points: Raw[] }; histogram?: { points: Raw[] } };
  const request = decode(Metrics, body) as unknown as {
    resourceMetrics: { scopeMetrics: { metrics: RawMetric[] }[] }[];
  };
  return request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, sum, histogram }) =>
        (sum ?? histogram)!.points.map((point) => ({
          metric: name,
          unit,
          value: histogram ? point.sum! : point.asInt === undefined ? point.asDouble! : Number(point.asInt),
          ...(point.count === undefined ? {} : { count: Number(point.count) }),
          attributes: record(point.attributes),
        })),
      ),
    ),
  );
}

const hex = (bytes: unknown): string => (bytes ? Buffer.from(bytes as Uint8Array).toString('hex') : '');
const record = (all: Keyed[]): Record<string, Value> =>
  Object.fromEntries(all.map(({ key, value }) => [key, plain(value)]));

function plain(value: Record<string, unknown>): Value {
  if ('s' in value) return value.s as string;
  if ('b' in value) return value.b as boolean;
  if ('i' in value) return Number(value.i);
  if ('d' in value) return value.d as number;
  return ((value.a as { values: Record<string, unknown>[] }).values ?? []).map(plain);
}
