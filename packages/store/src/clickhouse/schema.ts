import { TallyError } from '@tallyspan/facts';
import type { Connection } from './connection.ts';
import { addLaterColumns, createDatabase, createTables, createVersionTable, dropTable, type Place } from './ddl.ts';
import { summariseAll } from './summarise-traces.ts';

/** What each version adds; a step may run twice, when two replicas of the server start at once. */
const migrations: readonly {
  version: number;
  statements(place: Place): string[];
  fill?(connection: Connection): Promise<void>;
}[] = [
  { version: 1, statements: createTables },
  // Summaries are of a tenant's spans now, and some facts have a column.
  {
    version: 2,
    statements: (place) => [...addLaterColumns(place), ...createTables(place), ...dropTable('traces', place)],
    fill: summariseAll,
  },
];
export const newestSchema = migrations.at(-1)!.version;

/** Makes what is missing. Throws CLICKHOUSE_UNUSABLE for what a newer Tallyspan wrote, and changes nothing in it. */
export async function prepareSchema(
  connection: Connection,
  server: Connection,
  place: Place,
  url: string,
): Promise<void> {
  const has = await server.query(
    'SELECT count() AS "count" FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    { database: place.database, table: 'schema_version' },
  );
  if (has[0]!.count === 0n) {
    for (const statement of [createDatabase(place), ...createVersionTable(place)]) await server.run(statement);
  }
  const [row] = await connection.query('SELECT max(version) AS "version" FROM schema_version');
  const version = Number(row!.version);
  if (version > newestSchema) {
    const reason = `its database ${place.database} has schema ${version} and this version reads ${newestSchema}`;
    throw new TallyError('CLICKHOUSE_UNUSABLE', { url, reason });
  }
  for (const migration of migrations.filter((each) => each.version > version)) {
    for (const statement of migration.statements(place)) await connection.run(statement);
    await migration.fill?.(connection);
    const columns = [{ name: 'version', type: 'Int64', of: () => BigInt(migration.version) }];
    await connection.insert({ table: 'schema_version', columns }, [migration]);
  }
}
