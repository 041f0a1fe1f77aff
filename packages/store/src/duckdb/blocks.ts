/**
 * An index of what people search for. Spans of batches that came one after the other are a block; of each block it is written down which
 * words are in what was said, and which attributes:
 *
 *   first_batch  last_batch  words                         pairs
 *   1            9           \nforecast\nlookup\nmarket\n  \nhttp.request.method":"POST"\nuser.id":"7"\n
 *
 * What is not in there is in no span of the block, so a search passes over it. What is in no block yet, or in none any more because spans
 * of it went, is searched itself: the index may lag behind, and is never wrong.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import { query } from './query.ts';
import { content } from './speech.ts';

export const blocksTable = `CREATE TABLE IF NOT EXISTS blocks (
  first_batch BIGINT, last_batch BIGINT, words VARCHAR USING COMPRESSION zstd, pairs VARCHAR USING COMPRESSION zstd)`;

/** Characters of a pair that are kept. */
export const pairCharsMax = 256;

/** All characters of ASCII but digits, letters and the underscore, in lower case. Whatever else there is may be a letter. */
const separators = String.raw`'[\x01-/:-@\[-^\x60{-\x7f]+'`;

/** A text cut into its words, in lower case as DuckDB has it; an empty one where a separator stands at an end. */
export function wordsOf(text: string): string {
  return `string_split_regex(lower(${text}), ${separators})`;
}

export interface BatchRange {
  first: bigint;
  last: bigint;
}

/** What is to be written down of a range of batches, and how many spans that is about. */
export interface Block extends BatchRange {
  spans: bigint;
  words: string | null;
  pairs: string | null;
}

/** The next block that is worth its place; undefined when there is none. */
export async function buildBlock(connection: DuckDBConnection, spansMin: number): Promise<Block | undefined> {
  const range = await nextRange(connection, spansMin);
  if (!range) return undefined;
  const those = 'FROM spans WHERE batch BETWEEN $first AND $last';
  const parameters = { ...range };
  const [size] = await query(connection, `SELECT count(*) AS spans ${those}`, parameters);
  // Agents send their history again and again. Cut where objects end, and without what stands before them, most pieces of it are the same;
  // and of their words again most are. No word is cut, and each is only looked at once.
  const [said] = await query(
    connection,
    `WITH texts AS (
       SELECT DISTINCT ltrim(text, '[]{}, ') AS text FROM (
         SELECT DISTINCT unnest(string_split(${content}, '"}')) AS text ${those})
       UNION SELECT name ${those} UNION SELECT status_message ${those} UNION SELECT trace_id ${those}),
     tokens AS (SELECT DISTINCT unnest(string_split(text, ' ')) AS token FROM texts)
     SELECT ${joined('word')} AS words
     FROM (SELECT DISTINCT unnest(${wordsOf('token')}) AS word FROM tokens) WHERE word <> ''`,
    parameters,
  );
  // A quotation mark in JSON text is escaped, so this is where a key begins; or it is behind a text that ends with a comma.
  const [told] = await query(
    connection,
    `WITH objects AS (SELECT attributes AS object ${those} UNION ALL SELECT DISTINCT resource ${those})
     SELECT ${joined('pair')} AS pairs
     FROM (SELECT DISTINCT left(unnest(string_split(substr(object, 3), ',"')), ${pairCharsMax}) AS pair FROM objects)`,
    parameters,
  );
  return {
    ...range,
    spans: size!.spans as bigint,
    words: said!.words as string | null,
    pairs: told!.pairs as string | null,
  };
}

/** NULL where there are so many that reading them is no quicker than searching the spans. */
function joined(column: string): string {
  const list = `chr(10) || coalesce(string_agg(${column}, chr(10)), '') || chr(10)`;
  return `CASE WHEN sum(strlen(${column}) + 1) > ${limits.storeBlockTextBytesMax} THEN NULL ELSE ${list} END`;
}

/** Answers whether it was put there: not when spans of it went meanwhile. In the caller's transaction. */
export async function putBlock(connection: DuckDBConnection, block: Block): Promise<boolean> {
  const { first, last, spans, words, pairs } = block;
  const [row] = await query(connection, 'SELECT count(*) AS n FROM spans WHERE batch BETWEEN $first AND $last', {
    first,
    last,
  });
  if (row!.n !== spans) return false;
  await query(
    connection,
    `INSERT INTO blocks VALUES ($first, $last, ${words === null ? 'NULL' : '$words'}, ${pairs === null ? 'NULL' : '$pairs'})`,
    { first, last, ...(words !== null && { words }), ...(pairs !== null && { pairs }) },
  );
  return true;
}

/** Forgets the blocks of these batches, which `batches` selects: spans of them went. In the caller's transaction. */
export async function dropBlocks(
  connection: DuckDBConnection,
  batches: string,
  parameters: Parameters<typeof query>[2] = {},
): Promise<void> {
  await query(
    connection,
    `DELETE FROM blocks WHERE EXISTS (
       SELECT 1 FROM (${batches}) AS gone(batch) WHERE gone.batch BETWEEN first_batch AND last_batch)`,
    parameters,
  );
}

/** Between blocks whatever is there; behind the last one only so much that what is settled soon after it came is left alone. */
async function nextRange(connection: DuckDBConnection, spansMin: number): Promise<BatchRange | undefined> {
  const blocks = await query(connection, 'SELECT first_batch, last_batch FROM blocks ORDER BY first_batch');
  let next = 0n;
  for (const block of blocks) {
    const [first, last] = [block.first_batch as bigint, block.last_batch as bigint];
    if (next < first) {
      const batches = await sizesOf(connection, next, first - 1n);
      return { first: next, last: enough(batches, spansMin) ?? first - 1n };
    }
    next = last + 1n;
  }
  const batches = await sizesOf(connection, next, 2n ** 62n);
  const spans = batches.reduce((sum, { size }) => sum + size, 0);
  const last = spans < 1.5 * spansMin ? undefined : enough(batches, spansMin);
  return last === undefined ? undefined : { first: next, last };
}

async function sizesOf(connection: DuckDBConnection, first: bigint, last: bigint) {
  const rows = await query(
    connection,
    'SELECT batch, count(*) AS n FROM spans WHERE batch BETWEEN $first AND $last GROUP BY batch ORDER BY batch',
    { first, last },
  );
  return rows.map((row) => ({ batch: row.batch as bigint, size: Number(row.n) }));
}

/** The batch with which so many spans are together. */
function enough(batches: readonly { batch: bigint; size: number }[], spansMin: number): bigint | undefined {
  let spans = 0;
  return batches.find(({ size }) => (spans += size) >= spansMin)?.batch;
}
