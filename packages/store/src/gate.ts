/** Lets so many in at once; the others wait in line. */
export class Gate {
  readonly #places: number;
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(places: number) {
    this.#places = places;
    this.#free = places;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Waits until all are out, and lets nobody in until `work` is done. Two of these must not be under way at once. */
  async runAlone<T>(work: () => Promise<T>): Promise<T> {
    const places = Array.from({ length: this.#places }, () => this.#enter());
    await Promise.all(places);
    try {
      return await work();
    } finally {
      for (let place = 0; place < this.#places; place += 1) this.#leave();
    }
  }

  #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#line.push(resolve));
  }

  #leave(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#free += 1;
  }
}
