import type { SpanKind, Visit, Writing } from '@tallyspan/facts';
import { describe, type EndedSpan, visitAttributes } from '../span.ts';
import { writeAttribute } from './attributes.ts';
import { visitSome } from './limited-attributes.ts';
import { Writer } from './writer.ts';

/** Tags of opentelemetry-proto v1 `trace.proto`, message Span, and its place in ScopeSpans. */
const SCOPE_SPANS_SPAN = 0x12;
const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const TRACE_STATE = 0x1a;
const PARENT_SPAN_ID = 0x22;
const NAME = 0x2a;
const KIND = 0x30;
const START = 0x39;
const END = 0x41;
const ATTRIBUTE = 0x4a;
const DROPPED_ATTRIBUTES = 0x50;
const LINK = 0x6a;
const STATUS = 0x7a;
const STATUS_MESSAGE = 0x12;
const STATUS_CODE = 0x18;
const STATUS_CODE_ERROR = 2;

const kinds: Record<SpanKind, number> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

const writer = new Writer();

/**
 * The span as one `ScopeSpans.spans` entry, tag and length included, so that entries can simply be strung together.
 * The answer is the writer's own memory: it is good until the next call. What is over `attributesMax` is left out and counted.
 */
export function writeSpan(span: EndedSpan, writing: Writing, attributesMax?: number): Uint8Array {
  writer.reset();
  const { name, kind } = describe(span.facts, writing);
  const entry = writer.open(SCOPE_SPANS_SPAN);
  writer.byte(TRACE_ID);
  writer.byte(16);
  writer.hex(span.traceId);
  writer.byte(SPAN_ID);
  writer.byte(8);
  writer.hex(span.spanId);
  if (span.traceState) {
    writer.byte(TRACE_STATE);
    writer.text(span.traceState);
  }
  if (span.parentSpanId) {
    writer.byte(PARENT_SPAN_ID);
    writer.byte(8);
    writer.hex(span.parentSpanId);
  }
  writer.byte(NAME);
  writer.text(name);
  writer.byte(KIND);
  writer.byte(kinds[kind]);
  writer.byte(START);
  writer.nanosOfMicros(span.startMicros);
  writer.byte(END);
  writer.nanosOfMicros(span.endMicros);
  const put: Visit = (key, type, value) => writeAttribute(writer, ATTRIBUTE, key, type, value);
  if (attributesMax === undefined) visitAttributes(span, writing, put);
  else {
    const dropped = visitSome((visit) => visitAttributes(span, writing, visit), attributesMax, put);
    if (dropped > 0) {
      writer.byte(DROPPED_ATTRIBUTES);
      writer.varint(dropped);
    }
  }
  for (const linked of span.links ?? []) {
    const link = writer.open(LINK);
    writer.byte(TRACE_ID);
    writer.byte(16);
    writer.hex(linked.traceId);
    writer.byte(SPAN_ID);
    writer.byte(8);
    writer.hex(linked.spanId);
    writer.close(link);
  }
  if (span.failed) {
    const status = writer.open(STATUS);
    if (span.statusMessage) {
      writer.byte(STATUS_MESSAGE);
      writer.text(span.statusMessage);
    }
    writer.byte(STATUS_CODE);
    writer.byte(STATUS_CODE_ERROR);
    writer.close(status);
  }
  writer.close(entry);
  return writer.written();
}
