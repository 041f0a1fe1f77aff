import { identity } from '../identity.ts';
import type { Replacement } from '../kin.ts';
import { tenantOf } from '../span-columns.ts';
import type { StoredSpan } from '../store.ts';
import { storedSpans } from './add-spans.ts';
import { filledColumns } from './columns.ts';
import type { Connection } from './connection.ts';
import { inChunks } from './ids.ts';
import { rememberRuns } from './number-runs.ts';
import { summariseTraces } from './summarise-traces.ts';

interface ReplacingRow {
  span: StoredSpan;
  gone: boolean;
}

const columns = [
  ...filledColumns.map(({ name, type, of }) => ({ name, type, of: ({ span }: ReplacingRow) => of(span) })),
  { name: 'replaces', type: 'Bool', of: () => true },
  { name: 'gone', type: 'Bool', of: ({ gone }: ReplacingRow) => gone },
];

/** All of it is one insert, as a span keeps its start and with it its day. A span that is not there is not put there either. */
export async function replaceSpans(connection: Connection, replacements: readonly Replacement[]): Promise<void> {
  const there = new Set<string>();
  for (const chunk of inChunks(replacements.map(({ old }) => old))) {
    for (const { tenant, trace, span } of await storedSpans(connection, chunk))
      there.add(identity(tenant as string, trace as string, span as string));
  }
  const found = replacements.filter(({ old }) => there.has(identity(tenantOf(old), old.traceId, old.spanId)));
  if (found.length === 0) return;
  await rememberRuns(
    connection,
    found.map(({ span }) => span),
  );
  await connection.insert({ table: 'spans', columns }, found.flatMap(rowsOf));
  await summariseTraces(connection, [...new Set(found.map(({ old }) => old.traceId))]);
}

/** The tenant is part of the key: where it becomes known, the row that did not know it has to go. */
function rowsOf({ old, span }: Replacement): ReplacingRow[] {
  const rows = [{ span, gone: false }];
  if (tenantOf(old) === tenantOf(span)) return rows;
  const { tenant: _, ...facts } = span.facts;
  const before = old.facts.tenant === undefined ? facts : { ...facts, tenant: old.facts.tenant };
  // No call, so that no sum has to ask whether it is gone.
  return [...rows, { span: { ...span, facts: { ...before, operation: 'gone' } }, gone: true }];
}
