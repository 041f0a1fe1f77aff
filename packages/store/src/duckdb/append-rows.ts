import type { DuckDBConnection } from '@duckdb/node-api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Chunk, chunkRowsMax, type ChunkType, type ChunkValue } from './chunk.ts';

/** A column of a table, and what it says of each item. Undefined becomes NULL. */
export interface ItemColumn<Item> {
  type: ChunkType;
  /** For text that may be long. */
  compression?: 'zstd';
  of(item: Item): ChunkValue;
}

/** About how much text a chunk may have: some spans carry whole conversations. */
const chunkCharsMax = 4 * 1024 * 1024;

/**
 * Appends a row for each item, a chunk of columns at a time: a call into DuckDB for each value takes twice as long as everything else.
 * After each chunk other work of the process gets its turn, as this happens on its main thread.
 */
export async function appendRows<Item>(
  connection: DuckDBConnection,
  table: string,
  columns: readonly ItemColumn<Item>[],
  items: readonly Item[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  const chunk = new Chunk(columns.map(({ type }) => type));
  try {
    for (let from = 0; from < items.length;) {
      if (from > 0) await nextTurn();
      const rows = fill(chunk, columns, items, from);
      appender.appendDataChunk(chunk.full(rows));
      appender.flushSync();
      chunk.clear();
      from += rows;
    }
    appender.closeSync();
  } catch (error) {
    // What it still holds would be written when it is collected, in whatever transaction there is then.
    appender.clear();
    throw error;
  } finally {
    chunk.clear();
  }
}

/** Answers how many items fitted. */
function fill<Item>(chunk: Chunk, columns: readonly ItemColumn<Item>[], items: readonly Item[], from: number): number {
  let rows = Math.min(chunkRowsMax, items.length - from);
  let chars = 0;
  // Long text decides how many rows there are, so it comes first and row by row.
  const long = columns.flatMap(({ compression, of }, column) =>
    compression ? [{ of, target: chunk.column(column) }] : [],
  );
  for (let row = 0; row < rows; row++) {
    for (const { of, target } of long) {
      const value = of(items[from + row]!);
      target.set(row, value);
      if (typeof value === 'string') chars += value.length;
    }
    if (chars >= chunkCharsMax) rows = row + 1;
  }
  for (const [index, { compression, of }] of columns.entries()) {
    if (compression) continue;
    const target = chunk.column(index);
    for (let row = 0; row < rows; row++) target.set(row, of(items[from + row]!));
  }
  return rows;
}
