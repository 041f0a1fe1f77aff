import type { Attributes, AttributeValue, Facts, Usage, WireSpan } from '../facts.ts';
import { type Entry, inOrder, type Numbered } from './numbered.ts';

/** A span while it is being read: what the tables understood so far, and what is left of its attributes. */
export class Reading {
  readonly wire: WireSpan;
  readonly facts: Facts = {};
  /** What nobody claimed yet. */
  readonly rest: Attributes = {};
  readonly #numbered = new Map<string, (Numbered & { name: string; value: AttributeValue })[]>();

  constructor(wire: WireSpan) {
    this.wire = wire;
  }

  /** Says a fact unless something more trusted did. */
  offer<Fact extends keyof Facts>(fact: Fact, value: Facts[Fact] | undefined): boolean {
    if (value === undefined || this.facts[fact] !== undefined) return false;
    this.facts[fact] = value;
    return true;
  }

  /** Says a fact whatever was said before. */
  say<Fact extends keyof Facts>(fact: Fact, value: Facts[Fact] | undefined): void {
    if (value === undefined) delete this.facts[fact];
    else this.facts[fact] = value;
  }

  /** Usage that follows the house rule already. */
  offerUsage(usage: { [Count in keyof Usage]: Usage[Count] | undefined }): void {
    for (const [count, value] of Object.entries(usage)) this.offer(count as keyof Usage, value as never);
  }

  peek(name: string): AttributeValue | undefined {
    return Object.hasOwn(this.rest, name) ? this.rest[name] : undefined;
  }

  /** The value, which is then no longer among what is left. */
  take(name: string): AttributeValue | undefined {
    const value = this.peek(name);
    if (value !== undefined) delete this.rest[name];
    return value;
  }

  peekText(name: string): string | undefined {
    const value = this.peek(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** Text that becomes a fact; anything else stays where it was. */
  takeText(name: string): string | undefined {
    const text = this.peekText(name);
    if (text !== undefined) delete this.rest[name];
    return text;
  }

  /** A payload as JSON text, or as the value it already is. */
  peekJson(name: string): unknown {
    return fromJson(this.peek(name));
  }

  /** A payload that becomes a fact, in somebody's reading of it; where that is nothing it stays where it was. */
  offerFrom<Fact extends keyof Facts>(
    fact: Fact,
    name: string,
    understand: (value: unknown) => Facts[Fact] | undefined,
  ): boolean {
    const value = this.peek(name);
    if (value === undefined || this.facts[fact] !== undefined) return false;
    const understood = understand(fromJson(value) ?? value);
    if (understood === undefined) return false;
    delete this.rest[name];
    return this.offer(fact, understood);
  }

  addNumbered(name: string, numbered: Numbered, value: AttributeValue): void {
    const places = this.#numbered.get(numbered.head);
    if (places) places.push({ ...numbered, name, value });
    else this.#numbered.set(numbered.head, [{ ...numbered, name, value }]);
  }

  /** The entries under a head, in order. */
  entries(head: string): Entry<AttributeValue>[] {
    return inOrder(this.#numbered.get(head) ?? []);
  }

  /** The entries under a head became a fact. */
  claim(head: string): void {
    for (const { name } of this.#numbered.get(head) ?? []) delete this.rest[name];
  }

  /** Entries that become a fact; without any understanding they stay where they were. */
  offerEntries<Fact extends keyof Facts>(
    fact: Fact,
    head: string,
    understand: (entries: Entry<AttributeValue>[]) => Facts[Fact] | undefined,
  ): void {
    const entries = this.entries(head);
    if (entries.length === 0 || this.facts[fact] !== undefined) return;
    if (this.offer(fact, understand(entries))) this.claim(head);
  }
}

/** JSON text as what it says; other values as they are; undefined for text that is no JSON. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  // Most texts are plain, and an exception costs more than a look.
  if (!/^\s*[[{"\d-]|^(true|false|null)$/.test(value)) return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

export type Fields = Readonly<Record<string, unknown>>;
const none: Fields = Object.freeze(Object.create(null) as object) as Fields;

/** An object's own fields; none for anything else. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : none;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A count of tokens: whole, not negative. Text of digits is one too. */
export function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The sum of what was reported; undefined when nothing was. */
export function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, part) => total + part, 0);
}
