/**
 * Texts from a grammar file of tools/guard-data, the same ones each time.
 *
 *   # slot: goal            fillers, one a line
 *   # family: turn 40       templates, one a line, of which 40 texts are made in all
 *   # document: mail        sentences of one kind of document
 *
 * `{goal}` takes a filler, `[a|b|]` takes one of its parts, `\n` is a line feed. What shall stand in the text as a bracket, a brace or a
 * bar is written ⟦ ⟧ ⦃ ⦄ ¦. A slot whose heading ends in `same` has one filler in one text.
 */
import { randomFrom } from './random.ts';

export interface Family {
  name: string;
  texts: string[];
}

export interface Grammar {
  families: Family[];
  documents: Family[];
  /** One more text of these templates. */
  expand(templates: readonly string[]): string;
  random(): number;
}

const HEADING = /^# (slot|family|document): (\S+)(?: (\d+|same))?$/;
const MARKS: Readonly<Record<string, string>> = { '⟦': '[', '⟧': ']', '⦃': '{', '⦄': '}', '¦': '|', '\\n': '\n' };
const CHOICE = /\[([^[\]{}]*\|[^[\]{}]*)\]/;
/** Turns a template may take until nothing is left to choose. */
const TURNS_MAX = 500;

export function readGrammar(source: string, seed: number): Grammar {
  const random = randomFrom(seed);
  const slots = new Map<string, string[]>();
  const same = new Set<string>();
  const families: (Family & { count: number })[] = [];
  const documents: Family[] = [];
  let lines: string[] = [];
  for (const line of source.split('\n')) {
    const [, what, name = '', count = '0'] = HEADING.exec(line) ?? [];
    if (what !== undefined) {
      lines = [];
      if (what === 'slot') slots.set(name, lines);
      if (count === 'same') same.add(name);
      if (what === 'slot') continue;
      if (what === 'family') families.push({ name, texts: lines, count: Number(count) });
      else documents.push({ name, texts: lines });
    } else if (line !== '' && !/^# \w/.test(line)) lines.push(line);
  }
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  const expand = (templates: readonly string[]): string => {
    let text = pick(templates);
    const chosen = new Map([...same].map((name) => [name, pick(slots.get(name)!)]));
    const fillerOf = (name: string) => chosen.get(name) ?? pick(slots.get(name)!);
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const next = text
        .replace(/\{([\w-]+)\}/g, (whole, name: string) => (slots.has(name) ? fillerOf(name) : whole))
        .replace(CHOICE, (_, parts: string) => pick(parts.split('|')));
      if (next === text) break;
      text = next;
    }
    return text.replace(/[⟦⟧⦃⦄¦]|\\n/g, (mark) => MARKS[mark]!).trim();
  };
  return {
    families: families.map(({ name, texts, count }) => ({ name, texts: distinct(() => expand(texts), count) })),
    documents,
    expand,
    random,
  };
}

/** So many different texts, or as many as there are. */
function distinct(make: () => string, count: number): string[] {
  const texts = new Set<string>();
  for (let tries = 0; texts.size < count && tries < count * 4; tries++) texts.add(make());
  return [...texts];
}
