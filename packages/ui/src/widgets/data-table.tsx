import { useMemo, useRef, useState, type ReactNode } from 'react';
import { Icon } from './icon.tsx';
import { useRowKeys } from './use-row-keys.ts';
import { countOf } from '../format/count.ts';
import { sorted, turned, type SortValue } from './sort-rows.ts';

export interface Column<Row> {
  id: string;
  title: string;
  /** What the figures mean, for the title of the heading. */
  about?: string;
  cell(row: Row): ReactNode;
  /** What the rows are ordered by; a column without it is in no order. Null stands last either way. */
  sort?(row: Row): SortValue;
  /** Figures stand right, in line, and the largest first. */
  isNumber?: boolean;
  /** Where the window is narrower, the column is left out. */
  from?: 'phone' | 'tablet' | 'desktop' | 'wide';
}

/** Rows that are drawn at first. */
const ROWS_AT_FIRST = 100;

/**
 * A table whose headings sort it. The column with the link of a row gives it the class `row-link`: j, k and the arrows move
 * among them. `sort` is the id of a column, with `-` the largest first; undefined leaves the order of the rows.
 */
export function DataTable<Row>(properties: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  sort?: string | undefined;
  setSort?: ((sort: string | undefined) => void) | undefined;
  testId?: string;
  /** Whether there are rows that were not loaded: then a sorted table says what it is sorted among. */
  more?: boolean;
}) {
  const { label, columns, rows, keyOf, testId, more = false } = properties;
  const [ownSort, setOwnSort] = useState<string>();
  const sort = properties.setSort ? properties.sort : ownSort;
  const setSort = properties.setSort ?? setOwnSort;
  const [whole, setWhole] = useState(false);
  const table = useRef<HTMLDivElement>(null);
  useRowKeys(table);
  const by = columns.find(({ id }) => id === sort?.replace(/^-/, ''))?.sort;
  const ordered = useMemo(() => (by ? sorted(rows, by, sort!.startsWith('-')) : rows), [rows, by, sort]);
  const shown = whole ? ordered : ordered.slice(0, ROWS_AT_FIRST);
  return (
    <>
      <div ref={table} className="data-table" role="region" aria-label={label} tabIndex={0} data-testid={testId}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.id} column={column} sort={sort} setSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map((column) => (
                  <td key={column.id} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more && by && <SortedAmong rows={rows.length} />}
      {ordered.length > shown.length && (
        <div className="more">
          <button type="button" className="button" onClick={() => setWhole(true)}>
            Show {countOf(ordered.length - shown.length, 'more', 'more')}
          </button>
        </div>
      )}
    </>
  );
}

/** No silent lie: the first row is the first of what is here, not of everything. */
export function SortedAmong({ rows, children }: { rows: number; children?: ReactNode }) {
  return (
    <p className="note-line" role="status" data-testid="sorted-among">
      Sorted: the {countOf(rows, 'row')} that are loaded. There are more. {children}
    </p>
  );
}

function Heading<Row>(properties: {
  column: Column<Row>;
  sort: string | undefined;
  setSort(sort: string | undefined): void;
}) {
  const { column, sort, setSort } = properties;
  const isSorted = sort?.replace(/^-/, '') === column.id;
  const isDown = isSorted && sort!.startsWith('-');
  return (
    <th
      scope="col"
      className={classOf(column)}
      title={column.about}
      aria-sort={isSorted ? (isDown ? 'descending' : 'ascending') : undefined}
    >
      {column.sort ? (
        <button
          type="button"
          className="sort"
          onClick={() => setSort(turned(sort, column.id, column.isNumber === true))}
        >
          {column.title}
          {isSorted && <Icon name={isDown ? 'down' : 'up'} size={10} />}
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

function classOf({ isNumber, from = 'phone', id }: Pick<Column<never>, 'isNumber' | 'from' | 'id'>): string {
  return `t-${id} from-${from}${isNumber ? ' number' : ''}`;
}
