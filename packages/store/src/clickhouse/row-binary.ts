/**
 * ClickHouse's format RowBinary: values one after the other without names, lengths as variable-length integers, numbers in little
 * endian. https://clickhouse.com/docs/interfaces/formats/RowBinary
 *
 *   Nullable(String) 'hi'   00 02 68 69
 *   Nullable(String) null   01
 */
export class RowWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(bytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(bytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written. The writer must not be used any more. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** A safe integer where it is a number. Throws a RangeError when it does not fit into 64 bits. */
  int64(value: bigint | number): void {
    this.#reserve(8);
    if (typeof value === 'bigint') this.#length = this.#buffer.writeBigInt64LE(value, this.#length);
    else {
      this.#buffer.writeInt32LE(value | 0, this.#length);
      this.#length = this.#buffer.writeInt32LE(Math.floor(value / 2 ** 32), this.#length + 4);
    }
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  size(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  string(value: string): void {
    // A character takes at most three bytes, so the length of a short text fits into one byte that can be filled in afterwards.
    if (value.length <= 42) {
      this.#reserve(1 + value.length * 3);
      const written = this.#buffer.write(value, this.#length + 1, 'utf8');
      this.#buffer[this.#length] = written;
      this.#length += 1 + written;
      return;
    }
    const bytes = Buffer.byteLength(value, 'utf8');
    this.size(bytes);
    this.#reserve(bytes);
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
  }

  /** Bytes given in hex; nothing at all is all zeros. Throws a RangeError for anything else than so many bytes. */
  hex(value: string, bytes: number): void {
    this.#reserve(bytes);
    const end = this.#length + bytes;
    if (value === '') this.#buffer.fill(0, this.#length, end);
    else if (value.length !== bytes * 2 || this.#buffer.write(value, this.#length, 'hex') !== bytes)
      throw new RangeError(`${JSON.stringify(value)} is not ${bytes} bytes in hex`);
    this.#length = end;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

type Write = (writer: RowWriter, value: unknown) => void;

const simple: Record<string, Write> = {
  String: (writer, value) => writer.string(value as string),
  Int64: (writer, value) => writer.int64(value as bigint | number),
  Float64: (writer, value) => writer.float64(value as number),
  Bool: (writer, value) => writer.byte(value === true ? 1 : 0),
};

/** How values of this type are written; undefined is NULL. Throws for a type that none of our tables has. */
export function writerOf(type: string): Write {
  const [, outer, inner = ''] = /^(\w+)\((.*)\)$/.exec(type) ?? [];
  if (outer === 'LowCardinality') return writerOf(inner);
  // `SimpleAggregateFunction(min, Int64)` is what it is made of.
  if (outer === 'SimpleAggregateFunction') return writerOf(inner.slice(inner.indexOf(', ') + 2));
  if (outer === 'Nullable') {
    const write = writerOf(inner);
    return (writer, value) => {
      writer.byte(value === undefined ? 1 : 0);
      if (value !== undefined) write(writer, value);
    };
  }
  if (outer === 'FixedString') return (writer, value) => writer.hex(value as string, Number(inner));
  const write = simple[type];
  if (!write) throw new TypeError(`nothing writes ${type}`);
  return write;
}
