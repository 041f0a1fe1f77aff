import type { DuckDBConnection } from '@duckdb/node-api';
import { startsOf } from '../identity.ts';
import type { Replacement } from '../kin.ts';
import { tenantOf } from '../span-columns.ts';
import { addSpans } from './add-spans.ts';
import { dropBlocks } from './blocks.ts';
import { knownTraces } from './known-traces.ts';
import { query } from './query.ts';
import { countSpans } from './sums.ts';
import { summariseTraces } from './summarise-traces.ts';

/** Everything happens in the caller's transaction. A span that is not there is not put there either. */
export async function replaceSpans(
  connection: DuckDBConnection,
  replacements: readonly Replacement[],
  batch: bigint,
): Promise<void> {
  if (replacements.length === 0) return;
  const { first, last } = startsOf(replacements.map(({ span }) => span));
  const traceIds = [...new Set(replacements.map(({ old }) => old.traceId))];
  const those = `start_nanos BETWEEN $first AND $last AND trace_id IN (SELECT unnest($traceIds))
    AND concat_ws(' ', trace_id, span_id, tenant) IN (SELECT unnest($keys))`;
  const parameters = { first, last, traceIds, keys: replacements.map(({ old }) => keyOf(old)) };
  await countSpans(connection, those, -1, parameters);
  await dropBlocks(connection, `SELECT DISTINCT batch FROM spans WHERE ${those}`, parameters);
  const rows = await query(
    connection,
    `DELETE FROM spans WHERE ${those} RETURNING concat_ws(' ', trace_id, span_id, tenant) AS key`,
    parameters,
  );
  const gone = new Set(rows.map((row) => row.key as string));
  const spans = replacements.filter(({ old }) => gone.has(keyOf(old))).map(({ span }) => span);
  const { added } = await addSpans(connection, spans, undefined, batch);
  // What takes its place may be there already: the same span, sent again by somebody who said whose it is.
  const known = added < spans.length ? await knownTraces(connection, traceIds) : undefined;
  if (known) await summariseTraces(connection, traceIds, known);
}

function keyOf(old: Replacement['old']): string {
  return `${old.traceId} ${old.spanId} ${tenantOf(old)}`;
}
