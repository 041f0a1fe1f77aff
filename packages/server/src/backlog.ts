import { limits } from '@tallyspan/facts';
import { comparePositions, type Log, type LogPosition } from '@tallyspan/store';

/**
 * Bytes that were taken in and are not in the store yet: bodies being read, and the log behind the drain. Over the limit new
 * requests are refused, so that a store that falls behind fills neither the memory nor the disk.
 */
export class Backlog {
  readonly bytesMax: number;
  readonly #log: Pick<Log, 'bytesAfter'>;
  #reading = 0;
  #drained: LogPosition;
  /** Of that, what tenants with keys of their own have sent. */
  readonly #shares = new Map<string, number>();
  /** What lies in the log, in its order, of such tenants. */
  #logged: { position: LogPosition; bytes: number; tenant: string }[] = [];

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

  /**
   * What one tenant may have waiting: each that has something waiting the same, and as much again stays free, so that there is room
   * for whoever comes next while one sends without end.
   */
  shareBytesMax(tenant: string): number {
    return this.bytesMax / (this.#shares.size + (this.#shares.has(tenant) ? 1 : 2));
  }

  /** Whether so many more bytes are more than a tenant's share. */
  overShare(tenant: string, more: number): boolean {
    return (this.#shares.get(tenant) ?? 0) + more > this.shareBytesMax(tenant);
  }

  /** Counts a body while it is in memory, and with a negative number when it is gone. */
  reading(bytes: number, tenant?: string): void {
    this.#reading += bytes;
    if (tenant !== undefined) this.#share(tenant, bytes);
  }

  /** A tenant's body lies in the log now, up to this position. */
  logged(position: LogPosition, bytes: number, tenant: string): void {
    if (comparePositions(position, this.#drained) <= 0) return;
    this.#share(tenant, bytes);
    this.#logged.push({ position, bytes, tenant });
  }

  /** Everything up to this position is in the store. */
  drained(position: LogPosition): void {
    this.#drained = position;
    const first = this.#logged.findIndex((each) => comparePositions(each.position, position) > 0);
    const gone = this.#logged.splice(0, first < 0 ? this.#logged.length : first);
    for (const { tenant, bytes } of gone) this.#share(tenant, -bytes);
  }

  #share(tenant: string, more: number): void {
    const bytes = (this.#shares.get(tenant) ?? 0) + more;
    if (bytes > 0) this.#shares.set(tenant, bytes);
    else this.#shares.delete(tenant);
  }
}
