/**
 * The runs of each agent of each tenant are numbered from 1 in the order in which ClickHouse got to know them. A number is not kept but
 * counted when it is asked for: replicas of the server cannot agree on the next one without a lock, and this way there is never a gap nor
 * two runs with the same.
 */
import { byStart, runsOf, type Run } from '../runs.ts';
import type { StoredSpan } from '../store.ts';
import type { Connection } from './connection.ts';
import { idsIn, inChunks } from './ids.ts';
import { hash } from './run-key.ts';
import { runColumns } from './tables.ts';

/** One row for each run that there is, with its `number`. `where` chooses among tenants and agents. */
export function numberedRuns(where: string): string {
  return `SELECT run_key, row_number() OVER (PARTITION BY tenant, agent ORDER BY arrived, start_nanos, run_id) AS number
     FROM runs FINAL WHERE ${where}`;
}

const valueOf: Record<string, (run: [key: string, run: Run]) => unknown> = {
  run_key: ([key]) => key,
  tenant: ([, { tenant }]) => tenant,
  agent: ([, { agent }]) => agent,
  run_id: ([, { runId }]) => runId,
  start_nanos: ([, { start }]) => start,
};
const columns = runColumns.map(({ name, type }) => ({ name, type, of: valueOf[name]! }));

/** Gives the runs of these spans their place behind those that are there. */
export async function rememberRuns(connection: Connection, spans: readonly StoredSpan[]): Promise<void> {
  const runs = new Map([...runsOf(spans)].map(([key, run]) => [hash(key), run]));
  for (const keys of inChunks([...runs.keys()])) {
    const sql = `SELECT DISTINCT lower(hex(run_key)) AS key FROM runs WHERE ${idsIn('run_key', 'keys', 16)}`;
    for (const { key } of await connection.query(sql, { keys })) runs.delete(key as string);
  }
  if (runs.size > 0) await connection.insert({ table: 'runs', columns }, [...runs].sort(byStart));
}

/** The numbers of these runs, at most a page of them. */
export async function readRunNumbers(connection: Connection, keys: readonly string[]): Promise<Map<string, bigint>> {
  if (keys.length === 0) return new Map();
  const chosen = idsIn('run_key', 'keys', 16);
  const rows = await connection.query(
    `SELECT lower(hex(run_key)) AS key, number
     FROM (${numberedRuns(`(tenant, agent) GLOBAL IN (SELECT tenant, agent FROM runs WHERE ${chosen})`)}) WHERE ${chosen}`,
    { keys },
  );
  return new Map(rows.map(({ key, number }) => [key as string, number as bigint]));
}
