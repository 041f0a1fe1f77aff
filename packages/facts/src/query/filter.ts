/** A filter, understood. */
import type { FieldName, KeyedField } from './fields.ts';

export type Comparison = '=' | '>' | '>=' | '<' | '<=';

/** A field of the table, or an attribute by its key. `ofSpan`: asked of spans even where traces are listed. */
export type FieldRef = { name: FieldName; ofSpan?: true } | { name: KeyedField; key: string };

export type Term =
  /** The field has a value at all. */
  | { kind: 'has'; field: FieldRef }
  /** The whole text; with `glob`, an asterisk stands for any characters. Of an id, its start. */
  | { kind: 'equals'; field: FieldRef; text: string; glob: boolean }
  /** Tokens and the like as they are; durations in nanoseconds, money in nano-dollars; `number` for seconds and attributes. */
  | { kind: 'compare'; field: FieldRef; comparison: Comparison; value: bigint | number }
  /** Somewhere in a span: its name, its status message, what was said to and by models and tools; or the start of its trace id. */
  | { kind: 'contains'; text: string };

export type Filter = { kind: 'all'; of: Filter[] } | { kind: 'any'; of: Filter[] } | { kind: 'not'; of: Filter } | Term;
