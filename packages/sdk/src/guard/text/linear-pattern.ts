import { limits, TallyError } from '@tallyspan/facts';

/**
 * Regular expressions that cannot blow up. A pattern becomes a machine whose states are all followed at once (Thompson 1968, see
 * Russ Cox: "Regular Expression Matching Can Be Simple And Fast"), so a character costs at most as many steps as there are states.
 *
 * Understood: literals, `.`, classes `[a-z\d]`, `\d \w \s \b` and their opposites, `\n \t \r \xHH \uHHHH`, groups `(…)` `(?:…)`, `|`,
 * `* + ? {m} {m,} {m,n}` (a `?` after them is accepted; matches are always the longest), `^`, `$`. Not understood, and refused with
 * the reason: look-around, back-references, named groups.
 */
export interface LinearPattern {
  /** Places from left to right, each the longest that begins there. */
  matches(text: string, most?: number): { start: number; end: number }[];
  test(text: string): boolean;
}

type Matcher = (unit: number) => boolean;

type Node =
  | { type: 'unit'; matches: Matcher }
  | { type: 'empty' }
  | { type: 'assert'; holds: 'start' | 'end' | 'border' | 'inside' }
  | { type: 'all'; parts: Node[] }
  | { type: 'any'; parts: Node[] }
  | { type: 'repeat'; part: Node; min: number; max: number };

/** One step of the machine. `next` and `other` are indexes. */
type State =
  | { type: 'unit'; matches: Matcher; next: number }
  | { type: 'split'; next: number; other: number }
  | { type: 'assert'; holds: 'start' | 'end' | 'border' | 'inside'; next: number }
  | { type: 'done' };

/** Throws {@link TallyError} PATTERN_REFUSED for what cannot run in linear time. */
export function linearPattern(pattern: string, { ignoreCase = false }: { ignoreCase?: boolean } = {}): LinearPattern {
  const refuse = (reason: string): never => {
    throw new TallyError('PATTERN_REFUSED', { pattern: pattern.slice(0, 100), reason });
  };
  const states = compile(new Parser(pattern, ignoreCase, refuse).parse(), refuse);
  return {
    matches: (text, most = Infinity) => run(states, text, most),
    test: (text) => run(states, text, 1).length > 0,
  };
}

class Parser {
  readonly #pattern: string;
  readonly #ignoreCase: boolean;
  readonly #refuse: (reason: string) => never;
  #at = 0;
  #depth = 0;

  constructor(pattern: string, ignoreCase: boolean, refuse: (reason: string) => never) {
    this.#pattern = pattern;
    this.#ignoreCase = ignoreCase;
    this.#refuse = refuse;
  }

  parse(): Node {
    const node = this.#any();
    if (this.#at < this.#pattern.length) this.#refuse('a bracket is closed that was not opened');
    return node;
  }

  #any(): Node {
    if (++this.#depth > 100) this.#refuse('it is nested too deep');
    const parts = [this.#all()];
    while (this.#take('|')) parts.push(this.#all());
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { type: 'any', parts };
  }

  #all(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#pattern.length && this.#peek() !== '|' && this.#peek() !== ')')
      parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { type: 'all', parts };
  }

  #repeated(): Node {
    let node = this.#atom();
    for (;;) {
      const counts = this.#counts();
      if (!counts) return node;
      node = { type: 'repeat', part: node, ...counts };
      this.#take('?');
    }
  }

  #counts(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#pattern.slice(this.#at, this.#at + 12));
    if (!braces) return undefined;
    this.#at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === '' ? Infinity : Number(braces[3]);
    if (max < min) this.#refuse('a repetition ends before it begins');
    return { min, max };
  }

