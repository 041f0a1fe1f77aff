/** The tables as statements: on one server, or on each server of a cluster with a table in front that spreads the rows. */
import { filledColumns } from './columns.ts';
import { tables, versionTable, type Table } from './tables.ts';

export interface Place {
  database: string;
  /** A cluster of the server's configuration; its servers have the macros `shard` and `replica`. */
  cluster?: string;
}

/** Identifiers become text of statements, so they are plain: `tallyspan`, `my-cluster`. */
export const plainName = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/**
 * What ClickHouse leaves to the operating system by default: a power cut then loses what was acknowledged, or the whole table.
 * A part that is just inserted has all columns in one file, so there is one to sync and not two hundred.
 */
const settings = [
  'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1',
  `min_bytes_for_wide_part = ${256 * 1024 ** 2}`,
].join(', ');
/** For a batch that is sent again because its answer got lost on the way. Replicated tables remember batches by themselves. */
const singleServerSettings = `${settings}, non_replicated_deduplication_window = 1000`;

export function createDatabase(place: Place): string {
  return `CREATE DATABASE IF NOT EXISTS ${quote(place.database)}${onCluster(place)}`;
}

/** In this order; running them again changes nothing. */
export function createTables(place: Place): string[] {
  return tables.flatMap((table) => createTable(table, place));
}

export function createVersionTable(place: Place): string[] {
  return createTable(versionTable, place);
}

/** Columns that the table of spans did not have from the begin. */
export function addLaterColumns(place: Place): string[] {
  const names = place.cluster === undefined ? ['spans'] : ['spans_local', 'spans'];
  const added = filledColumns
    .filter(({ isLater }) => isLater)
    .map((column) => `ADD COLUMN IF NOT EXISTS ${define(column)}`);
  return names.map((name) => `ALTER TABLE ${quote(place.database)}.${name}${onCluster(place)} ${added.join(', ')}`);
}

export function dropTable(name: string, place: Place): string[] {
  const names = place.cluster === undefined ? [name] : [name, `${name}_local`];
  return names.map((each) => `DROP TABLE IF EXISTS ${quote(place.database)}.${each}${onCluster(place)}`);
}

export function createTable(table: Table, place: Place): string[] {
  const { name, columns, engine = 'MergeTree', version, key, partition, index, shard } = table;
  const { database, cluster } = place;
  const arrange = `${partition === undefined ? '' : ` PARTITION BY ${partition}`} ORDER BY (${key})`;
  const body = [...columns.map(define), ...(index === undefined ? [] : [index])].join(', ');
  if (cluster === undefined) {
    return [
      `CREATE TABLE IF NOT EXISTS ${quote(database)}.${name} (${body})
       ENGINE = ${engine}(${version ?? ''})${arrange} SETTINGS ${singleServerSettings}`,
    ];
  }
  const path = `'/clickhouse/tables/{shard}/${database}/${name}', '{replica}'`;
  return [
    `CREATE TABLE IF NOT EXISTS ${quote(database)}.${name}_local${onCluster(place)} (${body})
     ENGINE = Replicated${engine}(${[path, version].filter(Boolean).join(', ')})${arrange} SETTINGS ${settings}`,
    `CREATE TABLE IF NOT EXISTS ${quote(database)}.${name}${onCluster(place)} AS ${quote(database)}.${name}_local
     ENGINE = Distributed(${quote(cluster)}, ${quote(database)}, ${name}_local, ${shard})`,
  ];
}

/** Where rows lie: what deletes them goes past the table in front. */
export function localTable(name: string, { database, cluster }: Place): string {
  return `${quote(database)}.${cluster === undefined ? name : `${name}_local`}`;
}

function define({ name, type, codec, default: value }: Table['columns'][number]): string {
  const parts = [`"${name}"`, type];
  if (value !== undefined) parts.push(`DEFAULT ${value}`);
  if (codec !== undefined) parts.push(`CODEC(${codec})`);
  return parts.join(' ');
}

export function onCluster({ cluster }: Place): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quote(cluster)}`;
}

function quote(name: string): string {
  return `\`${name}\``;
}
