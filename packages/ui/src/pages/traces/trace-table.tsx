import type { TraceSummary } from '@tallyspan/server';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Icon } from '../../widgets/icon.tsx';
import { turned } from '../../widgets/sort-rows.ts';
import { useKeys } from '../../widgets/use-keys.ts';
import { useRowKeys } from '../../widgets/use-row-keys.ts';
import { fittingColumns, templateOf, TRACE_COLUMNS, type TraceColumn, type TraceColumnDrawn } from './columns.ts';
import { TraceRow } from './trace-row.tsx';

/** Narrower than this, in ems, each row becomes two lines. */
const NARROW_EMS = 44;
const NARROW_COLUMNS: readonly TraceColumn[] = ['time', 'name', 'status', 'duration', 'cost'];

/** The list. Rows are links; j, k and the arrows move the focus among them, x chooses one for comparing. */
export function TraceTable(properties: {
  rows: readonly TraceSummary[];
  columns: readonly TraceColumn[];
  arrived: ReadonlySet<string>;
  picked: readonly string[];
  pick(traceId: string): void;
  stale: boolean;
  sort: string | undefined;
  setSort(sort: string | undefined): void;
  more(): boolean;
}) {
  const { rows, columns, arrived, picked, pick, stale, sort, setSort, more } = properties;
  const table = useRef<HTMLDivElement>(null);
  const longMs = useMemo(() => longDuration(rows), [rows]);
  const ems = useWidthInEms(table);
  const isNarrow = ems < NARROW_EMS;
  const shown = useMemo(() => (isNarrow ? NARROW_COLUMNS : fittingColumns(columns, ems)), [columns, ems, isNarrow]);
  useRowKeys(table, more);
  useKeys({
    x: () => {
      const traceId = document.activeElement?.closest<HTMLElement>('[data-trace-id]')?.dataset['traceId'];
      if (traceId === undefined) return false;
      pick(traceId);
      return undefined;
    },
  });

  return (
    <div
      ref={table}
      className={`trace-table${isNarrow ? ' is-narrow' : ''}${picked.length > 0 ? ' is-picking' : ''}`}
      role="table"
      aria-label="Traces"
      aria-busy={stale}
      data-testid="trace-table"
      style={{ '--columns': templateOf(shown) } as React.CSSProperties}
    >
      <div role="rowgroup" className="trace-table-head">
        <div role="row" className="trace-row">
          <span role="columnheader" className="c-pick">
            <span className="unseen">Compare</span>
          </span>
          {shown.map((column) => (
            <Heading key={column} column={column} sort={sort} setSort={setSort} />
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {rows.map((trace) => (
          <TraceRow
            key={trace.traceId}
            trace={trace}
            columns={shown}
            longMs={longMs}
            isNew={arrived.has(trace.traceId)}
            isPicked={picked.includes(trace.traceId)}
            pick={pick}
          />
        ))}
      </div>
    </div>
  );
}

function Heading(properties: {
  column: TraceColumn;
  sort: string | undefined;
  setSort(sort: string | undefined): void;
}) {
  const { column, sort, setSort } = properties;
  const { title, isNumber = false }: TraceColumnDrawn = TRACE_COLUMNS[column];
  const isSorted = sort?.replace(/^-/, '') === column;
  const isDown = isSorted && sort!.startsWith('-');
  return (
    <span
      role="columnheader"
      className={`c-${column}${isNumber ? ' number' : ''}`}
      aria-sort={isSorted ? (isDown ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" className="sort" onClick={() => setSort(turned(sort, column, isNumber))}>
        {title}
        {isSorted && <Icon name={isDown ? 'down' : 'up'} size={10} />}
      </button>
    </span>
  );
}

/** How many ems wide an element is. */
function useWidthInEms(element: React.RefObject<HTMLElement | null>): number {
  const [ems, setEms] = useState(() => window.innerWidth / 14);
  useEffect(() => {
    const measured = element.current!;
    const observer = new ResizeObserver(() => {
      setEms(Math.floor(measured.clientWidth / Number.parseFloat(getComputedStyle(measured).fontSize)));
    });
    observer.observe(measured);
    return () => observer.disconnect();
  }, [element]);
  return ems;
}

/** What fills a bar: the 95th percentile, so that one trace of an hour does not flatten all others. */
function longDuration(rows: readonly TraceSummary[]): number {
  const byDuration = rows.map((trace) => trace.durationMs).sort((a, b) => a - b);
  return byDuration[Math.floor((byDuration.length - 1) * 0.95)] || 1;
}

const WAITING_WIDTHS = [62, 48, 70, 55, 44, 66, 58, 40];

export function TraceTableWaiting() {
  return (
    <div className="trace-table waiting" role="status" aria-label="Loading the traces">
      {WAITING_WIDTHS.map((width, i) => (
        <div key={i} className="trace-row-waiting">
          <span className="skeleton" style={{ width: '5%' }} />
          <span className="skeleton" style={{ width: `${width / 2.2}%` }} />
          <span className="skeleton" style={{ width: '12%' }} />
          <span className="skeleton" style={{ width: '6%', marginLeft: 'auto' }} />
          <span className="skeleton" style={{ width: '7%' }} />
        </div>
      ))}
    </div>
  );
}
