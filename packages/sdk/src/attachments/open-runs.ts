import { limits } from '@tallyspan/facts';

interface Entry<Run> {
  run: Run;
  /** When it was last heard of, on the clock that never jumps. */
  heardMs: number;
  quiet: boolean;
}

/** What becomes of runs that are not ended by the framework. */
interface Endings<Run> {
  /** There are too many: the one that began first is forgotten. */
  forgotten(run: Run): void;
  /** Nothing was heard for a minute. It is remembered, as it may go on. */
  quiet(run: Run, sinceMs: number): void;
}

/**
 * What a framework began and has not ended, by the framework's own ids. Where a stream is left, some never say so; bounded, so that
 * such runs do not stay for ever.
 */
export class OpenRuns<Run> {
  readonly #entries = new Map<string, Entry<Run>>();
  readonly #endings: Endings<Run>;
  #isWatching = false;

  constructor(endings: Endings<Run>) {
    this.#endings = endings;
  }

  get(id: string | undefined): Run | undefined {
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry) entry.heardMs = performance.now();
    return entry?.run;
  }

  set(id: string, run: Run): Run {
    this.#entries.set(id, { run, heardMs: performance.now(), quiet: false });
    if (this.#entries.size > limits.openRunsMax) this.#forgetOldest();
    this.#watch();
    return run;
  }

  take(id: string): Run | undefined {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    return entry?.run;
  }

  get size(): number {
    return this.#entries.size;
  }

  #forgetOldest(): void {
    for (const [id, { run }] of this.#entries) {
      this.#entries.delete(id);
      return this.#endings.forgotten(run);
    }
  }

  #watch(): void {
    if (this.#isWatching || this.#entries.size === 0) return;
    this.#isWatching = true;
    setTimeout(() => this.#sweep(), limits.silentStreamMsMax).unref();
  }

  #sweep(): void {
    this.#isWatching = false;
    const now = performance.now();
    for (const entry of this.#entries.values()) {
      const silentMs = now - entry.heardMs;
      if (entry.quiet || silentMs < limits.silentStreamMsMax) continue;
      entry.quiet = true;
      this.#endings.quiet(entry.run, silentMs);
    }
    this.#watch();
  }
}
