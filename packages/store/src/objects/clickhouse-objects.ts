/**
 * Objects in ClickHouse, shared by all servers that store there. Each change is a row with the next number; the highest number of an
 * id counts, and a deletion is a row as well.
 *
 *   kind    id       number   body        gone   writer
 *   keys    k_4f…    1        {"hash":…}  false  9b1d…    of two servers that write number 2 at once one is taken: both send it under the
 *   keys    k_4f…    2        {"hash":…}  false  77aa…    same deduplication token, and each looks afterwards whose it is
 *
 * What was read is kept for `limits.objectsStaleMsMax`: so long another server's change may go unseen.
 */
import { randomUUID } from 'node:crypto';
import { limits, TallyError } from '@tallyspan/facts';
import { type Address, checkName, readAddress } from '../clickhouse/address.ts';
import { Connection } from '../clickhouse/connection.ts';
import { createDatabase, createTable, type Place } from '../clickhouse/ddl.ts';
import type { Table } from '../clickhouse/tables.ts';
import type { Objects, StoredObject } from './objects.ts';

export interface ClickhouseObjectsOptions {
  /** `clickhouse://user:password@host:8123/database` */
  url: string;
  /** A cluster of the server's configuration, on all of whose servers the table is made. */
  cluster?: string;
}

/** One change. */
interface Change {
  kind: string;
  id: string;
  /** JSON; empty when it is gone. */
  body: string;
  number: number;
  /** Unix milliseconds. */
  changedAt: number;
  gone: boolean;
  /** Who wrote it: random for each change. */
  writer: string;
}

const columns = [
  { name: 'kind', type: 'LowCardinality(String)', of: ({ kind }: Change) => kind },
  { name: 'id', type: 'String', of: ({ id }: Change) => id },
  { name: 'body', type: 'String', of: ({ body }: Change) => body },
  { name: 'number', type: 'Int64', of: ({ number }: Change) => BigInt(number) },
  { name: 'changed_ms', type: 'Int64', of: ({ changedAt }: Change) => BigInt(changedAt) },
  { name: 'gone', type: 'Bool', of: ({ gone }: Change) => gone },
  { name: 'writer', type: 'String', of: ({ writer }: Change) => writer },
];

const table: Table = {
  name: 'objects',
  columns: [
    ...columns.map(({ name, type }) => ({ name, type })),
    // The engine wants a version to have no sign.
    { name: 'version', type: 'UInt64', default: 'toUInt64(number)' },
  ],
  engine: 'ReplacingMergeTree',
  version: 'version',
  key: 'kind, id',
  shard: 'cityHash64(kind, id)',
};

/** Something that is not there is looked for again, but not more often than this: another server may have put it there just now. */
const MISSING_MS = 50;

/** Makes the table when it is missing. Throws BAD_OPTION or CLICKHOUSE_UNUSABLE. */
export async function openClickhouseObjects({ url, cluster }: ClickhouseObjectsOptions): Promise<ClickhouseObjects> {
  const address = readAddress(url);
  if (cluster !== undefined) checkName('--cluster', cluster, 'cluster');
  await makeTable(address, { database: address.database, ...(cluster !== undefined && { cluster }) });
  return new ClickhouseObjects(new Connection(address));
}

async function makeTable(address: Address, place: Place): Promise<void> {
  // Before our database is there one can only ask in another.
  const server = new Connection({ ...address, database: 'default' });
  try {
    await server.explaining(async () => {
      const there = await server.query(
        'SELECT count() AS "count" FROM system.tables WHERE database = {database:String} AND name = {table:String}',
        { database: place.database, table: table.name },
      );
      if (there[0]!.count !== 0n) return;
      for (const statement of [createDatabase(place), ...createTable(table, place)]) await server.run(statement);
    });
  } finally {
    await server.close();
  }
}

type Kind = Map<string, StoredObject>;

interface Loaded {
  /** When it was asked for, by the clock that only goes forward. */
  at: number;
  objects: Promise<Kind>;
}

