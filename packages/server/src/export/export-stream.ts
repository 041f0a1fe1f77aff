/** Rows as a stream of bytes in one of the formats. */
import { cellOf, type Column } from './columns.ts';
import { csvHeader, csvLine } from './csv.ts';
import { ParquetFile } from './parquet.ts';

export type Format = 'csv' | 'jsonl' | 'parquet';

export const mediaTypes: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** Rows of a row group: more pack better, and all of them are in memory at once. */
const groupRows = 10_000;
const groupCharsMax = 8 * 1024 * 1024;

/** Asks for the next rows only when the reader has taken the ones before. */
export async function* exportStream<Row>(
  format: Format,
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Uint8Array> {
  if (format === 'parquet') {
    yield* parquetStream(columns, pages);
    return;
  }
  const encoder = new TextEncoder();
  if (format === 'csv') yield encoder.encode(csvHeader(columns));
  const write = format === 'csv' ? csvLine : jsonLine;
  for await (const rows of pages) yield encoder.encode(rows.map((row) => write(columns, row)).join(''));
}

async function* parquetStream<Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Uint8Array> {
  const file = new ParquetFile(columns);
  let group: Row[] = [];
  let chars = 0;
  for await (const rows of pages) {
    group.push(...rows);
    for (const row of rows) chars += charsOf(columns, row);
    if (group.length < groupRows && chars < groupCharsMax) continue;
    yield file.write(group);
    [group, chars] = [[], 0];
  }
  yield file.write(group);
  yield file.finish();
}

/** Columns in their order; a name that is a number, or `__proto__`, is a name like any other. */
function jsonLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  const fields = columns.map((column) => `${JSON.stringify(column.name)}:${jsonValue(cellOf(column, row))}`);
  return `{${fields.join(',')}}\n`;
}

/** Whole numbers beyond what JavaScript reads exactly are text. */
function jsonValue(value: string | number | boolean | bigint | null): string {
  if (typeof value !== 'bigint') return JSON.stringify(value);
  return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
}

function charsOf<Row>(columns: readonly Column<Row>[], row: Row): number {
  let chars = 0;
  for (const { type, of } of columns)
    if (type === 'text') chars += ((of(row) as string | null | undefined) ?? '').length;
  return chars;
}
