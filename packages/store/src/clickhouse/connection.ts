import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClickHouseError, createClient, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client';
import { limits, TallyError } from '@tallyspan/facts';
import { Conditions, type Parameter, type Parameters } from '../conditions.ts';
import type { Row } from '../span-columns.ts';
import type { Address } from './address.ts';
import { RowWriter, writerOf } from './row-binary.ts';

/** What every question needs, whatever the server's own defaults are. */
const readSettings: ClickHouseSettings = {
  // Rows with the same key lie in the same partition, so each can be read on its own, and those that are merged need no comparing.
  do_not_merge_across_partitions_select_final: 1,
  // Otherwise an alias that is called like a column takes its place inside the other expressions.
  prefer_column_name_to_alias: 1,
  join_use_nulls: 1,
  // Integers beyond 2^53 come as text.
  output_format_json_quote_64bit_integers: 1,
};

/** One insert is one block: all of its rows of a day become visible at once, and it returns when they are on disk. */
const insertSettings: ClickHouseSettings = {
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 1,
  max_insert_block_size: '1048576',
  // Senders' clocks may name any day.
  max_partitions_per_insert_block: '0',
  distributed_foreground_insert: 1,
};

/** After so many rows other work of the process gets its turn. */
const rowsPerTurn = 500;

/** A table to insert into, as far as an insert is concerned. */
export interface Insertable<T> {
  table: string;
  columns: readonly { name: string; type: string; of(row: T): unknown }[];
}

/** One ClickHouse over HTTP. */
export class Connection {
  readonly #client: ClickHouseClient;
  readonly #address: Address;
  readonly #msMax: number | undefined;

  constructor(address: Address, shared?: { client: ClickHouseClient; msMax: number }) {
    const { url, username, password, database } = address;
    this.#address = address;
    this.#msMax = shared?.msMax;
    if (shared) {
      this.#client = shared.client;
      return;
    }
    this.#client = createClient({
      url,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      database,
      application: 'tallyspan',
      request_timeout: limits.clickhouseTimeoutMs,
      // Thousands of ids do not fit into a URL.
      use_multipart_params_auto: true,
      // It would print what it throws as well.
      log: { level: 127 },
    });
  }

  /** The same connection for questions that are given up after so long: they reject with `QUERY_TOO_LONG`. */
  within(msMax: number): Connection {
    return new Connection(this.#address, { client: this.#client, msMax });
  }

  /** Runs a statement that answers nothing. It is ours from end to end: values never become text of it. */
  async run(sql: string): Promise<void> {
    await this.#client.command({ query: sql, clickhouse_settings: insertSettings });
  }

  /** Deletes or rewrites rows, and answers when all servers have done it. */
  async change(sql: string, parameters: Parameters): Promise<void> {
    await this.#client.command({
      query: sql,
      query_params: parameters,
      clickhouse_settings: {
        mutations_sync: '2',
        lightweight_deletes_sync: '2',
        // Lists of ids are written as subqueries of constants, which replicated tables take for something that may change.
        allow_nondeterministic_mutations: 1,
      },
    });
  }

  /** Inserts what a question answers. */
  async insertSelect(insert: string, select: string, parameters: Parameters): Promise<void> {
    const result = await this.#client.query({
      query: `${insert} ${select}`,
      query_params: parameters,
      format: 'JSONCompactEachRow',
      clickhouse_settings: { ...readSettings, ...insertSettings },
    });
    await result.text();
  }

  /** Answers the rows of a question. Whole numbers come as bigint, NULL as null. Values are named as `{name:Type}`. */
  async query(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    const [names = [], types = [], ...rows] = await this.#ask(sql, parameters);
    const readers = types.map((type) => readerOf(String(type)));
    return rows.map((row) =>
      Object.fromEntries(row.map((value, index) => [names[index], readers[index]!(value)] as const)),
    );
  }

  async #ask(sql: string, parameters: Parameters): Promise<unknown[][]> {
    const msMax = this.#msMax;
    try {
      const result = await this.#client.query({
        query: sql,
        query_params: parameters,
        format: 'JSONCompactEachRowWithNamesAndTypes',
        clickhouse_settings: {
          ...readSettings,
          ...(msMax !== undefined && { max_execution_time: msMax / 1000, timeout_overflow_mode: 'throw' }),
        },
      });
      return (await result.json()) as unknown[][];
    } catch (error) {
      if (msMax === undefined || !(error instanceof ClickHouseError) || error.type !== 'TIMEOUT_EXCEEDED') throw error;
      throw new TallyError('QUERY_TOO_LONG', { seconds: msMax / 1000 }, error);
    }
  }

  /**
   * Inserts rows as one block. A connection that breaks in the middle leaves open whether they were taken, so they are sent once
   * more under the same token, by which ClickHouse recognises them. Of several inserts with one token the first one counts; without it
   * each has its own.
   */
  async insert<T>({ table, columns }: Insertable<T>, rows: readonly T[], token: string = randomUUID()): Promise<void> {
    const body = await encode(columns, rows);
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const clickhouse_settings = { ...insertSettings, insert_deduplication_token: token };
    const send = async (): Promise<void> => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${table} (${names}) FORMAT RowBinary`,
        values: Readable.from([body], { objectMode: false }),
        clickhouse_settings,
      });
      // The connection is free for others when its answer was read to the end.
      await stream.resume().toArray();
    };
    try {
      await send();
    } catch (error) {
      if (error instanceof ClickHouseError) throw error;
      await send();
    }
  }

  /** Runs `work` and explains why ClickHouse cannot be used when it throws. */
  async explaining<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TallyError) throw error;
      const { url } = this.#address;
      throw new TallyError('CLICKHOUSE_UNUSABLE', { url, reason: reasonOf(error) }, error);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Conditions in ClickHouse's way of naming a value. */
export function conditions(): Conditions {
  return new Conditions((name, value) => `{${name}:${typeOf(value)}}`);
}

function typeOf(value: Parameter): string {
  if (typeof value === 'string') return 'String';
  if (typeof value === 'bigint') return 'Int64';
  return typeof value === 'number' ? 'Float64' : 'Array(String)';
}

async function encode<T>(columns: Insertable<T>['columns'], rows: readonly T[]): Promise<Buffer> {
  const writer = new RowWriter();
  const writes = columns.map(({ type, of }) => ({ of, write: writerOf(type) }));
  for (const [index, row] of rows.entries()) {
    for (const { of, write } of writes) write(writer, of(row));
    if (index % rowsPerTurn === rowsPerTurn - 1) await nextTurn();
  }
  return writer.bytes();
}

function readerOf(type: string): (value: unknown) => unknown {
  if (!/^(Nullable\()?U?Int(64|128|256)\)?$/.test(type)) return (value) => value;
  return (value) => (value === null ? null : BigInt(value as string));
}

/** In one line, and without what ClickHouse says of itself. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 300).replace(/\.?\s*$/, '');
}