export class ClickhouseObjects implements Objects {
  readonly #connection: Connection;
  readonly #loaded = new Map<string, Loaded>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async list<Body>(kind: string): Promise<StoredObject<Body>[]> {
    const all = [...(await this.#kind(kind, limits.objectsStaleMsMax)).values()] as StoredObject<Body>[];
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async get<Body>(kind: string, id: string): Promise<StoredObject<Body> | undefined> {
    const known = (await this.#kind(kind, limits.objectsStaleMsMax)).get(id);
    return (known ?? (await this.#kind(kind, MISSING_MS)).get(id)) as StoredObject<Body> | undefined;
  }

  async put<Body>(kind: string, id: string, body: Body, expected?: number): Promise<StoredObject<Body>> {
    const change = await this.#change({ kind, id, body: JSON.stringify(body), gone: false }, (now) => {
      const version = now?.gone === false ? now.number : 0;
      if (expected !== undefined && expected !== version) throw new TallyError('OBJECT_CHANGED', { kind, id });
    });
    if (change.taken) return { id, body, version: change.number, changedAt: change.changedAt };
    if (expected !== undefined) throw new TallyError('OBJECT_CHANGED', { kind, id });
    return this.put(kind, id, body);
  }

  async delete(kind: string, id: string): Promise<boolean> {
    let there = false;
    const change = await this.#change({ kind, id, body: '', gone: true }, (now) => {
      there = now?.gone === false;
      return there;
    });
    return there && (change.taken || this.delete(kind, id));
  }

  /** Puts an object there as it was elsewhere, with its version; unless there is one of that version or a later one, or was. */
  async adopt(kind: string, { id, body, version, changedAt }: StoredObject): Promise<void> {
    if (((await this.#newest(kind, id))?.number ?? 0) >= version) return;
    await this.#write({ kind, id, body: JSON.stringify(body), number: version, changedAt, gone: false });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Writes the next number of an id, unless `check` answers false or throws. `taken` says whether nobody else was faster. */
  async #change(
    wanted: Pick<Change, 'kind' | 'id' | 'body' | 'gone'>,
    check: (now: Pick<Change, 'number' | 'gone'> | undefined) => boolean | void,
  ): Promise<{ number: number; changedAt: number; taken: boolean }> {
    const { kind, id } = wanted;
    const now = await this.#newest(kind, id);
    const number = (now?.number ?? 0) + 1;
    const changedAt = Date.now();
    if (check(now) === false) return { number, changedAt, taken: false };
    const writer = await this.#write({ ...wanted, number, changedAt });
    const after = await this.#newest(kind, id);
    return { number, changedAt, taken: after?.writer === writer };
  }

  /** Of several with one number the first one is taken. Answers who wrote this one. */
  async #write(wanted: Omit<Change, 'writer'>): Promise<string> {
    const change: Change = { ...wanted, writer: randomUUID() };
    const token = JSON.stringify([change.kind, change.id, change.number]);
    try {
      await this.#connection.explaining(() => this.#connection.insert({ table: table.name, columns }, [change], token));
    } finally {
      this.#loaded.delete(change.kind);
    }
    return change.writer;
  }

  /** Past everything that is kept here. */
  async #newest(kind: string, id: string): Promise<Pick<Change, 'number' | 'gone' | 'writer'> | undefined> {
    const sql = `SELECT number, gone, writer FROM ${table.name} FINAL WHERE kind = {kind:String} AND id = {id:String}`;
    const [row] = await this.#connection.explaining(() => this.#connection.query(sql, { kind, id }));
    return row && { number: Number(row.number), gone: row.gone as boolean, writer: row.writer as string };
  }

  /** All of a kind, not older than so many milliseconds. Those who ask at once ask together. */
  #kind(kind: string, msMax: number): Promise<Kind> {
    const at = performance.now();
    const known = this.#loaded.get(kind);
    if (known !== undefined && at - known.at <= msMax) return known.objects;
    const loaded: Loaded = { at, objects: this.#load(kind) };
    this.#loaded.set(kind, loaded);
    loaded.objects.catch(() => {
      if (this.#loaded.get(kind) === loaded) this.#loaded.delete(kind);
    });
    return loaded.objects;
  }

  async #load(kind: string): Promise<Kind> {
    const sql = `SELECT id, body, number, changed_ms FROM ${table.name} FINAL WHERE kind = {kind:String} AND NOT gone`;
    const rows = await this.#connection.explaining(() => this.#connection.query(sql, { kind }));
    return new Map(
      rows.map((row) => {
        const id = row.id as string;
        const body: unknown = JSON.parse(row.body as string);
        return [id, { id, body, version: Number(row.number), changedAt: Number(row.changed_ms) }];
      }),
    );
  }
}
