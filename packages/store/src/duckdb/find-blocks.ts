/** Which blocks a search cannot pass over: see blocks.ts. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Filter, Term } from '@tallyspan/facts/query';
import type { Conditions } from '../conditions.ts';
import { inJson } from '../filter-sql.ts';
import { type BatchRange, pairCharsMax, wordsOf } from './blocks.ts';
import type { Row } from '../span-columns.ts';
import { conditions, query } from './query.ts';

export interface FoundBlocks {
  /** A condition on the batch of a span, that holds wherever a filter may; undefined when that is everywhere. */
  batchesOf(filter: Filter): string | undefined;
  /** Whether it holds in so few blocks that searching them is quick. */
  isRare(filter: Filter): boolean;
}

/** To search so many blocks takes as long as to search the newest traces first. */
const rareBlocksMax = 12;

/** More ranges than these take longer to compare with than what lies between them to search. */
const rangesMax = 64;

/** Undefined when the index says nothing about the filter, or one trace is asked for. */
export async function findBlocks(
  connection: DuckDBConnection,
  { where, traceId }: { where?: Filter; traceId?: string },
): Promise<FoundBlocks | undefined> {
  if (!where || traceId !== undefined) return undefined;
  const bound = conditions();
  const texts = termsOf(where).flatMap((term) => (term.kind === 'contains' ? searchedTexts(term.text) : []));
  const words = await cutTexts(connection, texts);
  const places = new Map<Term, string>();
  const columns: string[] = [];
  for (const term of termsOf(where)) {
    const condition = term.kind === 'contains' ? saidIn(term.text, words, bound) : toldIn(term, bound);
    if (condition === undefined) continue;
    places.set(term, `term${columns.length}`);
    columns.push(`${condition} AS term${columns.length}`);
  }
  if (columns.length === 0) return undefined;
  const rows = await query(
    connection,
    `SELECT first_batch, last_batch, ${columns.join(', ')} FROM blocks ORDER BY first_batch`,
    bound.parameters,
  );
  const may = (row: Row, filter: Filter): boolean => {
    if (filter.kind === 'all') return filter.of.every((inner) => may(row, inner));
    if (filter.kind === 'any') return filter.of.some((inner) => may(row, inner));
    const place = filter.kind === 'not' ? undefined : places.get(filter);
    return place === undefined || row[place] === true;
  };
  return {
    batchesOf(filter) {
      const passed = rows
        .filter((row) => !may(row, filter))
        .map((row) => ({ first: row.first_batch as bigint, last: row.last_batch as bigint }));
      return passed.length === 0 ? undefined : rangesBetween(passed);
    },
    isRare: (filter) => rows.length > 0 && rows.filter((row) => may(row, filter)).length <= rareBlocksMax,
  };
}

/** Those that stand on their own, and those that others are made of. What stands after a minus says nothing about where to look. */
function termsOf(filter: Filter): Term[] {
  if (filter.kind === 'all' || filter.kind === 'any') return filter.of.flatMap(termsOf);
  return filter.kind === 'not' ? [] : [filter];
}

/** Names have a text as it is, and what was said has it as JSON does. */
function searchedTexts(text: string): string[] {
  return [...new Set([text, inJson(text)])];
}

async function cutTexts(connection: DuckDBConnection, texts: readonly string[]): Promise<Map<string, string[]>> {
  if (texts.length === 0) return new Map();
  const bound = conditions();
  const columns = texts.map((text, index) => `${wordsOf(bound.bind(text))} AS text${index}`);
  const [row] = await query(connection, `SELECT ${columns.join(', ')}`, bound.parameters);
  return new Map(texts.map((text, index) => [text, row![`text${index}`] as string[]]));
}

function saidIn(text: string, words: ReadonlyMap<string, string[]>, bound: Conditions): string | undefined {
  const ways = searchedTexts(text).map((each) => {
    const parts = words.get(each)!;
    const last = parts.length - 1;
    // What a text begins with may be the end of a word, and what it ends with the begin of one.
    return parts.flatMap((word, index) =>
      word === ''
        ? []
        : [`contains(words, ${bound.bind(`${index > 0 ? '\n' : ''}${word}${index < last ? '\n' : ''}`)})`],
    );
  });
  if (ways.some((parts) => parts.length === 0)) return undefined;
  return `(words IS NULL OR ${ways.map((parts) => `(${parts.join(' AND ')})`).join(' OR ')})`;
}

/** As the pairs lie in JSON: see tagged-json.ts. */
function toldIn(term: Exclude<Term, { kind: 'contains' }>, bound: Conditions): string | undefined {
  if (!('key' in term.field)) return undefined;
  const { key } = term.field;
  const name = `\n${inJson(key.startsWith('~') ? `~${key}` : key)}":`;
  const parts = term.kind === 'equals' ? valuesOf(term.text, term.glob).map((value) => `${name}${value}`) : [name];
  if (parts.some((part) => part.includes(',"'))) return undefined;
  const holds = parts.map((part) => `contains(pairs, ${bound.bind([...part].slice(0, pairCharsMax).join(''))})`);
  return `(pairs IS NULL OR ${holds.join(' OR ')})`;
}

/** How a value that reads so may begin in JSON: as text, as it is, or with a tag. */
function valuesOf(text: string, glob: boolean): string[] {
  const start = glob ? text.slice(0, text.indexOf('*')) : text;
  // Lists and objects are compared as JSON; their quotation marks are none of a text.
  if (/["\\]/.test(start)) return [''];
  const end = glob || start.endsWith(',') ? '' : '"';
  return [`"${inJson(start)}${end}`, start, `{"~int":"${start}`, `{"~number":"${start}`];
}

/** Everywhere but there. */
function rangesBetween(passed: readonly BatchRange[]): string {
  const ranges: { first: bigint; last: bigint | undefined }[] = [];
  let first = 0n;
  for (const block of passed) {
    if (first < block.first) ranges.push({ first, last: block.first - 1n });
    first = block.last + 1n;
  }
  ranges.push({ first, last: undefined });
  while (ranges.length > rangesMax) joinNearest(ranges);
  const parts = ranges.map(({ first: from, last: to }) =>
    to === undefined ? `batch >= ${from}` : `batch BETWEEN ${from} AND ${to}`,
  );
  return `(${parts.join(' OR ')})`;
}

function joinNearest(ranges: { first: bigint; last: bigint | undefined }[]): void {
  const between = (index: number) => ranges[index]!.first - ranges[index - 1]!.last!;
  let nearest = 1;
  for (let index = 2; index < ranges.length; index += 1) if (between(index) < between(nearest)) nearest = index;
  const { last } = ranges[nearest]!;
  ranges.splice(nearest - 1, 2, { first: ranges[nearest - 1]!.first, last });
}
