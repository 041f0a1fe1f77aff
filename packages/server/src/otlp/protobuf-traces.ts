/** `opentelemetry/proto/trace/v1/trace.proto` as of v1.9.0: ExportTraceServiceRequest. */
import { limits, type SpanLink } from '@tallyspan/facts';
import {
  admitSpan,
  emptyDraft,
  tooLarge,
  type EventDraft,
  type ReadSpan,
  type SpanReading,
  type SpanDraft,
  type Surroundings,
} from './admit-span.ts';
import { FIXED64, LENGTH, ProtobufReader, VARINT } from './protobuf-reader.ts';
import { field, readAttribute, readName, readText, skipUnknown } from './protobuf-value.ts';
import { AttributeList, Room } from './room.ts';

const REQUEST_RESOURCE_SPANS = field(1, LENGTH);

const RESOURCE_SPANS_RESOURCE = field(1, LENGTH);
const RESOURCE_SPANS_SCOPE_SPANS = field(2, LENGTH);

const RESOURCE_ATTRIBUTE = field(1, LENGTH);

const SCOPE_SPANS_SCOPE = field(1, LENGTH);
const SCOPE_SPANS_SPAN = field(2, LENGTH);

const SCOPE_NAME = field(1, LENGTH);
const SCOPE_VERSION = field(2, LENGTH);

const SPAN_TRACE_ID = field(1, LENGTH);
const SPAN_ID = field(2, LENGTH);
const SPAN_TRACE_STATE = field(3, LENGTH);
const SPAN_PARENT_ID = field(4, LENGTH);
const SPAN_NAME = field(5, LENGTH);
const SPAN_KIND = field(6, VARINT);
const SPAN_START = field(7, FIXED64);
const SPAN_END = field(8, FIXED64);
const SPAN_ATTRIBUTE = field(9, LENGTH);
const SPAN_DROPPED_ATTRIBUTES = field(10, VARINT);
const SPAN_EVENT = field(11, LENGTH);
const SPAN_DROPPED_EVENTS = field(12, VARINT);
const SPAN_LINK = field(13, LENGTH);
const SPAN_DROPPED_LINKS = field(14, VARINT);
const SPAN_STATUS = field(15, LENGTH);

const EVENT_TIME = field(1, FIXED64);
const EVENT_NAME = field(2, LENGTH);
const EVENT_ATTRIBUTE = field(3, LENGTH);
const EVENT_DROPPED_ATTRIBUTES = field(4, VARINT);

const LINK_TRACE_ID = field(1, LENGTH);
const LINK_SPAN_ID = field(2, LENGTH);
const LINK_ATTRIBUTE = field(4, LENGTH);
const LINK_DROPPED_ATTRIBUTES = field(5, VARINT);

const STATUS_MESSAGE = field(2, LENGTH);
const STATUS_CODE = field(3, VARINT);

/**
 * The spans of a request in protobuf, one at a time, so that a body of 64 MiB never stands in memory as objects.
 * Throws BODY_UNREADABLE where the bytes make no sense, possibly after some spans: then nothing of the body counts.
 * With `skim` the same spans are found good or refused for the same reasons, without their texts.
 */
export function* readProtobufTraces(body: Uint8Array, skim?: boolean): SpanReading {
  const reader = new ProtobufReader(body, 'ExportTraceServiceRequest', skim);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === REQUEST_RESOURCE_SPANS) yield* readResourceSpans(reader);
    else skipUnknown(reader, tag, 1);
  }
}

/** What comes first is free in protobuf, so the resource is looked for before any span is read. */
function* readResourceSpans(reader: ProtobufReader): SpanReading {
  yield undefined;
  const outer = reader.enter();
  const start = reader.at;
  reader.renew(Infinity);
  const room = new Room();
  const resource = new AttributeList(room);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === RESOURCE_SPANS_RESOURCE) readResource(reader, resource, room);
    else reader.skip(tag);
  }
  reader.back(start);
  reader.renew();
  const around = { resource: resource.values, scopeName: '', scopeVersion: '', cut: room.cut };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === RESOURCE_SPANS_SCOPE_SPANS) yield* readScopeSpans(reader, around);
    else if (tag === RESOURCE_SPANS_RESOURCE) reader.take();
    else skipUnknown(reader, tag, 2);
  }
  reader.leave(outer);
}

function readResource(reader: ProtobufReader, list: AttributeList, room: Room): void {
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === RESOURCE_ATTRIBUTE) readAttribute(reader, list, room);
    else skipUnknown(reader, tag, 1);
  }
  reader.leave(outer);
}

function* readScopeSpans(reader: ProtobufReader, resource: Surroundings): SpanReading {
  yield undefined;
  const outer = reader.enter();
  const start = reader.at;
  reader.renew(Infinity);
  const around = { ...resource };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === SCOPE_SPANS_SCOPE) readScope(reader, around);
    else reader.skip(tag);
  }
  reader.back(start);
  reader.renew();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === SCOPE_SPANS_SPAN) yield readSpan(reader, around);
    else if (tag === SCOPE_SPANS_SCOPE) reader.take();
    else skipUnknown(reader, tag, 2);
  }
  reader.leave(outer);
}

