import { type DayOfSpans, longColumns, nanosPerDay, shortBytes } from '../upkeep/upkeep.ts';
import type { Connection } from './connection.ts';

export async function listDays(connection: Connection, withBytes: boolean): Promise<DayOfSpans[]> {
  const bytes = longColumns.map((column) => `length(${column})`).join(' + ');
  const rows = await connection.query(
    `SELECT tenant, intDiv(start_nanos, ${nanosPerDay}) * ${nanosPerDay} AS day, count() AS spans,
       ${withBytes ? `toInt64(sum(${bytes} + ${shortBytes}))` : 'toInt64(0)'} AS bytes
     FROM spans FINAL WHERE NOT gone GROUP BY tenant, day ORDER BY day, tenant`,
  );
  return rows.map((row) => ({
    tenant: row.tenant as string,
    day: row.day as bigint,
    spans: Number(row.spans),
    bytes: row.bytes as bigint,
  }));
}
