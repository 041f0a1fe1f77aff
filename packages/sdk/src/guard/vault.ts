import type { Span } from './scanner.ts';

/** `[EMAIL_1]`: what stands for a redacted value. */
const NAME = /\[[A-Z_]{1,84}\d{1,9}\]/g;

/**
 * Remembers what was redacted, so that an answer that speaks of `[EMAIL_1]` can be given its address back. One vault belongs to one
 * conversation; it holds what must not leave the process and is never recorded.
 */
export class Vault {
  readonly #valueOf = new Map<string, string>();
  readonly #nameOf = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Names that stand in a text already are not given out, or restoring would change what the user wrote. */
  reserve(text: string): void {
    for (const [name] of text.matchAll(NAME)) if (!this.#valueOf.has(name)) this.#taken.add(name);
  }

  /** The text with each place replaced by a name. The same value gets the same name. Places that overlap become one. */
  redact(text: string, spans: readonly Span[]): string {
    let result = '';
    let from = 0;
    for (const { start, end, kind } of merged(spans, text.length)) {
      result += text.slice(from, start) + this.#name(kind, text.slice(start, end));
      from = end;
    }
    return result + text.slice(from);
  }

  /** Puts the values back in the place of their names. */
  restore(text: string): string {
    return this.#valueOf.size === 0 ? text : text.replace(NAME, (name) => this.#valueOf.get(name) ?? name);
  }

  /** How many values are kept. */
  get size(): number {
    return this.#valueOf.size;
  }

  #name(kind: string, value: string): string {
    const key = `${kind}\0${value}`;
    const known = this.#nameOf.get(key);
    if (known !== undefined) return known;
    let count = this.#counts.get(kind) ?? 0;
    let name: string;
    do name = `[${kind}_${++count}]`;
    while (this.#taken.has(name));
    this.#counts.set(kind, count);
    this.#nameOf.set(key, name);
    this.#valueOf.set(name, value);
    return name;
  }
}

/** In order of their start, without overlap: the first and longest wins, and grows over what hangs into it. */
function merged(spans: readonly Span[], length: number): Span[] {
  const result: Span[] = [];
  const sorted = spans
    .filter(({ start, end }) => start >= 0 && start < end && end <= length)
    .toSorted((left, right) => left.start - right.start || right.end - left.end);
  for (const span of sorted) {
    const last = result.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
}
