import type { Facts, SpanKind } from '../facts.ts';

/** The generation of the GenAI conventions that is written. All are read, attribute by attribute, as one span may mix them. */
export type Semconv = '1.36' | '1.41' | 'latest';
export type DialectName = 'otel' | 'hexr';

/** How a fact looks as an attribute. `usd` is nano-dollars inside and a double outside; `json` is JSON text on both sides. */
export type ColumnType = 'string' | 'int' | 'double' | 'bool' | 'strings' | 'json' | 'usd';

/** One row of a dialect: a fact and the attribute that carries it. The same row writes and reads. */
export interface Column {
  fact: keyof Facts;
  type: ColumnType;
  /** The attribute written: one name for all generations, or one for each; absent where that generation has none. */
  name: string | Partial<Record<Semconv, string>>;
  /** Further spellings that are understood, most trusted first. */
  also?: readonly string[];
  /** Written only for such spans: a name may belong to one provider. */
  when?: (facts: Facts) => boolean;
}

/** Somebody's names for our facts. */
export interface Dialect {
  columns: readonly Column[];
  /** Overrides the conventions' span names. */
  spanName?: (facts: Facts) => string | undefined;
  /** Attributes that say in other words what other facts say already; written, never read. */
  derived?: (facts: Facts, durationNanos: bigint) => Record<string, string | number>;
  /** The provider as this dialect spells it. */
  provider?: (canonical: string, semconv: Semconv) => string;
}

/** Which name a column is written under, if any. */
export function columnName(column: Column, semconv: Semconv): string | undefined {
  return typeof column.name === 'string' ? column.name : column.name[semconv];
}

/** Every name a column may be read from, most trusted first: the newest generation wins over the oldest. */
export function columnNames(column: Column): string[] {
  const written =
    typeof column.name === 'string' ? [column.name] : [column.name.latest, column.name['1.41'], column.name['1.36']];
  return [...new Set([...written, ...(column.also ?? [])])].filter((name): name is string => name !== undefined);
}

/** The span kind that the conventions ask for. */
export function spanKind(facts: Facts): SpanKind {
  return facts.provider !== undefined || facts.operation === 'retrieval' ? 'client' : 'internal';
}
