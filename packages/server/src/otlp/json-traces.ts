/** ExportTraceServiceRequest in OTLP/JSON: lowerCamelCase keys, ids in hex, enums as numbers. */
import { limits } from '@tallyspan/facts';
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
import { JsonReader } from './json-reader.ts';
import { integerOf, numberText, readAttributes, readText, skipNull } from './json-value.ts';
import { AttributeList, Room } from './room.ts';

/** One level of an AnyValue is four of JSON (`{"kvlistValue":{"values":[{"value":` …); twelve lead to the first one, the rest is slack. */
export const jsonDepthMax = limits.attributeDepthMax * 4 + 32;

/** Longer than any id, short enough to be harmless. */
const ID_CHARS_MAX = 64;

/**
 * The spans of a request in JSON, one at a time. Throws BODY_UNREADABLE where the text makes no sense, possibly after some spans:
 * then nothing of the body counts. Keys that nobody knows are skipped; a body of another signal is refused, as nothing of it would be kept.
 */
export function* readJsonTraces(body: Uint8Array): SpanReading {
  const reader = new JsonReader(body, 'ExportTraceServiceRequest', jsonDepthMax);
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'resourceSpans') {
      if (skipNull(reader)) continue;
      for (let item = reader.firstItem(); item; item = reader.nextItem()) yield* readResourceSpans(reader);
    } else if (key === 'resourceLogs' || key === 'resourceMetrics') throw reader.malformed(`it carries ${key}`);
    else reader.skipValue();
  }
  reader.end();
}

function* readResourceSpans(reader: JsonReader): SpanReading {
  yield undefined;
  reader.renew();
  if (skipNull(reader)) return;
  const around: Surroundings = { resource: {}, scopeName: '', scopeVersion: '', cut: 0 };
  let known = false;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'resource' && !known) {
      readResource(reader, around);
      known = true;
    } else if (key === 'scopeSpans') {
      if (!known) yield* lookAhead(reader, 'resource', () => readResource(reader, around));
      known = true;
      if (skipNull(reader)) continue;
      for (let item = reader.firstItem(); item; item = reader.nextItem()) yield* readScopeSpans(reader, around);
    } else reader.skipValue();
  }
}

/** The order of keys is free in JSON. Reads what stands under `wanted` further on in this object, and comes back. */
function* lookAhead(reader: JsonReader, wanted: string, read: () => void): SpanReading {
  const start = reader.at;
  if (reader.kind() !== 'array') return;
  yield* reader.leap(start.depth);
  for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
    if (key === wanted) {
      read();
      break;
    }
    reader.skipValue();
  }
  reader.back(start);
  reader.renew();
}

function readResource(reader: JsonReader, around: Surroundings): void {
  if (skipNull(reader)) return;
  const room = new Room();
  const list = new AttributeList(room, around.resource);
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'attributes') readAttributes(reader, list, room);
    else reader.skipValue();
  }
  around.cut += room.cut;
}

function* readScopeSpans(reader: JsonReader, resource: Surroundings): SpanReading {
  yield undefined;
  reader.renew();
  if (skipNull(reader)) return;
  const around = { ...resource };
  let known = false;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'scope' && !known) {
      readScope(reader, around);
      known = true;
    } else if (key === 'spans') {
      if (!known) yield* lookAhead(reader, 'scope', () => readScope(reader, around));
      known = true;
      if (skipNull(reader)) continue;
      for (let item = reader.firstItem(); item; item = reader.nextItem()) yield* readSpan(reader, around);
    } else reader.skipValue();
  }
}

function readScope(reader: JsonReader, around: Surroundings): void {
  if (skipNull(reader)) return;
  const room = new Room();
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'name') around.scopeName = readText(reader, limits.spanNameBytesMax, room);
    else if (key === 'version') around.scopeVersion = readText(reader, limits.spanNameBytesMax, room);
    else reader.skipValue();
  }
  around.cut += room.cut;
}

function* readSpan(reader: JsonReader, around: Surroundings): SpanReading {
  const { depth } = reader.at;
  let span: ReadSpan = tooLarge;
  reader.renew();
  try {
    span = readWholeSpan(reader, around);
  } catch (error) {
    if (!reader.exhausted) throw error;
    yield* reader.leap(depth);
  }
  reader.renew();
  yield span;
}

function readWholeSpan(reader: JsonReader, around: Surroundings): ReadSpan {
  const room = new Room();
  const draft = emptyDraft();
  if (!skipNull(reader)) {
    const attributes = new AttributeList(room, draft.attributes);
    for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
      if (key === 'attributes') readAttributes(reader, attributes, room);
      else if (Object.hasOwn(spanFields, key)) spanFields[key]!(reader, draft, room);
      else reader.skipValue();
    }
  }
  return admitSpan(draft, around, room);
}

