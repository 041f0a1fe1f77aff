import type { Purge } from '../upkeep/upkeep.ts';
import type { Connection } from './connection.ts';
import { localTable, onCluster, type Place } from './ddl.ts';

/** Our clock and that of ClickHouse may differ by so much. */
const SKEW_MS = 60_000;

const tables = ['spans', 'times', 'summaries', 'runs'];

/**
 * Writes parts anew without their masked rows. ClickHouse keeps the parts they take the place of for a while (`old_parts_lifetime`, eight
 * minutes by default), so the first answer is usually that they are still there. Parts that were written later never had those rows.
 */
export async function purgeDeleted(connection: Connection, place: Place, deletedMs: number): Promise<Purge> {
  for (const table of tables)
    await connection.change(`ALTER TABLE ${localTable(table, place)}${onCluster(place)} APPLY DELETED MASK`, {});
  const { database, cluster } = place;
  const parts = cluster === undefined ? 'system.parts' : `clusterAllReplicas('${cluster}', system.parts)`;
  const [row] = await connection.query(
    `SELECT countIf(active AND has_lightweight_delete) AS masked, countIf(NOT active AND rows > 0 AND toUnixTimestamp(modification_time) <= {before:Int64}) AS old
     FROM ${parts} WHERE database = {database:String} AND table IN (${tables.map((table) => `'${localName(table, place)}'`).join(', ')})`,
    { database, before: BigInt(Math.ceil((deletedMs + SKEW_MS) / 1_000)) },
  );
  const [masked, old] = [Number(row!.masked), Number(row!.old)];
  if (masked + old === 0) return { gone: true, detail: 'all parts were written anew and the old ones are deleted' };
  return {
    gone: false,
    detail: `${masked} parts are to be written anew and ${old} old ones to be deleted by ClickHouse`,
  };
}

function localName(table: string, { cluster }: Place): string {
  return cluster === undefined ? table : `${table}_local`;
}
