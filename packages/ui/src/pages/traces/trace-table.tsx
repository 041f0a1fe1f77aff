import type { TraceSummary } from '@tallyspan/server';
import { useMemo, useRef } from 'react';
import { useKeys } from '../../widgets/use-keys.ts';
import { TraceRow } from './trace-row.tsx';

const COLUMNS = ['Time', 'Name', 'Agent', 'Status', 'Duration', 'Spans', 'Tokens', 'Cost', 'Models'] as const;
const NUMERIC: ReadonlySet<string> = new Set(['Duration', 'Spans', 'Tokens', 'Cost']);

/** The list. Rows are links; j, k and the arrows move the focus among them. */
export function TraceTable({
  rows,
  arrived,
  stale,
}: {
  rows: readonly TraceSummary[];
  arrived: ReadonlySet<string>;
  stale: boolean;
}) {
  const table = useRef<HTMLDivElement>(null);
  const longMs = useMemo(() => longDuration(rows), [rows]);

  const move = (step: 1 | -1) => (event: KeyboardEvent) => {
    const links = [...(table.current?.querySelectorAll<HTMLAnchorElement>('a.trace-link') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    // With the focus elsewhere the arrows still scroll the page; j and k start at the top.
    if (at < 0 && event.key.startsWith('Arrow')) return false;
    const next = links[at < 0 ? 0 : at + step];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
    return undefined;
  };
  useKeys({ j: move(1), k: move(-1), ArrowDown: move(1), ArrowUp: move(-1) });

  return (
    <div
      ref={table}
      className="trace-table"
      role="table"
      aria-label="Traces"
      aria-busy={stale}
      data-testid="trace-table"
    >
      <div role="rowgroup" className="trace-table-head">
        <div role="row" className="trace-row">
          {COLUMNS.map((column) => (
            <span
              key={column}
              role="columnheader"
              className={`c-${column.toLowerCase()}${NUMERIC.has(column) ? ' number' : ''}`}
            >
              {column}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {rows.map((trace) => (
          <TraceRow key={trace.traceId} trace={trace} longMs={longMs} isNew={arrived.has(trace.traceId)} />
        ))}
      </div>
    </div>
  );
}

/** What fills a bar: the 95th percentile, so that one trace of an hour does not flatten all others. */
function longDuration(rows: readonly TraceSummary[]): number {
  const sorted = rows.map((trace) => trace.durationMs).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * 0.95)] || 1;
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
