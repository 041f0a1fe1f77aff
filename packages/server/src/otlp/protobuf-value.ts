/** `opentelemetry/proto/common/v1/common.proto`: AnyValue, KeyValue. */
import { type AttributeValue, limits } from '@tallyspan/facts';
import { nameText, valueText } from './name-cache.ts';
import { FIXED64, LENGTH, type ProtobufReader, VARINT } from './protobuf-reader.ts';
import { AttributeList, base64BytesMax, cutUtf8, finiteOrText, type Room } from './room.ts';

export const field = (number: number, wireType: number) => (number << 3) | wireType;

const KEY = field(1, LENGTH);
const VALUE = field(2, LENGTH);

const STRING = field(1, LENGTH);
const BOOL = field(2, VARINT);
const INT = field(3, VARINT);
const DOUBLE = field(4, FIXED64);
const ARRAY = field(5, LENGTH);
const KEY_VALUE_LIST = field(6, LENGTH);
const BYTES = field(7, LENGTH);

const LIST_ITEM = field(1, LENGTH);

/** A known field must have its wire type: a log record sent as a span shows itself this way. Later fields are just skipped. */
export function skipUnknown(reader: ProtobufReader, tag: number, knownUpTo: number): void {
  if (tag >>> 3 <= knownUpTo)
    throw reader.malformed(`field ${tag >>> 3} has wire type ${tag & 7}, which it cannot have`);
  reader.skip(tag);
}

/** Text, made well-formed and cut at `bytesMax`. */
export function readText(reader: ProtobufReader, bytesMax: number, room: Room): string {
  const length = reader.take();
  const start = reader.at - length;
  if (length > bytesMax) room.cut++;
  if (reader.skims) return '';
  if (length <= bytesMax) return valueText(reader.bytes, start, reader.at);
  return cutUtf8(reader.bytes, start, bytesMax);
}

/** Text that is likely to come again. */
export function readName(reader: ProtobufReader, room: Room): string {
  const length = reader.take();
  const start = reader.at - length;
  if (length > limits.spanNameBytesMax) room.cut++;
  if (reader.skims) return '';
  if (length <= limits.spanNameBytesMax) return nameText(reader.bytes, start, reader.at);
  return cutUtf8(reader.bytes, start, limits.spanNameBytesMax);
}

/** One KeyValue message into the list. */
export function readAttribute(reader: ProtobufReader, list: AttributeList, room: Room, depth = 0): void {
  if (!list.fits()) {
    reader.take();
    return;
  }
  const outer = reader.enter();
  let key = '';
  let value: AttributeValue = null;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === KEY) key = readName(reader, room);
    else if (tag === VALUE) value = readValue(reader, room, depth);
    else skipUnknown(reader, tag, 2);
  }
  reader.leave(outer);
  if (!reader.skims) list.set(key, value);
}

/** One AnyValue message. An empty one is null, and so is what lies deeper than the limit. */
function readValue(reader: ProtobufReader, room: Room, depth: number): AttributeValue {
  const outer = reader.enter();
  let value: AttributeValue = null;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === STRING) value = readText(reader, limits.attributeBytesMax, room);
    else if (tag === INT) value = reader.int64();
    else if (tag === BOOL) value = reader.bool();
    else if (tag === DOUBLE) value = finiteOrText(reader.double());
    else if (tag === ARRAY) value = readArray(reader, room, depth + 1);
    else if (tag === KEY_VALUE_LIST) value = readKeyValueList(reader, room, depth + 1);
    else if (tag === BYTES) value = readBytes(reader, room);
    else skipUnknown(reader, tag, 7);
  }
  reader.leave(outer);
  return value;
}

function readArray(reader: ProtobufReader, room: Room, depth: number): AttributeValue {
  if (tooDeep(reader, room, depth)) return null;
  const outer = reader.enter();
  const items: AttributeValue[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag !== LIST_ITEM) skipUnknown(reader, tag, 1);
    else if (room.takeValue()) {
      const item = readValue(reader, room, depth);
      if (!reader.skims) items.push(item);
    } else reader.take();
  }
  reader.leave(outer);
  return items;
}

function readKeyValueList(reader: ProtobufReader, room: Room, depth: number): AttributeValue {
  if (tooDeep(reader, room, depth)) return null;
  const outer = reader.enter();
  const list = new AttributeList(room);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === LIST_ITEM) readAttribute(reader, list, room, depth);
    else skipUnknown(reader, tag, 1);
  }
  reader.leave(outer);
  return list.values;
}

function tooDeep(reader: ProtobufReader, room: Room, depth: number): boolean {
  if (depth <= limits.attributeDepthMax) return false;
  reader.take();
  room.cut++;
  return true;
}

function readBytes(reader: ProtobufReader, room: Room): string {
  const length = reader.take();
  const start = reader.at - length;
  if (length > base64BytesMax) room.cut++;
  if (reader.skims) return '';
  return reader.bytes.toString('base64', start, start + Math.min(length, base64BytesMax));
}