  #atom(): Node {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { type: 'unit', matches: this.#class() };
      case '.':
        return { type: 'unit', matches: (unit) => unit !== 0x0a && unit !== 0x0d };
      case '^':
        return { type: 'assert', holds: 'start' };
      case '$':
        return { type: 'assert', holds: 'end' };
      case '*':
      case '+':
      case '?':
        return this.#refuse(`nothing stands before ${character}`);
      case '\\':
        return this.#escape();
      default:
        return { type: 'unit', matches: this.#literal(character.charCodeAt(0)) };
    }
  }

  #group(): Node {
    if (this.#take('?')) {
      if (!this.#take(':'))
        this.#refuse('look-around, named groups and flags in groups are not linear or not known here');
    }
    const node = this.#any();
    if (!this.#take(')')) this.#refuse('a bracket is not closed');
    return node;
  }

  #escape(): Node {
    const character = this.#peek();
    if (character === 'b' || character === 'B') {
      this.#at++;
      return { type: 'assert', holds: character === 'b' ? 'border' : 'inside' };
    }
    if (character !== undefined && /[1-9]/.test(character)) this.#refuse('back-references are not linear');
    return { type: 'unit', matches: this.#escapedMatcher() };
  }

  #escapedMatcher(): Matcher {
    const set = SETS[this.#peek() ?? ''];
    if (!set) return this.#literal(this.#escapedUnit());
    this.#at++;
    return set;
  }

  #escapedUnit(): number {
    const character = this.#next();
    const control = { n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b, f: 0x0c, '0': 0 }[character];
    if (control !== undefined) return control;
    if (character === 'x') return this.#hex(2);
    if (character === 'u') return this.#hex(4);
    if (/[A-Za-z]/.test(character)) this.#refuse(`\\${character} is not known here`);
    return character.charCodeAt(0);
  }

  #hex(length: number): number {
    const digits = this.#pattern.slice(this.#at, this.#at + length);
    if (digits.length !== length || !/^[0-9a-f]+$/i.test(digits)) this.#refuse('an escape has too few hex digits');
    this.#at += length;
    return parseInt(digits, 16);
  }

  #class(): Matcher {
    const negated = this.#take('^');
    const matchers: Matcher[] = [];
    while (!this.#take(']')) {
      if (this.#at >= this.#pattern.length) this.#refuse('a class is not closed');
      matchers.push(this.#classPart());
    }
    return (unit) => matchers.some((matches) => matches(unit)) !== negated;
  }

  #classPart(): Matcher {
    const low = this.#classUnit();
    if (typeof low !== 'number') return low;
    if (this.#peek() !== '-' || this.#pattern[this.#at + 1] === ']') return this.#literal(low);
    this.#at++;
    const high = this.#classUnit();
    if (typeof high !== 'number' || high < low) return this.#refuse('a range in a class is not in order');
    const within: Matcher = (unit) => unit >= low && unit <= high;
    return this.#ignoreCase ? (unit) => within(unit) || casesOf(unit).some(within) : within;
  }

  #classUnit(): number | Matcher {
    const character = this.#next();
    if (character !== '\\') return character.charCodeAt(0);
    const set = SETS[this.#peek() ?? ''];
    if (set) {
      this.#at++;
      return set;
    }
    if (this.#take('b')) return 8;
    return this.#escapedUnit();
  }

  #literal(wanted: number): Matcher {
    if (!this.#ignoreCase) return (unit) => unit === wanted;
    const all = [wanted, ...casesOf(wanted)];
    return (unit) => all.includes(unit);
  }

  #peek(): string | undefined {
    return this.#pattern[this.#at];
  }

  #next(): string {
    return this.#pattern[this.#at++] ?? this.#refuse('it ends too early');
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

const isDigit: Matcher = (unit) => unit >= 0x30 && unit <= 0x39;
const isWord: Matcher = (unit) =>
  isDigit(unit) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a) || unit === 0x5f;
const isSpace: Matcher = (unit) => /\s/.test(String.fromCharCode(unit));
const SETS: Readonly<Record<string, Matcher>> = {
  d: isDigit,
  D: (unit) => !isDigit(unit),
  w: isWord,
  W: (unit) => !isWord(unit),
  s: isSpace,
  S: (unit) => !isSpace(unit),
};

function casesOf(unit: number): number[] {
  const character = String.fromCharCode(unit);
  return [character.toLowerCase(), character.toUpperCase()]
    .filter((other) => other.length === 1)
    .map((other) => other.charCodeAt(0));
}

