import { limits } from '@tallyspan/facts';
import type { LogPosition, Store } from '../store.ts';
import { addSpans } from './add-spans.ts';
import { replaceSpans } from './replace-spans.ts';
import { damagedWalFiles, fileBytes } from './database.ts';
import { Engine } from './engine.ts';
import { findKin } from './find-kin.ts';
import { sumCosts } from './query-costs.ts';
import { listTraces, readTrace, readTraceSummary } from './query-traces.ts';
import { query } from './query.ts';
import { prepareSchema, readPosition } from './schema.ts';

export interface DuckdbOptions {
  /** The database file. DuckDB keeps its write-ahead log beside it, as `<file>.wal`. */
  file: string;
  /** Memory of the engine. Default `limits.storeMemoryBytesMax`. */
  memoryBytesMax?: number;
  /** Bytes of the write-ahead log at which it is folded into the file. Default `limits.storeWalBytesMax`. */
  walBytesMax?: number;
  /** Stored spans that one batch is settled with. Default `limits.kinSpansMax`. */
  kinSpansMax?: number;
}

export interface DuckdbStore extends Store {
  /**
   * What {@link Store.position} says beyond it is safe from crashes, but lies in DuckDB's write-ahead log: should that be damaged,
   * DuckDB refuses it or, worse, reads only its first part, and what is missing is then read from the ingest log again.
   */
  settledPosition(): LogPosition | undefined;
  /** Names of write-ahead logs that could not be read and lie beside the file as `*.damaged`. */
  damagedFiles(): Promise<string[]>;
}

/** Opens or makes an embedded store. Throws `STORE_LOCKED`, `STORE_UNREADABLE` or `DATA_NOT_WRITABLE`. */
export async function openDuckdbStore(options: DuckdbOptions): Promise<DuckdbStore> {
  const { file, memoryBytesMax = limits.storeMemoryBytesMax, walBytesMax = limits.storeWalBytesMax } = options;
  const { kinSpansMax = limits.kinSpansMax } = options;
  const walFile = `${file}.wal`;
  const walIsEmpty = (await fileBytes(walFile)) === 0;
  const engine = await Engine.open({
    file,
    memoryBytesMax,
    prepare: (connection) => prepareSchema(connection, file),
  });
  let settled: LogPosition | undefined;
  /** Bytes of the write-ahead log at which a checkpoint is tried next. */
  let checkpointAt = walBytesMax;

  async function checkpoint(): Promise<void> {
    checkpointAt = Number.POSITIVE_INFINITY; // one at a time
    const position = await engine.checkpoint(async (connection) => ({ value: await readPosition(connection) }));
    if (position) settled = position.value;
    checkpointAt = (await fileBytes(walFile)) + walBytesMax;
  }
  if (walIsEmpty) settled = await engine.read(readPosition);
  else await checkpoint();

  return {
    async add(spans, position) {
      const answer = await engine.write((connection) => addSpans(connection, spans, position));
      // Not waited for: the next add waits in line behind it.
      if ((await fileBytes(walFile)) >= checkpointAt) void checkpoint();
      return answer;
    },
    kin: (traceIds) => engine.read((connection) => findKin(connection, traceIds, kinSpansMax)),
    replace: (replacements) => engine.write((connection) => replaceSpans(connection, replacements)),
    position: () => engine.read(readPosition),
    traces: (filter, page) => engine.read((connection) => listTraces(connection, filter, page)),
    trace: (traceId) => engine.read((connection) => readTrace(connection, traceId)),
    traceSummary: (traceId) => engine.read((connection) => readTraceSummary(connection, traceId)),
    costs: (by, filter) => engine.read((connection) => sumCosts(connection, by, filter)),
    async stats() {
      const sql = 'SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM traces) AS traces';
      const [row] = await engine.read((connection) => query(connection, sql));
      const bytes = (await fileBytes(file)) + (await fileBytes(walFile));
      return { spans: Number(row!.spans), traces: Number(row!.traces), bytes };
    },
    async close() {
      await checkpoint();
      await engine.close();
    },
    settledPosition: () => settled,
    damagedFiles: () => damagedWalFiles(file),
  };
}
