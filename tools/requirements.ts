/** The list of what must hold (docs/requirements.json), and which test says that it does. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Requirement {
  /** Prefix and number: LLM-07. Tests carry it in their title. */
  id: string;
  group: string;
  /** One line of at most `summaryCharsMax` characters. */
  summary: string;
}

export interface Requirements {
  /** What each prefix is about, in the order of the list. */
  prefixes: Record<string, string>;
  requirements: Requirement[];
}

/** How many there are by prefix. Written down apart from the list, so that a row cannot get lost. */
export const rows = { LLM: 59, COST: 36, OBS: 81, TK: 59, INF: 55, EXT: 22 };

const summaryCharsMax = 100;
const anyId = new RegExp(`\\b(?:${Object.keys(rows).join('|')})-\\d+\\b`, 'g');

export function readRequirements(root = resolve(import.meta.dirname, '..')): Requirements {
  return JSON.parse(readFileSync(join(root, 'docs/requirements.json'), 'utf8')) as Requirements;
}

/** Every id of a title, in order: 'LLM-29 LLM-30 counts tokens' → ['LLM-29', 'LLM-30']. */
export function idsIn(title: string): string[] {
  return title.match(anyId) ?? [];
}

/** What is wrong with the list itself; empty when nothing is. */
export function listProblems({ prefixes, requirements }: Requirements): string[] {
  const expected = Object.entries(rows).flatMap(([prefix, count]) => range(prefix, 1, count));
  const there = requirements.map(({ id }) => id);
  return [
    ...expected.filter((id) => !there.includes(id)).map((id) => `${id} is missing`),
    ...there
      .filter((id) => !expected.includes(id))
      .map((id) => `${id} is not an id: see rows in tools/requirements.ts`),
    ...there.filter((id, index) => there.indexOf(id) !== index).map((id) => `${id} is there twice`),
    ...Object.keys(rows)
      .filter((prefix) => !prefixes[prefix])
      .map((prefix) => `the prefix ${prefix} is not explained`),
    ...requirements
      .filter(({ summary }) => summary.trim() === '' || summary.length > summaryCharsMax)
      .map(
        ({ id, summary }) => `${id} has a summary of ${summary.length} characters; 1 to ${summaryCharsMax} are allowed`,
      ),
  ];
}

/** `LLM-01..LLM-03,COST-01` → four ids. Throws on an id that is not in the list, as it would never be missed. */
export function expandIds(text: string, { requirements }: Requirements): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  const ids = text.split(',').flatMap((part) => {
    const [first = '', last = first] = part.trim().split('..');
    const [from, to] = [/^([A-Z]+)-(\d+)$/.exec(first), /^([A-Z]+)-(\d+)$/.exec(last)];
    if (from === null || to === null || from[1] !== to[1] || Number(from[2]) > Number(to[2])) {
      throw new Error(`"${part}" is neither an id (LLM-01) nor a range of ids (LLM-01..LLM-13).`);
    }
    return range(from[1] ?? '', Number(from[2]), Number(to[2]));
  });
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw new Error(`${unknown} is not in docs/requirements.json.`);
  return ids;
}

/** The other way round, for reading: ['LLM-01', 'LLM-02', 'LLM-07'] → 'LLM-01..02, LLM-07'. */
export function foldIds(ids: string[]): string {
  const spans: { prefix: string; first: number; last: number }[] = [];
  for (const id of ids) {
    const [prefix = '', number = ''] = id.split('-');
    const open = spans.at(-1);
    if (open?.prefix === prefix && open.last === Number(number) - 1) open.last += 1;
    else spans.push({ prefix, first: Number(number), last: Number(number) });
  }
  return spans
    .map(({ prefix, first, last }) => `${prefix}-${two(first)}${first === last ? '' : `..${two(last)}`}`)
    .join(', ');
}

function range(prefix: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${prefix}-${two(first + index)}`);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
