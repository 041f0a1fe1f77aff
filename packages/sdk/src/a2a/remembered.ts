/** What is known of the last so many names; the one not heard of for longest is forgotten first. */
export class Remembered<Value> {
  readonly #known = new Map<string, Value>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(name: string): Value | undefined {
    return this.#known.get(name);
  }

  set(name: string, value: Value): void {
    this.#known.delete(name);
    this.#known.set(name, value);
    if (this.#known.size > this.#max) this.#known.delete(this.#known.keys().next().value!);
  }
}
