import type { DuckDBConnection } from '@duckdb/node-api';
import type { SpanFilter } from '../store.ts';
import type { Deletion } from '../upkeep/upkeep.ts';
import { dropBlocks } from './blocks.ts';
import { query } from './query.ts';
import { spansWhere } from './spans-where.ts';
import { summariesOf } from './summarise-traces.ts';
import { countSpans, foldSums } from './sums.ts';

/** Everything happens in the caller's transaction, so the count afterwards is about the same moment. */
export async function deleteSpans(connection: DuckDBConnection, filter: SpanFilter): Promise<Deletion> {
  const where = spansWhere(filter);
  const count = async (): Promise<number> => {
    const [row] = await query(connection, `SELECT count(*) AS n FROM spans WHERE ${where}`, where.parameters);
    return Number(row!.n);
  };
  const spans = await count();
  if (spans === 0) return { spans, traces: 0, left: 0 };
  await connection.run('CREATE OR REPLACE TEMP TABLE touched (trace_id VARCHAR)');
  await query(connection, `INSERT INTO touched SELECT DISTINCT trace_id FROM spans WHERE ${where}`, where.parameters);
  await dropBlocks(connection, `SELECT DISTINCT batch FROM spans WHERE ${where}`, where.parameters);
  const [touched] = await query(connection, 'SELECT count(*) AS n FROM touched');
  await countSpans(connection, String(where), -1, where.parameters);
  await query(connection, `DELETE FROM spans WHERE ${where}`, where.parameters);
  await foldSums(connection, true);
  const those = 'trace_id IN (SELECT trace_id FROM touched)';
  await connection.run(`DELETE FROM traces WHERE ${those}`);
  await connection.run(`INSERT INTO traces BY NAME ${summariesOf(those)}`);
  await connection.run('DROP TABLE touched');
  // Numbers of runs stay, or another run would get one that somebody has written down; unless nothing of their tenant is left.
  if (filter.tenant !== undefined)
    await query(
      connection,
      'DELETE FROM runs WHERE tenant = $tenant AND NOT EXISTS (SELECT 1 FROM spans WHERE spans.tenant = $tenant)',
      { tenant: filter.tenant },
    );
  return { spans, traces: Number(touched!.n), left: await count() };
}
