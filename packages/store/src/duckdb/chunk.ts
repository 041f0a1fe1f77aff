/**
 * Rows on their way into DuckDB, column by column, as DuckDB itself has them in memory. A whole column is handed over at once.
 * https://duckdb.org/docs/stable/clients/c/vector
 *
 *   BIGINT    8 bytes a row
 *   VARCHAR  16 bytes a row: up to 12 bytes of text lie in it …
 *              05 00 00 00  68 65 6c 6c 6f 00 00 00 00 00 00 00        "hello"
 *            … and of longer text its length, its first four bytes, and the address of all of it
 *              18 00 00 00  68 65 6c 6c  00 d0 26 d5 c0 7f 00 00       "hello world this is long"
 *   NULL     a bit of a mask
 *
 * All long texts of a column are given to DuckDB as one, which tells where they lie; the addresses follow from that.
 */
import { DuckDBDataChunk, type DuckDBType, BIGINT, BOOLEAN, DOUBLE, VARCHAR } from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';

export type ChunkType = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN';
export type ChunkValue = string | bigint | number | boolean | undefined;

/** What DuckDB calls its vector size. */
export const chunkRowsMax = duckdb.vector_size();

const types: Record<ChunkType, { type: DuckDBType; make: () => ChunkColumn }> = {
  VARCHAR: { type: VARCHAR, make: () => new TextColumn() },
  BIGINT: { type: BIGINT, make: () => new IntegerColumn() },
  DOUBLE: { type: DOUBLE, make: () => new NumberColumn() },
  BOOLEAN: { type: BOOLEAN, make: () => new FlagColumn() },
};

export class Chunk {
  readonly #chunk: DuckDBDataChunk;
  readonly #columns: ChunkColumn[];

  constructor(columns: readonly ChunkType[]) {
    this.#chunk = DuckDBDataChunk.create(columns.map((name) => types[name].type));
    this.#columns = columns.map((name) => types[name].make());
  }

  column(index: number): ChunkColumn {
    return this.#columns[index]!;
  }

