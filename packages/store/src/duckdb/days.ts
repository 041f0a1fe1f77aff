import type { DuckDBConnection } from '@duckdb/node-api';
import { type DayOfSpans, longColumns, nanosPerDay, shortBytes } from '../upkeep/upkeep.ts';
import { query } from './query.ts';

export async function listDays(connection: DuckDBConnection, withBytes: boolean): Promise<DayOfSpans[]> {
  const bytes = longColumns.map((column) => `strlen(${column})`).join(' + ');
  const rows = await query(
    connection,
    `SELECT tenant, start_nanos // ${nanosPerDay} * ${nanosPerDay} AS day, count(*) AS spans,
       ${withBytes ? `sum(${bytes} + ${shortBytes})` : '0'} AS bytes
     FROM spans GROUP BY ALL ORDER BY day, tenant`,
  );
  return rows.map((row) => ({
    tenant: row.tenant as string,
    day: row.day as bigint,
    spans: Number(row.spans),
    bytes: BigInt(row.bytes as bigint),
  }));
}
