import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvText } from './csv.ts';

/** The grammar of RFC 4180, read back: cells of one line. */
function parseCsv(text: string): string[] {
  const cells = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)];
  expect(cells.map(([whole]) => whole).join('')).toBe(text);
  return cells.map(([, quoted, plain]) => (quoted === undefined ? plain! : quoted.replaceAll('""', '"')));
}
const unmarked = (cell: string) => cell.replace(/^'/, '');

it.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['\n1', `"'\n1"`],
  ['\0=1', `"'\0=1"`],
  [' =1', "' =1"],
  ['\u200b=1', "'\u200b=1"],
  ['\ufeff@x', "'\ufeff@x"],
  ['＝1', "'＝1"],
  ['＋1', "'＋1"],
  ['－1', "'－1"],
  ['＠x', "'＠x"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ["'=1", "''=1"],
  ['a;=1', '"a;=1"'],
  ['a=1', 'a=1'],
  ['', '""'],
  ['he said "no"', '"he said ""no"""'],
])('%j stands in a CSV file as %j', (text, expected) => {
  expect(csvText(text)).toBe(expected);
});

it('whatever a text is, a spreadsheet sees text, and it can be read back', () => {
  const piece = fc.constantFrom(
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    '\0',
    '＝',
    '＠',
    '"',
    ',',
    ';',
    "'",
    ' ',
    'a',
    '1',
    '\ufeff',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (cells) => {
      const read = parseCsv(cells.map(csvText).join(','));
      for (const cell of read) expect(cell).not.toMatch(/^[\s\0\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n\0]/);
      expect(read.map(unmarked)).toEqual(cells);
    }),
  );
});
