import type { FileHandle } from 'node:fs/promises';

const windowBytes = 1024 * 1024;
const pieceBytes = 4096;

/**
 * Reads a file from front to back in large steps. What it hands out stays as it is: each step has a buffer of its own.
 * What the disk cannot read comes as zeros, which no checksum accepts.
 */
export class FileWindow {
  readonly end: number;
  readonly #file: FileHandle;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.end = end;
  }

  /** The bytes at `offset`; fewer only where the file ends. */
  async view(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.end - offset));
    if (offset < this.#start || offset + wanted > this.#start + this.#bytes.length) {
      this.#bytes = await this.#read(offset, Math.min(Math.max(wanted, windowBytes), this.end - offset));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + wanted);
  }

  /** Where `needle` stands next, at or after `offset`; undefined when it does not. */
  async find(needle: Buffer, offset: number): Promise<number | undefined> {
    while (offset + needle.length <= this.end) {
      const at = offset - this.#start;
      const inHand = at >= 0 ? this.#bytes.length - at : 0;
      const bytes = await this.view(offset, inHand >= needle.length ? inHand : windowBytes);
      const index = bytes.indexOf(needle);
      if (index >= 0) return offset + index;
      offset += Math.max(1, bytes.length - needle.length + 1);
    }
    return undefined;
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.max(0, length));
    try {
      await this.#readInto(bytes, offset);
    } catch {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        await this.#readInto(piece, offset + at).catch(() => piece.fill(0));
      }
    }
    return bytes;
  }

  async #readInto(bytes: Buffer, offset: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, offset + done);
      if (bytesRead === 0) return; // shorter than it was; the rest stays zero
      done += bytesRead;
    }
  }
}
