/** AnyValue and KeyValue in OTLP/JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
import { type AttributeValue, limits } from '@tallyspan/facts';
import type { JsonReader } from './json-reader.ts';
import { nameText } from './name-cache.ts';
import { AttributeList, base64BytesMax, cutUtf8, finiteOrText, type Room } from './room.ts';

/** protojson reads `null` as "not there", for every field. True when there was one. */
export function skipNull(reader: JsonReader): boolean {
  if (reader.kind() !== 'null') return false;
  reader.null();
  return true;
}

/** Text, made well-formed and cut at `bytesMax` bytes of UTF-8. */
export function readText(reader: JsonReader, bytesMax: number, room: Room): string {
  if (skipNull(reader)) return '';
  const raw = reader.stringBytes();
  const text = reader.decode(raw, bytesMax);
  // No escape is shorter than what it stands for, so short JSON is short text.
  return raw.end - raw.start <= bytesMax ? text : shorten(text, bytesMax, room);
}

function shorten(text: string, bytesMax: number, room: Room): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  room.cut++;
  return cutUtf8(Buffer.from(text), 0, bytesMax);
}

/** Text that is likely to come again. */
export function readName(reader: JsonReader, room: Room): string {
  if (reader.kind() !== 'string') return readText(reader, limits.spanNameBytesMax, room);
  const raw = reader.stringBytes();
  if (!raw.escaped && raw.end - raw.start <= limits.spanNameBytesMax) return nameText(reader.bytes, raw.start, raw.end);
  return shorten(reader.decode(raw, limits.spanNameBytesMax), limits.spanNameBytesMax, room);
}

/** A list of KeyValue objects. */
export function readAttributes(reader: JsonReader, list: AttributeList, room: Room, depth = 0): void {
  if (skipNull(reader)) return;
  for (let item = reader.firstItem(); item; item = reader.nextItem()) readAttribute(reader, list, room, depth);
}

function readAttribute(reader: JsonReader, list: AttributeList, room: Room, depth: number): void {
  if (!list.fits()) {
    reader.skipValue();
    return;
  }
  let name = '';
  let value: AttributeValue = null;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'key') name = readName(reader, room);
    else if (key === 'value') value = readValue(reader, room, depth);
    else reader.skipValue();
  }
  list.set(name, value);
}

/** An empty AnyValue is null, and so is what lies deeper than the limit. */
function readValue(reader: JsonReader, room: Room, depth: number): AttributeValue {
  if (skipNull(reader)) return null;
  let value: AttributeValue = null;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    const read = Object.hasOwn(valueReaders, key) ? valueReaders[key] : undefined;
    if (read === undefined) reader.skipValue();
    else if (!skipNull(reader)) value = read(reader, room, depth);
  }
  return value;
}

const valueReaders: Record<string, (reader: JsonReader, room: Room, depth: number) => AttributeValue> = {
  stringValue: (reader, room) => readText(reader, limits.attributeBytesMax, room),
  boolValue: (reader) => reader.boolean(),
  intValue: readIntegerOrText,
  doubleValue: readDouble,
  arrayValue: (reader, room, depth) => readList(reader, room, depth + 1, readArray, []),
  kvlistValue: (reader, room, depth) => readList(reader, room, depth + 1, readKeyValueList, {}),
  bytesValue: readBase64,
};

/** `{"values": [...]}` */
function readList(
  reader: JsonReader,
  room: Room,
  depth: number,
  readValues: (reader: JsonReader, room: Room, depth: number) => AttributeValue,
  empty: AttributeValue,
): AttributeValue {
  if (depth > limits.attributeDepthMax) {
    reader.skipValue();
    room.cut++;
    return null;
  }
  let value = empty;
  for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
    if (key !== 'values') reader.skipValue();
    else if (!skipNull(reader)) value = readValues(reader, room, depth);
  }
  return value;
}

function readArray(reader: JsonReader, room: Room, depth: number): AttributeValue {
  const items: AttributeValue[] = [];
  for (let item = reader.firstItem(); item; item = reader.nextItem()) {
    if (room.takeValue()) items.push(readValue(reader, room, depth));
    else reader.skipValue();
  }
  return items;
}

function readKeyValueList(reader: JsonReader, room: Room, depth: number): AttributeValue {
  const list = new AttributeList(room);
  readAttributes(reader, list, room, depth);
  return list.values;
}

const INT64_MIN = -(2n ** 63n);
const INT64_END = 2n ** 63n;
/** Digits of a 64-bit integer with room to spare; more of them are worth neither the time nor the memory of a bigint. */
const INTEGER_TEXT = /^-?\d{1,32}$/;
const NUMBER_TEXT = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** What is kept of a number that is none. */
const ODD_NUMBER_CHARS_MAX = 64;

/** The text of a number, or of a string that should hold one. */
export function numberText(reader: JsonReader): string {
  return reader.kind() === 'string' ? reader.string() : reader.numberText();
}

/** An integer exactly, or undefined for what is none: 1.5, 1e999, "soon". */
export function integerOf(text: string): bigint | undefined {
  if (INTEGER_TEXT.test(text)) return BigInt(text);
  const number = NUMBER_TEXT.test(text) ? Number(text) : NaN;
  return Number.isInteger(number) ? BigInt(number) : undefined;
}

/**
 * An int64 as OTLP/JSON writes it, in a string or as a number. What is none is kept as it was sent, a fraction as a number and
 * anything else as text: it is only an attribute, and no reason to refuse a span.
 */
function readIntegerOrText(reader: JsonReader, room: Room): AttributeValue {
  const text = numberText(reader);
  const integer = integerOf(text);
  if (integer === undefined || integer < INT64_MIN || integer >= INT64_END) return fractionOrText(text, room);
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** A double as a number, or as a string, which may also say `NaN`, `Infinity` or `-Infinity`. */
function readDouble(reader: JsonReader, room: Room): AttributeValue {
  const text = numberText(reader);
  const number = NUMBER_TEXT.test(text) ? Number(text) : NaN;
  return Number.isNaN(number) ? oddText(text, room) : finiteOrText(number);
}

function fractionOrText(text: string, room: Room): AttributeValue {
  const number = /[.eE]/.test(text) && NUMBER_TEXT.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : oddText(text, room);
}

function oddText(text: string, room: Room): string {
  if (text.length <= ODD_NUMBER_CHARS_MAX) return text;
  room.cut++;
  return text.slice(0, ODD_NUMBER_CHARS_MAX);
}

function readBase64(reader: JsonReader, room: Room): string {
  const bytes = Buffer.from(reader.decode(reader.stringBytes(), limits.attributeBytesMax), 'base64');
  if (bytes.length > base64BytesMax) room.cut++;
  return bytes.toString('base64', 0, base64BytesMax);
}