function readScope(reader: ProtobufReader, around: Surroundings): void {
  const room = new Room();
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === SCOPE_NAME) around.scopeName = readName(reader, room);
    else if (tag === SCOPE_VERSION) around.scopeVersion = readName(reader, room);
    else skipUnknown(reader, tag, 2);
  }
  reader.leave(outer);
  around.cut += room.cut;
}

function readSpan(reader: ProtobufReader, around: Surroundings): ReadSpan {
  const outer = reader.enter();
  const { end } = reader;
  const room = new Room();
  const draft = emptyDraft();
  const attributes = new AttributeList(room, draft.attributes);
  reader.renew();
  try {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) readSpanField(reader, tag, draft, attributes, room);
  } catch (error) {
    if (!reader.exhausted) throw error;
    reader.abandon(end, outer);
    reader.renew();
    return tooLarge;
  }
  reader.leave(outer);
  reader.renew();
  return admitSpan(draft, around, room);
}

function readSpanField(
  reader: ProtobufReader,
  tag: number,
  draft: SpanDraft,
  attributes: AttributeList,
  room: Room,
): void {
  switch (tag) {
    case SPAN_ATTRIBUTE:
      return readAttribute(reader, attributes, room);
    case SPAN_TRACE_ID:
      draft.traceId = readTraceId(reader);
      return;
    case SPAN_ID:
      draft.spanId = readId(reader);
      return;
    case SPAN_PARENT_ID:
      draft.parentSpanId = readId(reader);
      return;
    case SPAN_TRACE_STATE:
      draft.traceState = readName(reader, room);
      return;
    case SPAN_NAME:
      draft.name = readName(reader, room);
      return;
    case SPAN_KIND:
      draft.kind = reader.uint32();
      return;
    case SPAN_START:
      draft.start = reader.fixed64();
      return;
    case SPAN_END:
      draft.end = reader.fixed64();
      return;
    case SPAN_STATUS:
      return readStatus(reader, draft, room);
    case SPAN_EVENT:
      return readEvent(reader, draft, room);
    case SPAN_LINK:
      return readLink(reader, draft, room);
    case SPAN_DROPPED_ATTRIBUTES:
      draft.droppedAttributes += reader.uint32();
      return;
    case SPAN_DROPPED_EVENTS:
      draft.droppedEvents += reader.uint32();
      return;
    case SPAN_DROPPED_LINKS:
      draft.droppedLinks += reader.uint32();
      return;
    default:
      return skipUnknown(reader, tag, 15);
  }
}

const traceIdBytes = 16;
const lastTraceId = { bytes: new Uint8Array(traceIdBytes), text: '0'.repeat(traceIdBytes * 2) };

/** Spans of one trace come together, and a text that is there already is found faster by all who look for it. */
function readTraceId(reader: ProtobufReader): string {
  const length = reader.take();
  const start = reader.at - length;
  if (length !== traceIdBytes) return hexAt(reader, start, length);
  const { bytes } = reader;
  let same = 0;
  while (same < traceIdBytes && lastTraceId.bytes[same] === bytes[start + same]) same++;
  if (same < traceIdBytes) {
    lastTraceId.bytes.set(bytes.subarray(start, reader.at));
    lastTraceId.text = hexAt(reader, start, length);
  }
  return lastTraceId.text;
}

function readId(reader: ProtobufReader): string {
  const length = reader.take();
  return hexAt(reader, reader.at - length, length);
}

/** Lower-case hex; a wrong length shows in the length of the text, but a long one is not written out. */
function hexAt({ bytes }: ProtobufReader, start: number, length: number): string {
  return bytes.toString('hex', start, start + Math.min(length, 17));
}

function readStatus(reader: ProtobufReader, draft: SpanDraft, room: Room): void {
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === STATUS_CODE) draft.status = reader.uint32();
    else if (tag === STATUS_MESSAGE) draft.statusMessage = readText(reader, limits.attributeBytesMax, room);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readEvent(reader: ProtobufReader, draft: SpanDraft, room: Room): void {
  if (draft.events.length === limits.eventsPerSpanMax || !room.takePlace()) {
    reader.take();
    draft.droppedEvents++;
    return;
  }
  const outer = reader.enter();
  const attributes = new AttributeList(room);
  const event: EventDraft = { name: '', time: 0n, attributes: attributes.values };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === EVENT_TIME) event.time = reader.fixed64();
    else if (tag === EVENT_NAME) event.name = readName(reader, room);
    else if (tag === EVENT_ATTRIBUTE) readAttribute(reader, attributes, room);
    else if (tag === EVENT_DROPPED_ATTRIBUTES) draft.droppedAttributes += reader.uint32();
    else skipUnknown(reader, tag, 4);
  }
  reader.leave(outer);
  draft.events.push(event);
}

function readLink(reader: ProtobufReader, draft: SpanDraft, room: Room): void {
  if (draft.links.length === limits.linksPerSpanMax || !room.takePlace()) {
    reader.take();
    draft.droppedLinks++;
    return;
  }
  const outer = reader.enter();
  const attributes = new AttributeList(room);
  const link: SpanLink = { traceId: '', spanId: '', attributes: attributes.values };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === LINK_TRACE_ID) link.traceId = readId(reader);
    else if (tag === LINK_SPAN_ID) link.spanId = readId(reader);
    else if (tag === LINK_ATTRIBUTE) readAttribute(reader, attributes, room);
    else if (tag === LINK_DROPPED_ATTRIBUTES) draft.droppedAttributes += reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  draft.links.push(link);
}
