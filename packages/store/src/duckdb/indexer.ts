import { setTimeout as pause } from 'node:timers/promises';
import { buildBlock, putBlock } from './blocks.ts';
import type { Engine } from './engine.ts';

/** After each block the engine is left to others for so many times as long as the block took. */
const rest = 1;

/**
 * Writes blocks of the index while spans come, one after the other and half of the time at most. Nobody waits for it, and nothing is lost
 * where it stops: what is in no block is searched itself.
 */
export class Indexer {
  readonly #engine: Engine;
  readonly #spansMin: number;
  readonly #closing = new AbortController();
  #pending: number;
  #running: Promise<void> | undefined;

  constructor(engine: Engine, spansMin: number) {
    this.#engine = engine;
    this.#spansMin = spansMin;
    // What was there before is looked at with the first spans that come.
    this.#pending = spansMin;
  }

  /** So many spans came, or went. */
  came(spans: number): void {
    this.#pending += spans;
    if (this.#pending < this.#spansMin || this.#closing.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** Writes all blocks that are worth their place. */
  async finish(): Promise<void> {
    await this.#running;
    while (await this.#next());
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        this.#pending = 0;
        const startedAt = performance.now();
        if (signal.aborted || !(await this.#next())) return;
        await pause((performance.now() - startedAt) * rest, undefined, { signal, ref: false });
      }
    } catch {
      // A disk that is full, or the store closes: the next spans that come begin again.
    }
  }

  /** Answers whether there was one to write. */
  async #next(): Promise<boolean> {
    const block = await this.#engine.read((connection) => buildBlock(connection, this.#spansMin));
    if (!block) return false;
    await this.#engine.write((connection) => putBlock(connection, block));
    return true;
  }
}
