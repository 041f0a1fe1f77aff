/**
 * Writes protobuf into one growing buffer. Encoding is the largest part of what a span costs in the user's process, so nothing
 * is allocated per field: short ASCII text is copied in a loop (faster than a call into C++), the rest by the runtime.
 */
export class Writer {
  buffer = Buffer.allocUnsafe(16 * 1024);
  length = 0;

  reset(): void {
    this.length = 0;
    // One giant prompt must not keep its memory for ever.
    if (this.buffer.length > 1024 * 1024) this.buffer = Buffer.allocUnsafe(16 * 1024);
  }

  reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    this.reserve(10);
    while (value > 0x7f) {
      this.buffer[this.length++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  /** Any integer as int64: negative numbers take ten bytes, as protobuf has it. */
  int64(value: number): void {
    if (value >= 0) return this.varint(value);
    this.reserve(10);
    let bits = BigInt.asUintN(64, BigInt(value));
    while (bits > 0x7fn) {
      this.buffer[this.length++] = Number(bits & 0x7fn) | 0x80;
      bits >>= 7n;
    }
    this.buffer[this.length++] = Number(bits);
  }

  fixed64(value: bigint): void {
    this.reserve(8);
    this.length = this.buffer.writeBigUInt64LE(value, this.length);
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  /** Unix microseconds as a fixed64 of nanoseconds, without the BigInt that 64 bits would need: `micros = high × 2³² + low`. */
  nanosOfMicros(micros: number): void {
    const low = (micros % TWO_32) * 1000;
    const high = Math.floor(micros / TWO_32) * 1000 + Math.floor(low / TWO_32);
    this.reserve(8);
    this.length = this.buffer.writeUInt32LE(low % TWO_32, this.length);
    this.length = this.buffer.writeUInt32LE(high, this.length);
  }

  bytes(value: Uint8Array): void {
    const size = value.length;
    this.reserve(size);
    if (size <= SHORT) {
      const { buffer } = this;
      const at = this.length;
      for (let index = 0; index < size; index++) buffer[at + index] = value[index]!;
    } else this.buffer.set(value, this.length);
    this.length += size;
  }

  /** Lower-case hex digits as bytes. */
  hex(value: string): void {
    const size = value.length >> 1;
    this.reserve(size);
    for (let index = 0; index < size; index++) {
      this.buffer[this.length++] = (nibble(value.charCodeAt(index * 2)) << 4) | nibble(value.charCodeAt(index * 2 + 1));
    }
  }

  /** Length and UTF-8 text. */
  text(value: string): void {
    const size = value.length;
    if (size < 64) {
      this.reserve(size + 1);
      const { buffer } = this;
      let at = this.length;
      buffer[at++] = size;
      let index = 0;
      for (; index < size; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) break;
        buffer[at++] = code;
      }
      if (index === size) {
        this.length = at;
        return;
      }
    }
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.reserve(bytes);
    this.length += this.buffer.write(value, this.length, 'utf8');
  }

  /** Opens a length-delimited field whose length is not known yet; give the answer to {@link close}. */
  open(tag: number): number {
    this.byte(tag);
    return this.start();
  }

  /** Like {@link open}, when the tag is already written. */
  start(): number {
    this.reserve(1);
    return ++this.length;
  }

  /** Closes the field: writes its length in front, moving the content when it takes more than one byte. */
  close(start: number): void {
    const size = this.length - start;
    if (size < 0x80) {
      this.buffer[start - 1] = size;
      return;
    }
    const extra = varintSize(size) - 1;
    this.reserve(extra);
    this.buffer.copyWithin(start + extra, start, this.length);
    const end = this.length + extra;
    this.length = start - 1;
    this.varint(size);
    this.length = end;
  }

  /** What was written, in the writer's own memory: good until it is used again. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** A copy of what was written since `from`. */
  copy(from: number): Buffer {
    return Buffer.from(this.buffer.subarray(from, this.length));
  }

  /** A copy of all that was written. */
  take(): Buffer {
    return this.copy(0);
  }
}

const TWO_32 = 2 ** 32;
/** Up to here a loop copies faster than a call into the runtime. */
const SHORT = 48;
const nibble = (code: number): number => (code < 58 ? code - 48 : code - 87);

export function varintSize(value: number): number {
  let size = 1;
  for (; value > 0x7f; value = Math.floor(value / 128)) size++;
  return size;
}
