import type { Facts, SpanKind } from '../facts.ts';
import type { Reading } from './reading.ts';

/** The generation of the GenAI conventions that is written. All are read, attribute by attribute, as one span may mix them. */
export type Semconv = '1.36' | '1.41' | 'latest';
/** The dialects that are written. Many more are read: see `registry.ts`. */
export type DialectName = 'otel' | 'hexr' | 'tracekit' | 'openinference';

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

/** How somebody's spans are understood. Tables first; code only for what no single attribute says. */
export interface Reader {
  columns: readonly Column[];
  /** The attribute that says what a span did, and its values (in lower case) as operations; '' is a step of no known kind. */
  kinds?: { attribute: string; operations: Readonly<Record<string, string>> };
  /** What a span did by its name, for senders that say it nowhere else. */
  spanNames?: Readonly<Record<string, string>>;
  /** Heads of numbered attributes: `gen_ai.prompt` for `gen_ai.prompt.0.role`. */
  numbered?: readonly string[];
  /** Whether {@link read} has anything to do: a span of this dialect has one of these attributes, or one that starts so. */
  marks?: readonly string[];
  /** Token arithmetic, payloads and numbered attributes. Runs after all tables were read; fills gaps, so that what is plainly said wins. */
  read?: (reading: Reading) => void;
}

/** One attribute more, for a fact that a dialect spreads over several. */
export type Spread = (name: string, type: ColumnType, value: string | number | boolean | string[]) => void;

/** Somebody's names for our facts. */
export interface Dialect extends Reader {
  /** Overrides the conventions' span names. */
  spanName?: (facts: Facts) => string | undefined;
  /** Attributes that say in other words what other facts say already; nothing is read from them that is not said elsewhere. */
  derived?: (facts: Facts, durationNanos: bigint) => Record<string, string | number>;
  /** The provider as this dialect spells it. */
  provider?: (canonical: string, semconv: Semconv) => string;
  /** Facts that are spread over numbered attributes. Answers whether nothing was lost; if something was, the column is written as well. */
  spread?: Partial<Record<keyof Facts, (facts: Facts, put: Spread) => boolean>>;
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

/** Operations that ask another process. */
const REMOTE: ReadonlySet<string> = new Set([
  'retrieval',
  'credential_exchange',
  'vault_get',
  'vault_put',
  'vault_delete',
  'vault_list',
]);

/** The span kind that the conventions ask for. */
export function spanKind(facts: Facts): SpanKind {
  if (facts.side !== undefined) return facts.side;
  return facts.provider !== undefined || REMOTE.has(facts.operation ?? '') ? 'client' : 'internal';
}
