import type { Facts } from '../facts.ts';
import { type Column, columnName, type ColumnType, type Dialect, type DialectName, type Semconv } from './column.ts';
import { otelSpanName } from './otel.ts';
import { dialects } from './registry.ts';

/** Which names are written. */
export interface Writing {
  dialects: readonly DialectName[];
  semconv: Semconv;
}

export type Written = string | number | boolean | string[];

/** A visitor takes attributes as they come, so that a writer of bytes needs no object in between. */
export type Visit = (name: string, type: ColumnType, value: Written) => void;

interface Place {
  type: ColumnType;
  name: string;
  when: Column['when'];
  provider: NonNullable<Dialect['provider']>;
  /** Written only where spreading the fact lost something: no dialect that was chosen asks for it. */
  spread: boolean;
}

type SpreadFact = NonNullable<NonNullable<Dialect['spread']>[keyof Facts]>;

interface Plan {
  /** fact → where it is written; several dialects may each have a name for it. */
  columns: ReadonlyMap<string, readonly Place[]>;
  spreads: ReadonlyMap<string, readonly SpreadFact[]>;
  derived: readonly NonNullable<Dialect['derived']>[];
  spanName: (facts: Facts) => string;
  proposal: boolean;
}

const plans = new Map<string, Plan>();

/** The columns that a combination of dialects writes, each name once. Made once per combination. */
function planOf({ dialects: names, semconv }: Writing): Plan {
  const key = `${names.join()}@${semconv}`;
  const known = plans.get(key);
  if (known) return known;
  const chosen = names.map((name) => dialects[name]);
  const columns = new Map<string, Place[]>();
  const spreads = new Map<string, SpreadFact[]>();
  const written = new Map<string, Place>();
  for (const { columns: rows, provider = asItIs, spread = {} } of chosen) {
    for (const [fact, put] of Object.entries(spread)) spreads.set(fact, [...(spreads.get(fact) ?? []), put]);
    for (const column of rows) {
      const name = columnName(column, semconv);
      if (name === undefined) continue;
      const isSpread = spread[column.fact] !== undefined;
      const before = written.get(name);
      if (before) {
        before.spread &&= isSpread;
        continue;
      }
      const place = { type: column.type, name, when: column.when, provider, spread: isSpread };
      written.set(name, place);
      columns.set(column.fact, [...(columns.get(column.fact) ?? []), place]);
    }
  }
  const first = chosen[0] ?? dialects.otel;
  const plan: Plan = {
    columns,
    spreads,
    derived: chosen.flatMap((dialect) => dialect.derived ?? []),
    spanName: (facts) => first.spanName?.(facts) ?? otelSpanName(facts),
    proposal: semconv === 'latest' && names.includes('otel'),
  };
  plans.set(key, plan);
  return plan;
}

function asItIs(canonical: string): string {
  return canonical;
}

/** Our facts under somebody's names. The first dialect names the span. */
export function writeFacts(facts: Facts, durationNanos: bigint, writing: Writing, visit: Visit): void {
  const plan = planOf(writing);
  // By fact and not by column: a span has twenty facts, the table sixty rows.
  for (const fact in facts) {
    const columns = plan.columns.get(fact);
    const value = facts[fact as keyof Facts];
    // Absent means "not streaming" in the conventions.
    const spreads = plan.spreads.get(fact);
    if (
      (columns === undefined && spreads === undefined) ||
      value === undefined ||
      (fact === 'stream' && value === false)
    )
      continue;
    // Every dialect has its part, so no `every`.
    const lost = spreads?.map((spread) => spread(facts, visit)).includes(false);
    for (const { type, name, when, provider, spread } of columns ?? []) {
      if ((spread && lost === false) || (when && !when(facts))) continue;
      visit(name, type, fact === 'provider' ? provider(value as string, writing.semconv) : writtenAs(value));
    }
  }
  for (const derived of plan.derived) {
    for (const [name, value] of Object.entries(derived(facts, durationNanos))) {
      visit(name, typeof value === 'string' ? 'string' : 'int', value);
    }
  }
  // The open proposal for cost (semantic-conventions-genai, pull request 443) knows two sources.
  if (plan.proposal && facts.costNanoUsd !== undefined) {
    visit('gen_ai.usage.cost.amount', 'double', Number(facts.costNanoUsd) / 1e9);
    visit('gen_ai.usage.cost.currency', 'string', 'USD');
    visit('gen_ai.usage.cost.source', 'string', facts.costSource === 'provider' ? 'provider' : 'local');
  }
}

function writtenAs(value: NonNullable<Facts[keyof Facts]>): Written {
  return typeof value === 'bigint' ? Number(value) / 1e9 : value;
}

/** The span's name in the first dialect. */
export function spanName(facts: Facts, writing: Writing): string {
  return planOf(writing).spanName(facts);
}
