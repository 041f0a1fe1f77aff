import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import type { LogPosition, Questions, Store } from '../store.ts';
import { addSpans } from './add-spans.ts';
import { listDays } from './days.ts';
import { deleteSpans } from './delete-spans.ts';
import { replaceSpans } from './replace-spans.ts';
import { damagedWalFiles, fileBytes } from './database.ts';
import { Engine } from './engine.ts';
import { findKin } from './find-kin.ts';
import { Indexer } from './indexer.ts';
import { sumCosts } from './query-costs.ts';
import { countKeys, countScanners, countValues, groupSpans } from './query-groups.ts';
import { outlineSpans } from './query-outline.ts';
import { listSpans } from './query-spans.ts';
import { listTraces, readTrace, readTraceSummary } from './query-traces.ts';
import { query } from './query.ts';
import { lastBatch, prepareSchema, readPosition } from './schema.ts';

export interface DuckdbOptions {
  /** The database file. DuckDB keeps its write-ahead log beside it, as `<file>.wal`. */
  file: string;
  /** Memory of the engine. Default `limits.storeMemoryBytesMax`. */
  memoryBytesMax?: number;
  /** Bytes of the write-ahead log at which it is folded into the file. Default `limits.storeWalBytesMax`. */
  walBytesMax?: number;
  /** Stored spans that one batch is settled with. Default `limits.kinSpansMax`. */
  kinSpansMax?: number;
  /** Spans of a block of the index that searches look into. Default `limits.storeBlockSpans`. */
  blockSpans?: number;
}

export interface DuckdbStore extends Store {
  /**
   * What {@link Store.position} says beyond it is safe from crashes, but lies in DuckDB's write-ahead log: should that be damaged,
   * DuckDB refuses it or, worse, reads only its first part, and what is missing is then read from the ingest log again.
   */
  settledPosition(): LogPosition | undefined;
  /** Copies the file as it is at one moment, with everything folded into it. Nothing is added meanwhile. */
  copyFile(copy: (file: string) => Promise<void>): Promise<void>;
  /** Waits until searches have their index, which else is written in the background. */
  indexed(): Promise<void>;
  /** Names of write-ahead logs that could not be read and lie beside the file as `*.damaged`. */
  damagedFiles(): Promise<string[]>;
}

/** Opens or makes an embedded store. Throws `STORE_LOCKED`, `STORE_UNREADABLE` or `DATA_NOT_WRITABLE`. */
export async function openDuckdbStore(options: DuckdbOptions): Promise<DuckdbStore> {
  const { file, memoryBytesMax = limits.storeMemoryBytesMax, walBytesMax = limits.storeWalBytesMax } = options;
  const { kinSpansMax = limits.kinSpansMax, blockSpans = limits.storeBlockSpans } = options;
  const walFile = `${file}.wal`;
  const walIsEmpty = (await fileBytes(walFile)) === 0;
  const engine = await Engine.open({
    file,
    memoryBytesMax,
    prepare: (connection) => prepareSchema(connection, file),
  });
  let settled: LogPosition | undefined;
  let batch = await engine.read(lastBatch);
  /** Bytes of the write-ahead log at which a checkpoint is tried next. */
  let checkpointAt = walBytesMax;

  /** How many deletions there were, and how many of them before the file was last written anew. */
  let deletions = 0;
  let purged: number | undefined;

  const indexer = new Indexer(engine, blockSpans);

  async function checkpoint(): Promise<void> {
    checkpointAt = Number.POSITIVE_INFINITY; // one at a time
    const position = await engine.checkpoint(async (connection) => ({ value: await readPosition(connection) }));
    if (position) settled = position.value;
    checkpointAt = (await fileBytes(walFile)) + walBytesMax;
  }
  if (walIsEmpty) settled = await engine.read(readPosition);
  else await checkpoint();

  return {
    async add(spans, position, onNew) {
      const { fresh, ...answer } = await engine.write((connection) =>
        addSpans(connection, spans, position, (batch += 1n)),
      );
      onNew?.(fresh);
      indexer.came(answer.added);
      // Not waited for: the next add waits in line behind it.
      if ((await fileBytes(walFile)) >= checkpointAt) void checkpoint();
      return answer;
    },
    kin: (traceIds) => engine.read((connection) => findKin(connection, traceIds, kinSpansMax)),
    replace: (replacements) => engine.write((connection) => replaceSpans(connection, replacements, (batch += 1n))),
    position: () => engine.read(readPosition),
    ...questions((work) => engine.read(work)),
    within: (msMax) => questions((work) => engine.read(work, msMax)),
    async deleteSpans(filter) {
      const deletion = await engine.write((connection) => deleteSpans(connection, filter));
      deletions += 1;
      indexer.came(deletion.spans);
      return deletion;
    },
    async purge() {
      // Several deletions are worth one copy.
      if (purged !== deletions) {
        const before = deletions;
        settled = await engine.rewrite(readPosition);
        purged = before;
      }
      return { gone: true, detail: 'the file was written anew without what was deleted' };
    },
    days: (withBytes) => engine.read((connection) => listDays(connection, withBytes)),
    async stats() {
      const sql =
        'SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM traces WHERE is_whole) AS traces';
      const [row] = await engine.read((connection) => query(connection, sql));
      const bytes = (await fileBytes(file)) + (await fileBytes(walFile));
      return { spans: Number(row!.spans), traces: Number(row!.traces), bytes };
    },
    async close() {
      await indexer.close();
      await checkpoint();
      await engine.close();
    },
    settledPosition: () => settled,
    async copyFile(copy) {
      settled = await engine.copyFile(readPosition, copy);
    },
    indexed: () => indexer.finish(),
    damagedFiles: () => damagedWalFiles(file),
  };
}

function questions(
  read: <Answer>(work: (connection: DuckDBConnection) => Promise<Answer>) => Promise<Answer>,
): Questions {
  return {
    traces: (filter, page) => read((connection) => listTraces(connection, filter, page)),
    trace: (traceId, tenant) => read((connection) => readTrace(connection, traceId, tenant)),
    traceSummary: (traceId, tenant) => read((connection) => readTraceSummary(connection, traceId, tenant)),
    costs: (by, filter) => read((connection) => sumCosts(connection, by, filter)),
    spans: (filter, page) => read((connection) => listSpans(connection, filter, page)),
    outline: (filter) => read((connection) => outlineSpans(connection, filter)),
    groups: (question) => read((connection) => groupSpans(connection, question)),
    values: (of, prefix, filter, limit) => read((connection) => countValues(connection, of, prefix, filter, limit)),
    attributeKeys: (of, prefix, filter, limit) =>
      read((connection) => countKeys(connection, of, prefix, filter, limit)),
    scanners: (filter, limit) => read((connection) => countScanners(connection, filter, limit)),
  };
}
