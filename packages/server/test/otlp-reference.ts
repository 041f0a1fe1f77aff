/** OTLP written by somebody else's encoder: protobufjs, from the messages of opentelemetry-proto v1.9.0 that matter here. */
import protobuf from 'protobufjs';
import type { Attributes, AttributeValue, WireSpan } from '@tallyspan/facts';

const proto = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; uint32 dropped_events_count = 12; repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15;
  message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
  message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; fixed32 flags = 6; }
}
message Status { string message = 2; int32 code = 3; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message RpcStatus { int32 code = 1; string message = 2; }
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; }
message LogRecord { fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5; repeated KeyValue attributes = 6; bytes trace_id = 9; }
message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; }
message Metric { string name = 1; Gauge gauge = 5; Gauge sum = 7; Gauge histogram = 9; }
message Gauge { repeated NumberDataPoint data_points = 1; }
message NumberDataPoint { fixed64 time_unix_nano = 3; double as_double = 4; }
`;

// Ours stops at its own limit; the reference must be able to write beyond it.
protobuf.util.recursionLimit = 1_000;
const root = protobuf.parse(proto, { keepCase: false }).root;

export type MessageName = 'ExportTraceServiceRequest' | 'ExportLogsServiceRequest' | 'ExportMetricsServiceRequest';

/** The bytes of a message given in OTLP/JSON form, but with ids as bytes and 64-bit integers as text. */
export function encode(name: MessageName, message: object): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

/** What the reference decoder makes of a request. Throws where the bytes make no sense to it. */
export function decodeRequest(body: Uint8Array): Record<string, unknown> {
  const type = root.lookupType('ExportTraceServiceRequest');
  return type.toObject(type.decode(body), { longs: String, bytes: String }) as Record<string, unknown>;
}

/** The same request with other bytes put between the fields of every message in it. */
export function putBetweenFields(body: Uint8Array, next: () => Uint8Array): Buffer {
  return interleave(Buffer.from(body), root.lookupType('ExportTraceServiceRequest'), next);
}

function interleave(body: Buffer, type: protobuf.Type, next: () => Uint8Array): Buffer {
  const reader = protobuf.Reader.create(body);
  const pieces: Uint8Array[] = [next()];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3]?.resolve();
    if (field?.resolvedType instanceof protobuf.Type) {
      const inner = interleave(Buffer.from(reader.bytes()), field.resolvedType, next);
      pieces.push(protobuf.Writer.create().uint32(tag).bytes(inner).finish());
    } else {
      reader.skipType(tag & 7);
      pieces.push(body.subarray(start, reader.pos));
    }
    pieces.push(next());
  }
  return Buffer.concat(pieces);
}

export function decodeAnswer(
  name: 'ExportTraceServiceResponse' | 'RpcStatus',
  body: Uint8Array,
): Record<string, unknown> {
  const type = root.lookupType(name);
  return type.toObject(type.decode(body), { longs: Number }) as Record<string, unknown>;
}

/** A request with one resource and one scope for each span, in both encodings. */
export function encodeSpans(spans: readonly WireSpan[], format: 'protobuf' | 'json'): Buffer {
  const request = {
    resourceSpans: spans.map((span) => ({
      resource: { attributes: keyValues(span.resource, format) },
      scopeSpans: [{ scope: { name: span.scopeName, version: span.scopeVersion }, spans: [spanMessage(span, format)] }],
    })),
  };
  return format === 'protobuf' ? encode('ExportTraceServiceRequest', request) : Buffer.from(JSON.stringify(request));
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses = ['unset', 'ok', 'error'];

function spanMessage(span: WireSpan, format: 'protobuf' | 'json'): object {
  return {
    traceId: id(span.traceId, format),
    spanId: id(span.spanId, format),
    parentSpanId: id(span.parentSpanId, format),
    traceState: span.traceState,
    name: span.name,
    kind: kinds.indexOf(span.kind),
    startTimeUnixNano: String(span.start),
    endTimeUnixNano: String(span.end),
    attributes: keyValues(span.attributes, format),
    droppedAttributesCount: span.droppedAttributes,
    events: span.events.map(({ name, time, attributes }) => ({
      name,
      timeUnixNano: String(time),
      attributes: keyValues(attributes, format),
    })),
    droppedEventsCount: span.droppedEvents,
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId: id(traceId, format),
      spanId: id(spanId, format),
      attributes: keyValues(attributes, format),
    })),
    droppedLinksCount: span.droppedLinks,
    status: { code: statuses.indexOf(span.status), message: span.statusMessage },
    flags: 257,
  };
}

function id(hex: string, format: 'protobuf' | 'json'): Buffer | string {
  return format === 'protobuf' ? Buffer.from(hex, 'hex') : hex.toUpperCase();
}

function keyValues(attributes: Attributes, format: 'protobuf' | 'json'): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value, format) }));
}

export function anyValue(value: AttributeValue, format: 'protobuf' | 'json'): object {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  // OTLP/JSON writes -0 like any JavaScript does: as 0. A string keeps it.
  if (typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0)) return { intValue: String(value) };
  if (typeof value === 'number') return { doubleValue: Object.is(value, -0) && format === 'json' ? '-0' : value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => anyValue(item, format)) } };
  return { kvlistValue: { values: keyValues(value, format) } };
}
