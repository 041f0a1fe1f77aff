import { type Outline, outlineColumns, outlineOf } from '../outline.ts';
import type { SpanFilter } from '../store.ts';
import { filledColumns, selectColumn } from './columns.ts';
import type { Connection } from './connection.ts';
import { spansWhere } from './spans-where.ts';

const selectOutline = filledColumns
  .filter(({ name }) => outlineColumns.includes(name))
  .map(selectColumn)
  .join(', ');

/** The long columns are not read. */
export async function outlineSpans(connection: Connection, filter: SpanFilter): Promise<Outline> {
  const where = spansWhere(filter);
  const rows = await connection.query(
    `SELECT ${selectOutline} FROM spans FINAL WHERE ${where} ORDER BY spans.start_nanos, spans.span_id, spans.tenant`,
    where.parameters,
  );
  return outlineOf(rows, filter.from ?? 0n);
}
