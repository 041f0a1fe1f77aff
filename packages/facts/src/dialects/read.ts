import type { Attributes, AttributeValue, Facts, Span, WireSpan } from '../facts.ts';
import { nanosFromUsd } from '../units.ts';
import { columnNames, type Column } from './column.ts';
import { hexrOperations } from './hexr.ts';
import { canonicalProvider } from './providers.ts';
import { dialects } from './registry.ts';

/** attribute name → its column and how much it is trusted (0 is most). Built once. */
const readers = new Map<string, { column: Column; rank: number }>();
for (const dialect of Object.values(dialects)) {
  for (const column of dialect.columns) {
    for (const [rank, name] of columnNames(column).entries()) {
      if (!readers.has(name)) readers.set(name, { column, rank });
    }
  }
}

/**
 * Anybody's span, understood: known attributes become facts, the rest stays. Attribute by attribute, since one span may mix
 * generations and dialects. Pure; a value of the wrong type is no fact and stays where it was.
 */
export function readSpan(wire: WireSpan): Span {
  const facts: Record<string, unknown> = {};
  const ranks: Record<string, number> = {};
  const rest: Attributes = {};
  for (const [name, value] of Object.entries(wire.attributes)) {
    const reader = readers.get(name);
    const fact = reader && readValue(reader.column, value);
    if (reader === undefined || fact === undefined) {
      setOwn(rest, name, value);
    } else if (!(reader.column.fact in facts) || reader.rank < ranks[reader.column.fact]!) {
      facts[reader.column.fact] = fact;
      ranks[reader.column.fact] = reader.rank;
    }
  }
  const understood = facts as Facts;
  if (understood.operation === undefined && Object.hasOwn(hexrOperations, wire.name)) {
    understood.operation = hexrOperations[wire.name];
  }
  return { ...wire, attributes: rest, facts: understood };
}

/** The value as the fact has it, or undefined when it does not fit. */
function readValue(column: Column, value: AttributeValue): string | number | bigint | boolean | string[] | undefined {
  switch (column.type) {
    case 'string':
      if (typeof value !== 'string') return undefined;
      return column.fact === 'provider' ? canonicalProvider(value) : value;
    case 'int':
      return readInteger(value);
    case 'double':
      return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? (value as string[]) : undefined;
    case 'json':
      return typeof value === 'string' ? value : value === null ? undefined : toJson(value);
    case 'usd':
      return typeof value === 'number' && value >= 0 && value < 1e9 ? nanosFromUsd(value) : undefined;
  }
}

/** Some senders write counts as doubles or text; a whole number is a whole number. */
function readInteger(value: AttributeValue): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** JSON of an attribute value; integers beyond 2^53 become text, as OTLP/JSON does it. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

/** Sets a key that may be `__proto__` without touching any prototype. */
export function setOwn(target: Attributes, key: string, value: AttributeValue): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
