import { limits } from '@tallyspan/facts';
import { linearPattern, type LinearPattern } from '../text/linear-pattern.ts';

type TypeName = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

/** The part of JSON Schema (2020-12) that structured outputs use. Unknown keywords are ignored, as the standard says. */
export interface JsonSchema {
  type?: TypeName | readonly TypeName[];
  properties?: Readonly<Record<string, JsonSchema | boolean>>;
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema | boolean;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  not?: JsonSchema;
  minLength?: number;
  maxLength?: number;
  /** Runs in linear time, see {@link linearPattern}. */
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
}

/** Where and why a value does not fit, like `/items/0/price: no number`; undefined when it fits. Names only, no values. */
export function mismatch(value: unknown, schema: JsonSchema | boolean, path = '', depth = 0): string | undefined {
  if (schema === true) return undefined;
  if (schema === false) return `${path}: not allowed`;
  if (depth > limits.attributeDepthMax) return `${path}: nested too deep`;
  const inner = (part: unknown, of: JsonSchema | boolean, name = '') =>
    mismatch(part, of, name === '' ? path : `${path}/${name}`, depth + 1);
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  if (types && !types.some((type) => isType(value, type as TypeName))) return `${path}: no ${types.join(' or ')}`;
  if (schema.const !== undefined && !same(value, schema.const)) return `${path}: another value is wanted`;
  if (schema.enum && !schema.enum.some((one) => same(value, one))) return `${path}: none of the values`;
  for (const part of schema.allOf ?? []) {
    const reason = inner(value, part);
    if (reason !== undefined) return reason;
  }
  if (schema.anyOf && schema.anyOf.every((part) => inner(value, part) !== undefined))
    return `${path}: fits none of anyOf`;
  if (schema.oneOf && schema.oneOf.filter((part) => inner(value, part) === undefined).length !== 1) {
    return `${path}: does not fit exactly one of oneOf`;
  }
  if (schema.not && inner(value, schema.not) === undefined) return `${path}: fits what it must not`;
  if (typeof value === 'string') return ofString(value, schema, path);
  if (typeof value === 'number') return ofNumber(value, schema, path);
  if (Array.isArray(value)) return ofArray(value, schema, path, inner);
  if (typeof value === 'object' && value !== null)
    return ofObject(value as Record<string, unknown>, schema, path, inner);
  return undefined;
}

type Inner = (part: unknown, of: JsonSchema | boolean, name?: string) => string | undefined;

function ofString(value: string, schema: JsonSchema, path: string): string | undefined {
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength) return `${path}: too short`;
  if (schema.maxLength !== undefined && length > schema.maxLength) return `${path}: too long`;
  if (schema.pattern !== undefined && !compiled(schema.pattern).test(value)) return `${path}: does not fit the pattern`;
  return undefined;
}

/** Schemas are few; bounded all the same, as they may be made per request. */
const patterns = new Map<string, LinearPattern>();
const PATTERNS_MAX = 256;

function compiled(pattern: string): LinearPattern {
  const known = patterns.get(pattern);
  if (known) return known;
  const made = linearPattern(pattern);
  if (patterns.size < PATTERNS_MAX) patterns.set(pattern, made);
  return made;
}

function ofNumber(value: number, schema: JsonSchema, path: string): string | undefined {
  if (schema.minimum !== undefined && value < schema.minimum) return `${path}: too small`;
  if (schema.maximum !== undefined && value > schema.maximum) return `${path}: too large`;
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return `${path}: too small`;
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) return `${path}: too large`;
  const times = schema.multipleOf === undefined ? 0 : value / schema.multipleOf;
  return Math.abs(times - Math.round(times)) > 1e-9 ? `${path}: no multiple` : undefined;
}

function ofArray(value: readonly unknown[], schema: JsonSchema, path: string, inner: Inner): string | undefined {
  if (schema.minItems !== undefined && value.length < schema.minItems) return `${path}: too few`;
  if (schema.maxItems !== undefined && value.length > schema.maxItems) return `${path}: too many`;
  if (schema.uniqueItems && new Set(value.map((item) => JSON.stringify(item))).size < value.length)
    return `${path}: not unique`;
  if (schema.items === undefined) return undefined;
  for (const [index, item] of value.entries()) {
    const reason = inner(item, schema.items, String(index));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function ofObject(value: Record<string, unknown>, schema: JsonSchema, path: string, inner: Inner): string | undefined {
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${path}/${missing}: missing`;
  for (const [name, part] of Object.entries(value)) {
    const known = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const reason = inner(part, known ?? schema.additionalProperties ?? true, name);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function isType(value: unknown, type: TypeName): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** JSON values are the same when their texts are; the order of keys does not matter. */
function same(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  const [keys, others] = [Object.keys(left), Object.keys(right)];
  return (
    Array.isArray(left) === Array.isArray(right) &&
    keys.length === others.length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        same((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
    )
  );
}
