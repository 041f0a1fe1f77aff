import { limits } from '@tallyspan/facts';
import type { Log, LogPosition } from '@tallyspan/store';

/**
 * Bytes that were taken in and are not in the store yet: bodies being read, and the log behind the drain. Over the limit new
 * requests are refused, so that a store that falls behind fills neither the memory nor the disk.
 */
export class Backlog {
  readonly bytesMax: number;
  readonly #log: Pick<Log, 'bytesAfter'>;
  #reading = 0;
  #drained: LogPosition;

  constructor(log: Pick<Log, 'bytesAfter'>, drained: LogPosition, bytesMax: number = limits.ingestBacklogBytesMax) {
    this.#log = log;
    this.#drained = drained;
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#reading + this.#log.bytesAfter(this.#drained);
  }

  /** Whether so many more bytes are too many. */
  full(more: number): boolean {
    return this.bytes + more > this.bytesMax;
  }

  /** Counts a body while it is in memory, and with a negative number when it is gone. */
  reading(bytes: number): void {
    this.#reading += bytes;
  }

  /** Everything up to this position is in the store. */
  drained(position: LogPosition): void {
    this.#drained = position;
  }
}
