import { comparePositions, type LogPosition } from '@tallyspan/store';

/** How long the oldest span that is acknowledged and not stored yet has waited. */
export class IngestLag {
  readonly #now: () => number;
  /** In the order of the log. Requests that came within {@link TOGETHER_MS} are one entry, so that a long backlog stays small. */
  readonly #waiting: { sinceMs: number; upTo: LogPosition }[] = [];
  #drained: LogPosition | undefined;

  /** `now`: milliseconds. Default: a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A request lies in the log now, up to this position. */
  logged(position: LogPosition): void {
    if (this.#drained && comparePositions(position, this.#drained) <= 0) return;
    const newest = this.#waiting.at(-1);
    const now = this.#now();
    if (newest && now - newest.sinceMs < TOGETHER_MS) {
      if (comparePositions(position, newest.upTo) > 0) newest.upTo = position;
    } else this.#waiting.push({ sinceMs: now, upTo: position });
  }

  /** Everything up to here is in the store. */
  drained(position: LogPosition): void {
    this.#drained = position;
    const left = this.#waiting.findIndex(({ upTo }) => comparePositions(upTo, position) > 0);
    this.#waiting.splice(0, left < 0 ? this.#waiting.length : left);
  }

  get milliseconds(): number {
    const oldest = this.#waiting[0];
    return oldest ? this.#now() - oldest.sinceMs : 0;
  }
}

const TOGETHER_MS = 100;
