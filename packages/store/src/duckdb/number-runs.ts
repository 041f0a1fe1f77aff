import type { DuckDBConnection } from '@duckdb/node-api';
import type { StoredSpan } from '../store.ts';
import { query } from './query.ts';
import { byStart, runKey, runsOf, type Run } from '../runs.ts';
import { tenantOf } from '../span-columns.ts';

/**
 * Numbers the runs of each agent of each tenant, from 1 in the order in which they come. A number stays with its run for ever.
 * Answers how to find a span's.
 */
export async function numberRuns(
  connection: DuckDBConnection,
  spans: readonly StoredSpan[],
): Promise<(span: StoredSpan) => bigint | undefined> {
  const runs = runsOf(spans);
  const numbers = new Map<string, bigint>();
  if (runs.size > 0) {
    const known = await query(connection, 'SELECT * FROM runs WHERE run_id IN (SELECT unnest($runIds))', {
      runIds: [...new Set([...runs.values()].map(({ runId }) => runId))],
    });
    for (const row of known)
      numbers.set(runKey(row.tenant as string, row.agent as string, row.run_id as string), row.number as bigint);
    const fresh = [...runs].filter(([key]) => !numbers.has(key));
    if (fresh.length > 0) await giveNumbers(connection, fresh, numbers);
  }
  return (span) => {
    const { agent = '', runId } = span.facts;
    return runId === undefined ? undefined : numbers.get(runKey(tenantOf(span), agent, runId));
  };
}

async function giveNumbers(
  connection: DuckDBConnection,
  fresh: [string, Run][],
  numbers: Map<string, bigint>,
): Promise<void> {
  const last = await lastNumbers(
    connection,
    fresh.map(([, run]) => run),
  );
  const appender = await connection.createAppender('runs');
  for (const [key, { tenant, agent, runId }] of fresh.sort(byStart)) {
    const agentKey = runKey(tenant, agent, '');
    const number = (last.get(agentKey) ?? 0n) + 1n;
    last.set(agentKey, number);
    numbers.set(key, number);
    for (const text of [tenant, agent, runId]) appender.appendVarchar(text);
    appender.appendBigInt(number);
    appender.endRow();
  }
  appender.closeSync();
}

async function lastNumbers(connection: DuckDBConnection, runs: readonly Run[]): Promise<Map<string, bigint>> {
  const rows = await query(
    connection,
    `SELECT tenant, agent, max(number) AS number FROM runs
     WHERE tenant IN (SELECT unnest($tenants)) AND agent IN (SELECT unnest($agents)) GROUP BY tenant, agent`,
    { tenants: [...new Set(runs.map(({ tenant }) => tenant))], agents: [...new Set(runs.map(({ agent }) => agent))] },
  );
  return new Map(rows.map((row) => [runKey(row.tenant as string, row.agent as string, ''), row.number as bigint]));
}
