import { type DayOfSpans, longColumns, nanosPerDay, shortBytes } from '../upkeep/upkeep.ts';
import type { Connection } from './connection.ts';

export async function listDays(connection: Connection, tenant: string | undefined): Promise<DayOfSpans[]> {
  const bytes = longColumns.map((column) => `length(${column})`).join(' + ');
  const rows = await connection.query(
    `SELECT tenant, intDiv(start_nanos, ${nanosPerDay}) * ${nanosPerDay} AS day, count() AS spans,
       toInt64(sum(${bytes} + ${shortBytes})) AS bytes
     FROM spans FINAL WHERE NOT gone ${tenant === undefined ? '' : 'AND tenant = {tenant:String}'}
     GROUP BY tenant, day ORDER BY day, tenant`,
    tenant === undefined ? {} : { tenant },
  );
  return rows.map((row) => ({
    tenant: row.tenant as string,
    day: row.day as bigint,
    spans: Number(row.spans),
    bytes: row.bytes as bigint,
  }));
}
