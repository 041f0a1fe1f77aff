/**
 * What calls cost, added up by the hour and by what cost pivots are about: a tenth of the rows, and none of the long columns.
 *
 *   spans came     a row for each key, of what they add
 *   spans went     a row for each key, of what they take away
 *   fold           the rows of a key become one, and none where no call is left
 *
 * At every moment all rows of a key together say what its spans say, as both are written in one transaction. Which rows there are says
 * nothing, so late spans, spans that come twice and other prices need no care of their own.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { costLowBits } from '../span-columns.ts';
import type { Totals } from '../store.ts';
import { sumKeys } from '../sum-cover.ts';
import { timeBuckets } from '../dimensions.ts';
import type { Parameters } from '../conditions.ts';
import { query } from './query.ts';

/** Rows that came since the last fold, before the next one is worth it. */
const unfoldedMax = 20_000;

type Sum = Exclude<keyof Totals, 'calls' | 'errors' | 'unpricedCalls'>;

/** Counts fit into a column, and are never more than there are spans. */
const counts: Record<Exclude<keyof Totals, Sum>, string> = {
  calls: 'count(*)',
  errors: `count_if(status = 'error')`,
  unpricedCalls: `count_if(cost_source = 'unpriced')`,
};
/** Sums of what a sender claims may be wider than a column, so each lies in two; the upper one is 0 and takes no room. */
const upper = 2n ** BigInt(costLowBits);
const sums: Record<Sum, string> = {
  inputTokens: 'sum(input_tokens)',
  outputTokens: 'sum(output_tokens)',
  cacheReadTokens: 'sum(cache_read_tokens)',
  cacheWriteTokens: 'sum(cache_write_tokens)',
  reasoningTokens: 'sum(reasoning_tokens)',
  costNanos: `sum(cost_nanos_high) * ${upper}::HUGEINT + sum(cost_nanos)`,
};
const countNames = Object.keys(counts) as (keyof typeof counts)[];
const sumNames = Object.keys(sums) as Sum[];
const high = (name: Sum) => `"${name}High"`;

/** A row's hour is in the column that has a span's start, so conditions and buckets of time are the same for both. */
const keys = ['start_nanos', ...sumKeys];
const figures = [...countNames.map((name) => `"${name}"`), ...sumNames.flatMap((name) => [`"${name}"`, high(name)])];

export const sumsTable = `CREATE TABLE IF NOT EXISTS sums (
  start_nanos BIGINT, ${sumKeys.map((key) => `${key} ${key === 'tenant_given' ? 'BOOLEAN' : 'VARCHAR'}`).join(', ')},
  ${figures.map((figure) => `${figure} BIGINT`).join(', ')}, folded BOOLEAN)`;

/** Cut toward zero, so that both parts of a sum below zero are, too. */
function cut(wide: (name: Sum) => string): string {
  return sumNames
    .flatMap((name) => [
      `CAST(coalesce(${wide(name)}, 0) % ${upper} AS BIGINT) AS "${name}"`,
      `CAST(coalesce(${wide(name)}, 0) // ${upper} AS BIGINT) AS ${high(name)}`,
    ])
    .join(', ');
}

/** The rows that the calls among these spans make; `sign` is -1 for spans that go. */
export function sumsOf(where: string, sign: 1 | -1 = 1): string {
  const hour = `start_nanos - start_nanos % ${timeBuckets.hour}`;
  return `SELECT ${hour} AS start_nanos, ${sumKeys.join(', ')},
      ${countNames.map((name) => `${sign} * ${counts[name]} AS "${name}"`).join(', ')}, ${cut((name) => `${sign} * (${sums[name]})`)}, false AS folded
    FROM spans WHERE billable AND (${where}) GROUP BY ${hour}, ${sumKeys.join(', ')}`;
}

const added = (name: Sum) => `sum(${high(name)}) * ${upper}::HUGEINT + sum("${name}")`;
const addedCounts = countNames.map((name) => `sum("${name}")::BIGINT AS "${name}"`).join(', ');

/** `… AS "calls", …` over rows of `sums`. */
export const addSums = [addedCounts, ...sumNames.map((name) => `coalesce(${added(name)}, 0) AS "${name}"`)].join(', ');

/** Puts down what these spans add, or take away. In the caller's transaction, which adds them or deletes them. */
export async function countSpans(
  connection: DuckDBConnection,
  where: string,
  sign: 1 | -1,
  parameters: Parameters = {},
): Promise<void> {
  await query(connection, `INSERT INTO sums BY NAME ${sumsOf(where, sign)}`, parameters);
}

/**
 * Makes one row of all rows of a key where enough came, measured by the rows that this writes again. `now` does it for what came at all: of
 * what was deleted nothing may be left.
 */
export async function foldSums(connection: DuckDBConnection, now = false): Promise<void> {
  const [fresh] = await query(connection, 'SELECT count(*) AS n FROM sums WHERE NOT folded');
  const unfolded = Number(fresh!.n);
  if (unfolded === 0 || (!now && unfolded < unfoldedMax)) return;
  const hours = 'start_nanos IN (SELECT DISTINCT start_nanos FROM sums WHERE NOT folded)';
  if (!now) {
    const [there] = await query(connection, `SELECT count(*) AS n FROM sums WHERE folded AND ${hours}`);
    if (unfolded < Number(there!.n) / 2) return;
  }
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE folding AS SELECT ${keys.join(', ')}, ${addedCounts}, ${cut(added)}, true AS folded
     FROM sums WHERE ${hours} GROUP BY ${keys.join(', ')} HAVING sum("calls") <> 0`,
  );
  await connection.run(`DELETE FROM sums WHERE ${hours}`);
  await connection.run('INSERT INTO sums BY NAME SELECT * FROM folding');
  await connection.run('DROP TABLE folding');
}
