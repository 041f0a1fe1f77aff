import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import type { CostFilter, CostRow, Dimension, Totals } from '../store.ts';
import { addTotals, noTotals } from '../sum-totals.ts';
import { Conditions, query } from './query.ts';
import { readTotals, selectTotals } from './totals.ts';

/** How each dimension is read from a row of `spans`. Nothing else of a request becomes text of a statement. */
const dimensionColumns: Record<Dimension, string> = {
  tenant: 'CASE WHEN tenant_given THEN tenant END',
  agent: 'agent',
  run: 'CAST(run_number AS VARCHAR)',
  role: 'role',
  provider: 'provider',
  model: 'coalesce(response_model, request_model)',
  operation: 'operation',
  user: 'user_id',
  session: 'session_id',
};

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export async function sumCosts(
  connection: DuckDBConnection,
  by: readonly Dimension[],
  filter: CostFilter,
): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }> {
  const { tenant, agent, traceId } = filter;
  const conditions = new Conditions()
    .add('billable', {})
    .addRange('start_nanos', filter)
    .add('tenant = $tenant', { tenant })
    .add('agent = $agent', { agent })
    .add('trace_id = $traceId', { traceId });
  const total = async (): Promise<Totals> => {
    const [row] = await query(
      connection,
      `SELECT ${selectTotals} FROM spans WHERE ${conditions}`,
      conditions.parameters,
    );
    return readTotals(row!);
  };
  if (by.length === 0) {
    const sum = await total();
    return { rows: sum.calls > 0 ? [{ key: [], ...sum }] : [], total: sum, truncated: false };
  }

  const keys = by.map((_, index) => `key${index}`);
  const rows = await query(
    connection,
    `SELECT ${by.map((dimension, index) => `${columnOf(dimension)} AS key${index}`).join(', ')}, ${selectTotals}
     FROM spans WHERE ${conditions} GROUP BY ${keys.join(', ')}
     ORDER BY "costNanos" DESC, "calls" DESC, ${keys.map((key) => `${key} ASC NULLS LAST`).join(', ')} LIMIT $limit`,
    { ...conditions.parameters, limit: limits.costRowsMax + 1 },
  );
  const costRows = rows.map((row) => ({ key: keys.map((key) => row[key] as string | null), ...readTotals(row) }));
  if (costRows.length <= limits.costRowsMax) return { rows: costRows, total: added(costRows), truncated: false };
  return { rows: costRows.slice(0, limits.costRowsMax), total: await total(), truncated: true };
}

function columnOf(dimension: Dimension): string {
  if (!Object.hasOwn(dimensionColumns, dimension)) throw new RangeError(`there is no dimension ${dimension}`);
  return dimensionColumns[dimension];
}

function added(rows: readonly Totals[]): Totals {
  const sum = noTotals();
  for (const row of rows) addTotals(sum, row);
  return sum;
}
