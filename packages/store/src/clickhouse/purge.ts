/**
 * Makes deleted rows leave the disk. A deletion marks rows in a mask; parts with a mask are written anew without those rows, and the
 * parts they take the place of lie there out of use until ClickHouse deletes them:
 *
 *   masked part ── APPLY DELETED MASK ──► new part, and the masked one out of use ── CLEANUP ──► gone
 *
 * ClickHouse keeps parts that are out of use for eight minutes, and on a quiet server for longer, in case the new ones were only in
 * memory when the power failed. Ours are synced before they count, so ours may go at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError } from '@clickhouse/client';
import type { Purge } from '../upkeep/upkeep.ts';
import type { Connection } from './connection.ts';
import { localTable, onCluster, type Place } from './ddl.ts';
import { tables } from './tables.ts';

/** Parts that came into being so shortly after the deletion are taken for older ones: times of parts are whole seconds. */
const MARGIN_SECONDS = 2;
const LIFETIME_SECONDS = 1;
/** So often a look is taken whether parts are gone, and so many times. */
const LOOK_MS = 250;
const LOOKS = 12;

/** Where logs stand says nothing of anybody. */
const names = tables.map(({ name }) => name).filter((name) => name !== 'positions');

/** Parts that still have what was deleted. */
interface Held {
  /** With masked rows, in use. */
  masked: { table: string; partition: string }[];
  /** Out of use. */
  old: { table: string; parts: number; sinceSeconds: number }[];
}

export async function purgeDeleted(connection: Connection, place: Place, deletedMs: number): Promise<Purge> {
  const look = () => findHeld(connection, place, deletedMs);
  let held = await look();
  for (const { table, partition } of held.masked)
    await connection.change(`${alter(table, place)} APPLY DELETED MASK IN PARTITION ID '${partition}'`, {});
  if (held.masked.length > 0) held = await look();
  const refused = held.old.length === 0 ? undefined : await askToCleanUp(connection, place, held.old);
  for (let looks = 0; held.old.length > 0 && looks < LOOKS && refused === undefined; looks++) {
    await sleep(LOOK_MS);
    held = await look();
  }
  if (held.masked.length + held.old.length === 0)
    return { gone: true, detail: 'all parts were written anew and the old ones are deleted' };
  return { gone: false, detail: detailOf(held, refused) };
}

async function findHeld(connection: Connection, place: Place, deletedMs: number): Promise<Held> {
  const { database, cluster } = place;
  const parts = cluster === undefined ? 'system.parts' : `clusterAllReplicas('${cluster}', system.parts)`;
  // By how long ago it was, as our clock and ClickHouse's may differ.
  const ago = BigInt(Math.floor((Date.now() - deletedMs) / 1_000) - MARGIN_SECONDS);
  const rows = await connection.query(
    `SELECT table, partition_id AS partition, countIf(active) AS masked, countIf(NOT active) AS old,
       toUInt64(greatest(0, dateDiff('second', minIf(remove_time, NOT active), now()))) AS since
     FROM ${parts} WHERE database = {database:String} AND table IN (${names.map((name) => `'${localName(name, place)}'`).join(', ')})
       AND rows > 0 AND (has_lightweight_delete OR (NOT active AND modification_time <= now() - {ago:Int64}))
     GROUP BY table, partition_id`,
    { database, ago },
  );
  const named = rows.map((row) => ({ ...row, table: (row.table as string).replace(/_local$/, '') }) as typeof row);
  const old = new Map<string, Held['old'][number]>();
  for (const row of named) {
    const [table, parts] = [row.table as string, Number(row.old)];
    if (parts === 0) continue;
    const known = old.get(table) ?? { table, parts: 0, sinceSeconds: 0 };
    known.parts += parts;
    known.sinceSeconds = Math.max(known.sinceSeconds, Number(row.since));
    old.set(table, known);
  }
  return {
    masked: named.flatMap(({ table, partition, masked }) =>
      masked === 0n ? [] : [{ table: table as string, partition: partition as string }],
    ),
    old: [...old.values()],
  };
}

/** Answers why ClickHouse does not do it now; it will by itself. */
async function askToCleanUp(connection: Connection, place: Place, old: Held['old']): Promise<string | undefined> {
  try {
    for (const { table } of old)
      await connection.run(`${alter(table, place)} MODIFY SETTING old_parts_lifetime = ${LIFETIME_SECONDS}`);
    // What has just gone out of use must be that old.
    await sleep(LIFETIME_SECONDS * 1_000 + LOOK_MS);
    for (const { table } of old)
      await connection.run(`SYSTEM START CLEANUP${onCluster(place)} ${localTable(table, place)}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof ClickHouseError)) throw error;
    return error.type ?? 'refused';
  }
}

function detailOf({ masked, old }: Held, refused: string | undefined): string {
  const parts = old.reduce((sum, each) => sum + each.parts, 0);
  const since = old.reduce((most, { sinceSeconds }) => Math.max(most, sinceSeconds), 0);
  return [
    ...(masked.length > 0 ? [`parts of ${masked.length} partitions are still to be written anew`] : []),
    ...(parts > 0
      ? [
          `ClickHouse is to delete ${parts} old parts of ${old.map(({ table }) => table).join(', ')}, out of use for ${since} seconds`,
        ]
      : []),
    ...(refused === undefined
      ? []
      : [`it does so by itself after eight minutes, as SYSTEM CLEANUP was refused (${refused})`]),
  ].join('; ');
}

function alter(table: string, place: Place): string {
  return `ALTER TABLE ${localTable(table, place)}${onCluster(place)}`;
}

function localName(table: string, { cluster }: Place): string {
  return cluster === undefined ? table : `${table}_local`;
}