  /** For DuckDB, with so many rows. Every column must have been set in all of them. */
  full(rows: number): DuckDBDataChunk {
    this.#chunk.rowCount = rows;
    for (const [index, column] of this.#columns.entries())
      column.write(duckdb.data_chunk_get_vector(this.#chunk.chunk, index), rows);
    return this.#chunk;
  }

  /** Lets go of the rows, so that others can be set. */
  clear(): void {
    this.#chunk.reset();
    for (const column of this.#columns) column.clear();
  }
}

abstract class ChunkColumn {
  readonly #valid = new Uint8Array(chunkRowsMax / 8).fill(0xff);
  #hasNulls = false;

  /** Once for each row. Undefined is NULL. Throws a RangeError for what does not fit. */
  abstract set(row: number, value: ChunkValue): void;

  protected setNull(row: number): void {
    this.#valid[row >> 3]! &= ~(1 << (row & 7));
    this.#hasNulls = true;
  }

  write(vector: Vector, rows: number): void {
    const { buffer, byteOffset, byteLength } = this.values(vector, rows);
    duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
    if (!this.#hasNulls) return;
    duckdb.vector_ensure_validity_writable(vector);
    // Its words have 64 bits.
    duckdb.copy_data_to_vector_validity(vector, 0, this.#valid.buffer, 0, Math.ceil(rows / 64) * 8);
  }

  protected abstract values(vector: Vector, rows: number): ArrayBufferView;

  clear(): void {
    if (this.#hasNulls) this.#valid.fill(0xff);
    this.#hasNulls = false;
  }
}

class IntegerColumn extends ChunkColumn {
  readonly #values = new BigInt64Array(chunkRowsMax);
  readonly #halves = new Int32Array(this.#values.buffer);

  set(row: number, value: ChunkValue): void {
    if (value === undefined) return this.setNull(row);
    if (typeof value === 'number') {
      this.#halves[row * 2] = value;
      this.#halves[row * 2 + 1] = Math.floor(value / 2 ** 32);
      return;
    }
    this.#values[row] = value as bigint;
    if (this.#values[row] !== value) throw new RangeError(`${value} does not fit into an int64`);
  }

  protected values(_: Vector, rows: number): ArrayBufferView {
    return this.#values.subarray(0, rows);
  }
}

class NumberColumn extends ChunkColumn {
  readonly #values = new Float64Array(chunkRowsMax);

  set(row: number, value: ChunkValue): void {
    if (value === undefined) return this.setNull(row);
    this.#values[row] = value as number;
  }

  protected values(_: Vector, rows: number): ArrayBufferView {
    return this.#values.subarray(0, rows);
  }
}

class FlagColumn extends ChunkColumn {
  readonly #values = new Uint8Array(chunkRowsMax);

  set(row: number, value: ChunkValue): void {
    if (value === undefined) return this.setNull(row);
    this.#values[row] = value === true ? 1 : 0;
  }

  protected values(_: Vector, rows: number): ArrayBufferView {
    return this.#values.subarray(0, rows);
  }
}

/** Bytes of text that need no address. */
const inlineBytes = 12;
const textBytes = 16;
const heapBytesMin = 64 * 1024;
const heapBytesKept = 1024 * 1024;

class TextColumn extends ChunkColumn {
  readonly #bytes = Buffer.alloc(chunkRowsMax * textBytes);
  /** The same, four to a row. */
  readonly #words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, chunkRowsMax * 4);
  /** All long texts, one after the other. */
  #heap = Buffer.alloc(0);
  #heapEnd = 0;
  /** What many rows have, they have one after the other. */
  #lastValue = '';
  #lastRow = -1;

  set(row: number, value: ChunkValue): void {
    if (value === undefined) return this.#empty(row);
    const text = value as string;
    if (this.#lastRow >= 0 && text === this.#lastValue) {
      const from = this.#lastRow * 4;
      const words = this.#words;
      this.#put(row, words[from]!, words[from + 1]!, words[from + 2]!, words[from + 3]!);
      return;
    }
    if (text.length > inlineBytes || !this.#setShort(row, text)) this.#setLong(row, text);
    this.#lastValue = text;
    this.#lastRow = row;
  }

  /** What lies there must be possible text even where it is NULL. */
  #empty(row: number): void {
    this.#put(row, 0, 0, 0, 0);
    this.setNull(row);
  }

  /** One by one: a call to fill or copy so few of them takes longer. */
  #put(row: number, first: number, second: number, third: number, fourth: number): void {
    const words = this.#words;
    const word = row * 4;
    words[word] = first;
    words[word + 1] = second;
    words[word + 2] = third;
    words[word + 3] = fourth;
  }

  /** False for text that is not all ASCII. */
  #setShort(row: number, text: string): boolean {
    const at = row * textBytes;
    this.#put(row, text.length, 0, 0, 0);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[at + 4 + index] = code;
    }
    return true;
  }

  #setLong(row: number, text: string): void {
    // A character of JavaScript takes three bytes at most.
    this.#reserve(text.length * 3);
    const start = this.#heapEnd;
    const bytes = this.#heap.write(text, start, 'utf8');
    this.#put(row, bytes, 0, bytes <= inlineBytes ? 0 : start, 0);
    const lead = bytes <= inlineBytes ? bytes : 4;
    this.#heap.copy(this.#bytes, row * textBytes + 4, start, start + lead);
    if (bytes > inlineBytes) this.#heapEnd += bytes;
  }

  #reserve(bytes: number): void {
    const needed = this.#heapEnd + bytes;
    if (needed <= this.#heap.length) return;
    const larger = Buffer.allocUnsafe(Math.max(heapBytesMin, needed, this.#heap.length * 2));
    this.#heap.copy(larger, 0, 0, this.#heapEnd);
    this.#heap = larger;
  }

  protected values(vector: Vector, rows: number): ArrayBufferView {
    if (this.#heapEnd > 0) this.#point(addressOf(vector, this.#heap.subarray(0, this.#heapEnd)), rows);
    return this.#bytes.subarray(0, rows * textBytes);
  }

  /** Places among the long texts become addresses. */
  #point({ low, high }: { low: number; high: number }, rows: number): void {
    const words = this.#words;
    for (let word = 0; word < rows * 4; word += 4) {
      if (words[word]! <= inlineBytes) continue;
      const address = low + words[word + 2]!;
      words[word + 2] = address;
      words[word + 3] = high + (address >= 2 ** 32 ? 1 : 0);
    }
  }

  override clear(): void {
    super.clear();
    this.#heapEnd = 0;
    this.#lastRow = -1;
    this.#lastValue = '';
    if (this.#heap.length > heapBytesKept) this.#heap = Buffer.alloc(0);
  }
}

/** Gives DuckDB a text of more than twelve bytes, for as long as the vector has its rows, and answers where it lies. */
function addressOf(vector: Vector, text: Buffer): { low: number; high: number } {
  duckdb.vector_assign_string_element_len(vector, 0, text);
  const first = duckdb.vector_get_data(vector, textBytes);
  const view = new DataView(first.buffer, first.byteOffset, textBytes);
  return { low: view.getUint32(8, true), high: view.getUint32(12, true) };
}
