/** A database in ClickHouse as something to copy into. How far a copy is lies there as well, beside where the servers' logs stand. */
import { readAddress } from '../clickhouse/address.ts';
import { openClickhouseStore } from '../clickhouse/clickhouse-store.ts';
import { Connection } from '../clickhouse/connection.ts';
import { numberedRuns } from '../clickhouse/number-runs.ts';
import { Position } from '../clickhouse/position.ts';
import { costLowBits } from '../span-columns.ts';
import type { LogPosition, Store, StoredSpan } from '../store.ts';
import { keyOf, type NumberedRun } from './duckdb-source.ts';
import { readSums, type RunSums, sumsSql, type SumWords, type TenantSums } from './sums.ts';

export interface TargetAddress {
  /** `clickhouse://user:password@host:8123/database` */
  url: string;
  /** A cluster of its configuration, on all of whose servers tables are made. */
  cluster?: string;
}

const words: SumWords = {
  spans: 'spans FINAL WHERE NOT gone',
  wide: (value) => `toInt128(${value})`,
  // Its last eight bytes, the first of them the lowest.
  hash: (text) => `reinterpretAsUInt64(substring(MD5(${text}), 9, 8))`,
  traceId: 'lower(hex(trace_id))',
  spanId: 'lower(hex(span_id))',
};

/**
 * Runs are numbered by when they came, so the time of those that are copied is their number: in nanoseconds after 1970, before
 * everything that comes by itself.
 */
const runColumns = [
  { name: 'run_key', type: 'FixedString(16)', of: keyOf },
  { name: 'tenant', type: 'String', of: ({ tenant }: NumberedRun) => tenant },
  { name: 'agent', type: 'String', of: ({ agent }: NumberedRun) => agent },
  { name: 'run_id', type: 'String', of: ({ runId }: NumberedRun) => runId },
  { name: 'start_nanos', type: 'Int64', of: () => 0n },
  { name: 'arrived', type: 'Int64', of: ({ number }: NumberedRun) => number },
];

/** Makes what is missing there. Throws BAD_OPTION or CLICKHOUSE_UNUSABLE. */
export async function openClickhouseTarget(address: TargetAddress, copyName: string): Promise<ClickhouseTarget> {
  const store = await openClickhouseStore(address);
  return new ClickhouseTarget(store, new Connection(readAddress(address.url)), copyName);
}

/** How many spans are there, without making anything. Throws BAD_OPTION or CLICKHOUSE_UNUSABLE. */
export async function lookAtClickhouse({ url }: TargetAddress): Promise<number> {
  const address = readAddress(url);
  const server = new Connection({ ...address, database: 'default' });
  const connection = new Connection(address);
  try {
    return await server.explaining(async () => {
      const [there] = await server.query(
        `SELECT count() AS "count" FROM system.tables WHERE database = {database:String} AND name = 'spans'`,
        { database: address.database },
      );
      if (there!.count === 0n) return 0;
      const [row] = await connection.query('SELECT count() AS spans FROM spans');
      return Number(row!.spans);
    });
  } finally {
    await Promise.all([server.close(), connection.close()]);
  }
}

export class ClickhouseTarget {
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #place: Position;

  constructor(store: Store, connection: Connection, copyName: string) {
    this.#store = store;
    this.#connection = connection;
    this.#place = new Position(connection, copyName);
  }

  async close(): Promise<void> {
    await Promise.all([this.#store.close(), this.#connection.close()]);
  }

  async isEmpty(): Promise<boolean> {
    const [row] = await this.#connection.query('SELECT count() AS spans FROM spans');
    return row!.spans === 0n;
  }

  /** How far this copy is: the source's state and its next row. */
  async place(): Promise<{ state: number; next: number } | undefined> {
    const place = await this.#place.read();
    return place && { state: place.segment, next: place.offset };
  }

  remember({ state, next }: { state: number; next: number }): Promise<void> {
    return this.#place.write({ segment: state, offset: next });
  }

  /** What is there already is left out. They are on disk when it resolves. */
  async addSpans(spans: readonly StoredSpan[]): Promise<void> {
    await this.#store.add(spans);
  }

  /** Gives runs the numbers they had, also where they have others already. */
  addRuns(runs: readonly NumberedRun[]): Promise<void> {
    return this.#connection.insert({ table: 'runs', columns: runColumns }, runs);
  }

  /** Where the ingest log of a server stands that goes on here, unless it did so already. */
  async takeOver(replica: string, position: LogPosition): Promise<void> {
    const place = new Position(this.#connection, replica);
    if ((await place.read()) === undefined) await place.write(position);
  }

  async sums(): Promise<TenantSums[]> {
    return (await this.#connection.query(sumsSql(words))).map((row) => readSums(row, costLowBits));
  }

  async runSums(): Promise<RunSums> {
    const digest = 'sum(toInt128(reinterpretAsUInt64(substring(run_key, 1, 8))) * toInt128(number))';
    const [row] = await this.#connection.query(
      `SELECT count() AS runs, ${digest} AS digest FROM (${numberedRuns('true')})`,
    );
    return { runs: Number(row!.runs), digest: row!.digest as bigint };
  }
}
