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
}

interface Plan {
  /** fact → where it is written; several dialects may each have a name for it. */
  columns: ReadonlyMap<string, readonly Place[]>;
  derived: readonly NonNullable<Dialect['derived']>[];
  provider: NonNullable<Dialect['provider']>;
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
  const written = new Set<string>();
  for (const dialect of chosen) {
    for (const column of dialect.columns) {
      const name = columnName(column, semconv);
      if (name === undefined || written.has(name)) continue;
      written.add(name);
      columns.set(column.fact, [...(columns.get(column.fact) ?? []), { type: column.type, name, when: column.when }]);
    }
  }
  const first = chosen[0] ?? dialects.otel;
  const plan: Plan = {
    columns,
    derived: chosen.flatMap((dialect) => dialect.derived ?? []),
    provider: first.provider ?? ((canonical) => canonical),
    spanName: (facts) => first.spanName?.(facts) ?? otelSpanName(facts),
    proposal: semconv === 'latest' && names.includes('otel'),
  };
  plans.set(key, plan);
  return plan;
}

/** Our facts under somebody's names. The first dialect names the span and the provider. */
export function writeFacts(facts: Facts, durationNanos: bigint, writing: Writing, visit: Visit): void {
  const plan = planOf(writing);
  // By fact and not by column: a span has twenty facts, the table sixty rows.
  for (const fact in facts) {
    const columns = plan.columns.get(fact);
    const value = facts[fact as keyof Facts];
    // Absent means "not streaming" in the conventions.
    if (columns === undefined || value === undefined || (fact === 'stream' && value === false)) continue;
    const written =
      fact === 'provider'
        ? plan.provider(value as string, writing.semconv)
        : typeof value === 'bigint'
          ? Number(value) / 1e9
          : value;
    for (const { type, name, when } of columns) if (!when || when(facts)) visit(name, type, written);
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

/** The span's name in the first dialect. */
export function spanName(facts: Facts, writing: Writing): string {
  return planOf(writing).spanName(facts);
}
