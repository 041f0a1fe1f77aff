/** Who wants to be told. What one of them throws reaches nobody: the user's code does not break the stream that feeds it. */
export class Listeners {
  readonly #all = new Set<() => void>();

  add(listener: () => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(): void {
    for (const listener of this.#all) {
      try {
        listener();
      } catch {
        // Theirs.
      }
    }
  }
}
