import type { DuckDBConnection } from '@duckdb/node-api';
import type { StoredSpan } from '../store.ts';
import { query } from './query.ts';
import { tenantOf } from './span-columns.ts';

interface Run {
  tenant: string;
  agent: string;
  runId: string;
  /** First start in the batch; decides the order of runs that come together. */
  start: bigint;
}

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

function runsOf(spans: readonly StoredSpan[]): Map<string, Run> {
  const runs = new Map<string, Run>();
  for (const span of spans) {
    const { agent = '', runId } = span.facts;
    if (runId === undefined) continue;
    const tenant = tenantOf(span);
    const key = runKey(tenant, agent, runId);
    const run = runs.get(key);
    if (!run || span.start < run.start) runs.set(key, { tenant, agent, runId, start: span.start });
  }
  return runs;
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

function byStart([, left]: [string, Run], [, right]: [string, Run]): number {
  if (left.start !== right.start) return left.start < right.start ? -1 : 1;
  return left.runId < right.runId ? -1 : left.runId > right.runId ? 1 : 0;
}

function runKey(tenant: string, agent: string, runId: string): string {
  return JSON.stringify([tenant, agent, runId]);
}
