import { limits } from '@tallyspan/facts';

/** Entries that leave together. */
export interface Batch {
  bytes: Uint8Array[];
  entries: number;
}

interface Block {
  memory: Buffer;
  used: number;
  entries: number;
}

const BLOCK_BYTES = 64 * 1024;

/**
 * Encoded spans that wait, strung together in blocks of memory and bounded by bytes. Many small buffers would cost more in garbage
 * collection than the spans themselves.
 */
export class EntryBuffer {
  #blocks: Block[] = [];
  #bytes = 0;
  #entries = 0;

  get entries(): number {
    return this.#entries;
  }

  /** Copies the entry; false when it does not fit. */
  add(entry: Uint8Array): boolean {
    if (this.#bytes + entry.length > limits.exportBufferBytesMax) return false;
    let block = this.#blocks.at(-1);
    if (!block || block.used + entry.length > block.memory.length) {
      block = { memory: Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, entry.length)), used: 0, entries: 0 };
      this.#blocks.push(block);
    }
    block.memory.set(entry, block.used);
    block.used += entry.length;
    block.entries++;
    this.#bytes += entry.length;
    this.#entries++;
    return true;
  }

  /** Takes out the oldest entries, as many whole blocks as one request may hold (at least one). */
  take(): Batch {
    const batch: Batch = { bytes: [], entries: 0 };
    let size = 0;
    while (this.#blocks.length > 0 && (size === 0 || size + this.#blocks[0]!.used <= limits.exportRequestBytesMax)) {
      const { memory, used, entries } = this.#blocks.shift()!;
      batch.bytes.push(memory.subarray(0, used));
      batch.entries += entries;
      size += used;
    }
    return batch;
  }

  /** The batch was settled, one way or the other: its bytes are free again. Until then they count. */
  settle({ bytes, entries }: Batch): void {
    for (const block of bytes) this.#bytes -= block.length;
    this.#entries -= entries;
  }
}