const spanFields: Record<string, (reader: JsonReader, draft: SpanDraft, room: Room) => void> = {
  traceId: (reader, draft) => (draft.traceId = readId(reader)),
  spanId: (reader, draft) => (draft.spanId = readId(reader)),
  parentSpanId: (reader, draft) => (draft.parentSpanId = readId(reader)),
  traceState: (reader, draft, room) => (draft.traceState = readText(reader, limits.spanNameBytesMax, room)),
  name: (reader, draft, room) => (draft.name = readText(reader, limits.spanNameBytesMax, room)),
  kind: (reader, draft) => (draft.kind = readEnum(reader, spanKinds)),
  startTimeUnixNano: (reader, draft) => (draft.start = readTime(reader)),
  endTimeUnixNano: (reader, draft) => (draft.end = readTime(reader)),
  status: readStatus,
  events: (reader, draft, room) => eachItem(reader, () => readEvent(reader, draft, room)),
  links: (reader, draft, room) => eachItem(reader, () => readLink(reader, draft, room)),
  droppedAttributesCount: (reader, draft) => (draft.droppedAttributes += readCount(reader)),
  droppedEventsCount: (reader, draft) => (draft.droppedEvents += readCount(reader)),
  droppedLinksCount: (reader, draft) => (draft.droppedLinks += readCount(reader)),
};

const spanKinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);
const statusCodes = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

function eachItem(reader: JsonReader, readItem: () => void): void {
  if (skipNull(reader)) return;
  for (let item = reader.firstItem(); item; item = reader.nextItem()) readItem();
}

function readStatus(reader: JsonReader, draft: SpanDraft, room: Room): void {
  if (skipNull(reader)) return;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'code') draft.status = readEnum(reader, statusCodes);
    else if (key === 'message') draft.statusMessage = readText(reader, limits.attributeBytesMax, room);
    else reader.skipValue();
  }
}

function readEvent(reader: JsonReader, draft: SpanDraft, room: Room): void {
  if (draft.events.length === limits.eventsPerSpanMax || !room.takePlace()) {
    reader.skipValue();
    draft.droppedEvents++;
    return;
  }
  const attributes = new AttributeList(room);
  const event: EventDraft = { name: '', time: 0n, attributes: attributes.values };
  draft.events.push(event);
  if (skipNull(reader)) return;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'timeUnixNano') event.time = readTime(reader);
    else if (key === 'name') event.name = readText(reader, limits.spanNameBytesMax, room);
    else if (key === 'attributes') readAttributes(reader, attributes, room);
    else if (key === 'droppedAttributesCount') draft.droppedAttributes += readCount(reader);
    else reader.skipValue();
  }
}

function readLink(reader: JsonReader, draft: SpanDraft, room: Room): void {
  if (draft.links.length === limits.linksPerSpanMax || !room.takePlace()) {
    reader.skipValue();
    draft.droppedLinks++;
    return;
  }
  const attributes = new AttributeList(room);
  const link = { traceId: '', spanId: '', attributes: attributes.values };
  draft.links.push(link);
  if (skipNull(reader)) return;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'traceId') link.traceId = readId(reader);
    else if (key === 'spanId') link.spanId = readId(reader);
    else if (key === 'attributes') readAttributes(reader, attributes, room);
    else if (key === 'droppedAttributesCount') draft.droppedAttributes += readCount(reader);
    else reader.skipValue();
  }
}

function readId(reader: JsonReader): string {
  return skipNull(reader) ? '' : reader.decode(reader.stringBytes(), ID_CHARS_MAX).slice(0, ID_CHARS_MAX).toLowerCase();
}

function readTime(reader: JsonReader): bigint | undefined {
  return skipNull(reader) ? 0n : integerOf(numberText(reader));
}

/** A uint32; what is none counts as nothing, since a count of lost things is no reason to lose more. */
function readCount(reader: JsonReader): number {
  const count = skipNull(reader) ? 0 : Number(integerOf(numberText(reader)) ?? 0n);
  return Math.min(Math.max(count, 0), 0xffff_ffff);
}

/** A number, as OTLP/JSON wants it; some senders write names, as protobuf's own JSON does. */
function readEnum(reader: JsonReader, names: readonly string[]): number {
  if (skipNull(reader)) return 0;
  const text = numberText(reader);
  const named = names.indexOf(text);
  return named === -1 ? Number(integerOf(text) ?? 0n) : named;
}
