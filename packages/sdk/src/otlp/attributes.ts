import type { ColumnType, Written } from '@tallyspan/facts';
import { Writer } from './writer.ts';

/** Wire types and field numbers of opentelemetry-proto v1 `common.proto`, already joined into tags. */
const KEY = 0x0a; // KeyValue.key = 1, length-delimited
const VALUE = 0x12; // KeyValue.value = 2
const STRING = 0x0a; // AnyValue.string_value = 1
const BOOL = 0x10; // AnyValue.bool_value = 2
const INT = 0x18; // AnyValue.int_value = 3
const DOUBLE = 0x21; // AnyValue.double_value = 4
const ARRAY = 0x2a; // AnyValue.array_value = 5
const ARRAY_ITEM = 0x0a; // ArrayValue.values = 1

/** Attribute names are few and repeat on every span: their bytes are made once. Bounded, as resource keys come from outside. */
const keys = new Map<string, Buffer>();
const KEYS_MAX = 1024;

function keyBytes(name: string): Buffer {
  const known = keys.get(name);
  if (known) return known;
  const writer = new Writer();
  writer.byte(KEY);
  writer.text(name);
  writer.byte(VALUE);
  const bytes = writer.take();
  if (keys.size < KEYS_MAX) keys.set(name, bytes);
  return bytes;
}

/**
 * Whole attributes that repeat: models, providers, agents, roles. name → value → bytes without the tag. Bounded per name, as some
 * values never repeat (ids); those are found out by the bound and cost one failed lookup.
 */
const repeated = new Map<string, Map<string, Buffer>>();
const VALUES_MAX = 64;
const VALUE_CHARS_MAX = 64;

/** One KeyValue under `tag`. The type decides between int and double, which a JavaScript number cannot. */
export function writeAttribute(writer: Writer, tag: number, name: string, type: ColumnType, value: Written): void {
  if (typeof value !== 'string' || value.length > VALUE_CHARS_MAX) return write(writer, tag, name, type, value);
  let values = repeated.get(name);
  if (!values) {
    if (repeated.size >= KEYS_MAX) return write(writer, tag, name, type, value);
    repeated.set(name, (values = new Map()));
  }
  const known = values.get(value);
  if (known) {
    writer.byte(tag);
    writer.bytes(known);
    return;
  }
  const from = writer.length + 1;
  write(writer, tag, name, type, value);
  if (values.size < VALUES_MAX) values.set(value, writer.copy(from));
}

function write(writer: Writer, tag: number, name: string, type: ColumnType, value: Written): void {
  const entry = writer.open(tag);
  writer.bytes(keyBytes(name));
  const any = writer.start();
  writeValue(writer, type, value);
  writer.close(any);
  writer.close(entry);
}

function writeValue(writer: Writer, type: ColumnType, value: Written): void {
  if (typeof value === 'string') {
    writer.byte(STRING);
    writer.text(value);
  } else if (typeof value === 'boolean') {
    writer.byte(BOOL);
    writer.byte(value ? 1 : 0);
  } else if (typeof value === 'number') {
    if (type === 'int' && Number.isSafeInteger(value)) {
      writer.byte(INT);
      writer.int64(value);
    } else {
      writer.byte(DOUBLE);
      writer.double(value);
    }
  } else {
    const array = writer.open(ARRAY);
    for (const item of value) {
      const any = writer.open(ARRAY_ITEM);
      writer.byte(STRING);
      writer.text(String(item));
      writer.close(any);
    }
    writer.close(array);
  }
}