function compile(root: Node, refuse: (reason: string) => never): State[] {
  const states: State[] = [{ type: 'done' }];
  const add = (state: State): number => {
    if (states.length >= limits.guardPatternStatesMax)
      refuse(`it needs more than ${limits.guardPatternStatesMax} states`);
    return states.push(state) - 1;
  };
  /** The state that begins a node, given the one that follows it. Built from the end. */
  const build = (node: Node, next: number): number => {
    switch (node.type) {
      case 'empty':
        return next;
      case 'unit':
        return add({ type: 'unit', matches: node.matches, next });
      case 'assert':
        return add({ type: 'assert', holds: node.holds, next });
      case 'all':
        return node.parts.reduceRight((after, part) => build(part, after), next);
      case 'any':
        return node.parts
          .map((part) => build(part, next))
          .reduceRight((other, begin) => add({ type: 'split', next: begin, other }));
      case 'repeat':
        return repeat(node, next);
    }
  };
  const repeat = ({ part, min, max }: Extract<Node, { type: 'repeat' }>, next: number): number => {
    let begin = next;
    if (max === Infinity) {
      const loop = add({ type: 'split', next: 0, other: next });
      (states[loop] as { next: number }).next = build(part, loop);
      begin = loop;
    } else {
      for (let count = min; count < max; count++) begin = add({ type: 'split', next: build(part, begin), other: next });
    }
    for (let count = 0; count < min; count++) begin = build(part, begin);
    return begin;
  };
  // The first state is at index 1, wherever the pattern begins.
  const start = add({ type: 'split', next: 0, other: 0 });
  const begin = build(root, 0);
  states[start] = { type: 'split', next: begin, other: begin };
  return states;
}

const START = 1;

/** All matches, from left to right, none within another. */
function run(states: readonly State[], text: string, most: number): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let from = 0; from <= text.length && found.length < most;) {
    const match = firstFrom(states, text, from);
    if (!match) break;
    found.push(match);
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return found;
}

/** The match that begins first, and of those the longest. Each state remembers the earliest place it was entered from. */
function firstFrom(states: readonly State[], text: string, from: number): { start: number; end: number } | undefined {
  let current = new Threads(states.length);
  let following = new Threads(states.length);
  let best: { start: number; end: number } | undefined;
  for (let at = from; at <= text.length; at++) {
    if (!best) enter(states, current, START, at, text, at);
    const done = current.since[0]!;
    if (done >= 0 && (!best || done < best.start || (done === best.start && at > best.end)))
      best = { start: done, end: at };
    if (at === text.length || (current.count === 0 && best)) break;
    const unit = text.charCodeAt(at);
    for (let index = 0; index < current.count; index++) {
      const number = current.list[index]!;
      const state = states[number]!;
      const since = current.since[number]!;
      // What began later than the best match can no longer win.
      if (state.type !== 'unit' || (best && since > best.start) || !state.matches(unit)) continue;
      enter(states, following, state.next, since, text, at + 1);
    }
    current.clear();
    [current, following] = [following, current];
  }
  return best;
}

/** States that are being followed, each with the place its match began. */
class Threads {
  readonly list: Int32Array;
  readonly since: Int32Array;
  count = 0;

  constructor(size: number) {
    this.list = new Int32Array(size);
    this.since = new Int32Array(size).fill(-1);
  }

  clear(): void {
    for (let index = 0; index < this.count; index++) this.since[this.list[index]!] = -1;
    this.count = 0;
  }
}

/** Follows the steps that take no character. Threads are entered in the order of their beginnings, so the first to come stays. */
function enter(
  states: readonly State[],
  threads: Threads,
  first: number,
  since: number,
  text: string,
  at: number,
): void {
  const waiting = [first];
  while (waiting.length > 0) {
    const number = waiting.pop()!;
    const known = threads.since[number]!;
    if (known >= 0 && known <= since) continue;
    if (known < 0) threads.list[threads.count++] = number;
    threads.since[number] = since;
    const state = states[number]!;
    if (state.type === 'split') waiting.push(state.other, state.next);
    else if (state.type === 'assert' && holds(state.holds, text, at)) waiting.push(state.next);
  }
}

function holds(what: 'start' | 'end' | 'border' | 'inside', text: string, at: number): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  const border = (at > 0 && isWord(text.charCodeAt(at - 1))) !== (at < text.length && isWord(text.charCodeAt(at)));
  return border === (what === 'border');
}
