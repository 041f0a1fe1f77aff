/** A DuckDB file as something to copy from: everything in the order in which it came, which does not change while nobody writes. */
import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import { hash } from '../clickhouse/run-key.ts';
import { openDatabase } from '../duckdb/database.ts';
import { openDuckdbStore } from '../duckdb/duckdb-store.ts';
import { query } from '../duckdb/query.ts';
import { readPosition } from '../duckdb/schema.ts';
import { runKey } from '../runs.ts';
import { costLowBits, readSpanRow, spanColumns, type Row } from '../span-columns.ts';
import type { LogPosition, StoredSpan } from '../store.ts';
import { longColumns } from '../upkeep/upkeep.ts';
import { readSums, type RunSums, sumsSql, type SumWords, type TenantSums } from './sums.ts';

export interface NumberedRun {
  tenant: string;
  agent: string;
  runId: string;
  number: bigint;
}

/** Spans that lie one after the other, and the row after the last of them. */
export interface SpanBatch {
  spans: StoredSpan[];
  next: number;
}

const words: SumWords = {
  spans: 'spans',
  wide: (value) => `CAST(${value} AS HUGEINT)`,
  hash: (text) => `md5_number_lower(${text})`,
  traceId: 'trace_id',
  spanId: 'span_id',
};

const columns = spanColumns.map(({ name }) => name).join(', ');

/** Nobody else may have it open, or open it meanwhile. What an older version wrote is brought up to date first. Throws as `openDuckdbStore` does. */
export async function openDuckdbSource(file: string): Promise<DuckdbSource> {
  await (await openDuckdbStore({ file })).close();
  const database = await openDatabase(file, limits.storeMemoryBytesMax);
  const connection = await database.instance.connect();
  return new DuckdbSource(connection, () => database.close());
}

export class DuckdbSource {
  readonly #connection: DuckDBConnection;
  readonly #close: () => void;

  constructor(connection: DuckDBConnection, close: () => void) {
    this.#connection = connection;
    this.#close = close;
  }

  close(): void {
    this.#connection.closeSync();
    this.#close();
  }

  /** Up to where the ingest log was read. */
  position(): Promise<LogPosition | undefined> {
    return readPosition(this.#connection);
  }

  /** Changes when anything was written since: rows may lie elsewhere then. */
  async state(): Promise<number> {
    const [row] = await query(this.#connection, 'SELECT count(*) AS spans, max(rowid) AS last FROM spans');
    const text = JSON.stringify([String(row!.spans), String(row!.last), await this.position()]);
    return createHash('sha256').update(text).digest().readUIntBE(0, 6);
  }

  /** From this row on, in batches that the other side takes at once. */
  async *spans(from: number, spansMax: number): AsyncGenerator<SpanBatch> {
    // Rows of a scan come in their order unless somebody turns that off.
    const result = await this.#connection.stream(`SELECT rowid, ${columns} FROM spans WHERE rowid >= ${from}`);
    let batch: SpanBatch = { spans: [], next: from };
    let bytes = 0;
    for await (const rows of result.yieldRowObjectJs()) {
      for (const row of rows as Row[]) {
        const at = Number(row.rowid);
        if (at < batch.next) throw new Error('DuckDB answered rows out of their order');
        batch.spans.push(readSpanRow(row));
        batch.next = at + 1;
        for (const name of longColumns) bytes += (row[name] as string).length;
        if (batch.spans.length < spansMax && bytes < limits.drainBytesMax) continue;
        yield batch;
        [batch, bytes] = [{ spans: [], next: batch.next }, 0];
      }
    }
    if (batch.spans.length > 0) yield batch;
  }

  /** By tenant, agent and number. */
  async *runs(): AsyncGenerator<NumberedRun[]> {
    const sql = 'SELECT tenant, agent, run_id, number FROM runs ORDER BY tenant, agent, number';
    const result = await this.#connection.stream(sql);
    for await (const rows of result.yieldRowObjectJs()) {
      yield (rows as Row[]).map((row) => ({
        ...{ tenant: row.tenant as string, agent: row.agent as string },
        ...{ runId: row.run_id as string, number: BigInt(row.number as bigint) },
      }));
    }
  }

  async sums(): Promise<TenantSums[]> {
    return (await query(this.#connection, sumsSql(words))).map((row) => readSums(row, costLowBits));
  }

  async runSums(): Promise<RunSums> {
    const sums = { runs: 0, digest: 0n };
    for await (const runs of this.runs()) {
      sums.runs += runs.length;
      for (const run of runs) sums.digest += Buffer.from(keyOf(run), 'hex').readBigUInt64LE() * run.number;
    }
    return sums;
  }
}

/** As ClickHouse keeps it. */
export function keyOf({ tenant, agent, runId }: NumberedRun): string {
  return hash(runKey(tenant, agent, runId));
}
