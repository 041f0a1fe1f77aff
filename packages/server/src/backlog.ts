import { limits } from '@tallyspan/facts';
import type { LogPosition } from '@tallyspan/store';
import { isAfter } from './log-position.ts';

/**
 * Bytes that were taken in and are not in the store yet: bodies being read, and records of the log that the drain has not reached.
 * Over the limit new requests are refused, so that a store that falls behind fills neither the memory nor the disk.
 */
export class Backlog {
  readonly bytesMax: number;
  #reading = 0;
  #logged = 0;
  #records: { position: LogPosition; bytes: number }[] = [];
  #drained: LogPosition | undefined;

  constructor(bytesMax: number = limits.ingestBacklogBytesMax) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#reading + this.#logged;
  }

  /** Whether so many more bytes are too many. */
  full(more: number): boolean {
    return this.bytes + more > this.bytesMax;
  }

  /** Counts a body while it is in memory. */
  reading(bytes: number): void {
    this.#reading += bytes;
  }

  /** Counts a record of the log until the drain has passed it, which may be so already. */
  logged(position: LogPosition, bytes: number): void {
    if (this.#drained && !isAfter(position, this.#drained)) return;
    this.#records.push({ position, bytes });
    this.#logged += bytes;
  }

  /** Everything up to this position is in the store. */
  drained(position: LogPosition): void {
    this.#drained = position;
    this.#records = this.#records.filter((record) => {
      if (isAfter(record.position, position)) return true;
      this.#logged -= record.bytes;
      return false;
    });
  }
}
