import type { DuckDBConnection } from '@duckdb/node-api';
import { type DayOfSpans, longColumns, nanosPerDay, shortBytes } from '../upkeep/upkeep.ts';
import { query } from './query.ts';

export async function listDays(connection: DuckDBConnection, tenant: string | undefined): Promise<DayOfSpans[]> {
  const bytes = longColumns.map((column) => `strlen(${column})`).join(' + ');
  const rows = await query(
    connection,
    `SELECT tenant, start_nanos // ${nanosPerDay} * ${nanosPerDay} AS day, count(*) AS spans,
       sum(${bytes} + ${shortBytes}) AS bytes
     FROM spans ${tenant === undefined ? '' : 'WHERE tenant = $tenant'} GROUP BY ALL ORDER BY day, tenant`,
    tenant === undefined ? {} : { tenant },
  );
  return rows.map((row) => ({
    tenant: row.tenant as string,
    day: row.day as bigint,
    spans: Number(row.spans),
    bytes: BigInt(row.bytes as bigint),
  }));
}
