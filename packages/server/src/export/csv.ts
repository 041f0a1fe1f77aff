/** RFC 4180, and safe to open in a spreadsheet. */
import { cellOf, type Column } from './columns.ts';

/**
 * What spreadsheets take for the begin of a formula or a command, also in its full-width form, and also behind space. An apostrophe marks text
 * there; so that it can be taken away again, it also stands before text that begins with one.
 */
const formula = /^(?:[\s\0\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0'])/;
/** Also what separates cells elsewhere: some spreadsheets split at semicolons. */
const special = /[",;\t\r\n\0]|^\s|\s$/;

export function csvHeader<Row>(columns: readonly Column<Row>[]): string {
  return line(columns.map(({ name }) => csvText(name)));
}

export function csvLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  return line(
    columns.map((column) => {
      const value = cellOf(column, row);
      if (value === null) return '';
      return column.type === 'text' ? csvText(String(value)) : String(value);
    }),
  );
}

/** One cell. An empty text is quoted; nothing at all is not. */
export function csvText(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return safe === '' || special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function line(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}
