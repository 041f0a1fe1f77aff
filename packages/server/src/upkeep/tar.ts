/**
 * The part of tar (POSIX ustar) that a backup needs: plain files, one after the other, each behind a head of 512 bytes. Any tar reads it.
 * Sizes of 8 GiB and more are written as GNU does, in binary.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const BLOCK = 512;
/** What we pack, and all that we unpack: nothing that leads out of the folder. */
const NAME = /^(?!.*\.\.)[\w.-]+(\/[\w.-]+)*$/;

export async function* packTar(folder: string, names: readonly string[]): AsyncGenerator<Buffer> {
  for (const name of names) {
    const path = join(folder, name);
    const { size } = await stat(path);
    yield head(name, size);
    for await (const piece of createReadStream(path, { end: Math.max(0, size - 1) })) yield piece as Buffer;
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** Writes the files into a folder and syncs them. Throws for what is no such archive, or ends early. Answers their names. */
export async function unpackTar(pieces: AsyncIterable<Uint8Array>, folder: string): Promise<string[]> {
  const names: string[] = [];
  const source = new Source(pieces);
  for (;;) {
    const block = await source.take(BLOCK);
    if (block.every((byte) => byte === 0)) return names;
    const { name, size } = readHead(block);
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      for (let left = size; left > 0;) {
        const piece = await source.some(left);
        await file.writeFile(piece);
        left -= piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await source.take((BLOCK - (size % BLOCK)) % BLOCK);
    names.push(name);
  }
}

function head(name: string, size: number): Buffer {
  if (!NAME.test(name) || name.length > 99) throw new Error(`${JSON.stringify(name)} is no name of ours`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(
    `${Math.floor(Date.now() / 1_000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  );
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function readHead(block: Buffer): { name: string; size: number } {
  const text = (start: number, length: number) =>
    block.toString('latin1', start, start + length).replace(/[\0 ].*$/s, '');
  const name = text(0, 100);
  const isBinary = (block[124]! & 0x80) !== 0;
  const size = isBinary ? Number(block.readBigUInt64BE(128)) : parseInt(text(124, 12), 8);
  const isWhole = parseInt(text(148, 8), 8) === checksum(block);
  if (!isWhole || !NAME.test(name) || !Number.isSafeInteger(size)) throw new Error('it is no backup, or damaged');
  return { name, size };
}

/** The sum of all bytes, with spaces in the place of the sum. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  return sum;
}

/** Pieces of any length as so many bytes. */
class Source {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** At least one byte and at most so many. */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#pieces.next();
      if (done) throw new Error('it ends early');
      this.#rest = Buffer.from(value as Uint8Array);
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = bytes; left > 0;) {
      const piece = await this.some(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }
}
