import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { SpanRow } from '@tallyspan/server';
import { bucketTitle } from '../../costs/bucket-text.ts';
import type { CellFilter } from '../../costs/cell-filter.ts';
import { cellSpansQuery, cellTotalQuery, type Looked } from '../../costs/costs-queries.ts';
import { countOf, exactCount } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import { SOURCES } from '../../trace/explain-cost.ts';
import { Ago } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Money, NoCost, TotalCost, Unpriced } from '../../widgets/money.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { CostTableWaiting } from './cost-table-waiting.tsx';

const COLUMNS = ['Input', 'Cached', 'Output', 'Time', 'Cost'] as const;

/** The calls that one figure is the sum of, the newest first; each leads into its trace. */
export function SpansBehind({ cell, looked, utc }: { cell: CellFilter; looked: Looked; utc: boolean }) {
  const spans = useInfiniteQuery(cellSpansQuery(cell, looked));
  const sum = useQuery(cellTotalQuery(cell, looked));
  const rows = spans.data?.pages.flatMap((page) => page.spans) ?? [];
  const total = sum.data?.total;
  return (
    <section className="spans-behind" data-testid="spans-behind">
      <div className="spans-behind-head">
        <Link
          to="."
          search={(before) => ({ ...before, view: undefined, cell: undefined, at: undefined })}
          className="button small"
        >
          <Icon name="back" size={12} />
          Costs
        </Link>
        <code className="clip">{printable(cell.terms.replace(/ ?has:source$/, '') || 'all calls')}</code>
        {cell.at && <span className="tag">{bucketTitle(Date.parse(cell.at.from), Date.parse(cell.at.to), utc)}</span>}
        {total && (
          <p className="push number" data-testid="behind-total">
            {countOf(total.calls, 'call')} <TotalCost totals={total} />
          </p>
        )}
      </div>
      {spans.isPending ? (
        <CostTableWaiting />
      ) : !spans.data ? (
        <ErrorState error={spans.error} retry={() => void spans.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState icon="list" title="No calls behind it" text="They may lie outside the time that is looked at." />
      ) : (
        <>
          <div className="plain-scroll" tabIndex={0} role="region" aria-label="Calls">
            <table className="plain-table spans-table">
              <thead>
                <tr>
                  <th scope="col">Call</th>
                  <th scope="col">Agent</th>
                  <th scope="col">Started</th>
                  {COLUMNS.map((name) => (
                    <th key={name} scope="col" className="number">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <SpanLine key={`${row.traceId} ${row.spanId}`} row={row} />
                ))}
              </tbody>
            </table>
          </div>
          {spans.hasNextPage && (
            <button
              type="button"
              className="button load-more"
              disabled={spans.isFetchingNextPage}
              onClick={() => void spans.fetchNextPage()}
            >
              {spans.isFetchingNextPage ? 'Loading…' : 'Load more'}
            </button>
          )}
        </>
      )}
    </section>
  );
}

function SpanLine({ row }: { row: SpanRow }) {
  const count = (tokens: number | null) => (tokens === null ? '–' : exactCount(tokens));
  return (
    <tr className={row.status === 'error' ? 'is-failed' : undefined}>
      <th scope="row">
        <Link
          to="/traces/$traceId"
          params={{ traceId: row.traceId }}
          search={{ span: row.spanId }}
          className="row-link"
        >
          {row.status === 'error' && <Icon name="error" size={13} />}
          <Clip text={row.model ?? row.name} />
          {row.status === 'error' && <span className="unseen">failed</span>}
        </Link>
      </th>
      <td>
        <Clip text={[row.agent ?? '–', row.role].filter(Boolean).join(' / ')} className="muted" />
      </td>
      <td>
        <Ago iso={row.start} />
      </td>
      <td className="number">{count(row.inputTokens)}</td>
      <td className="number">{count(row.cacheReadTokens)}</td>
      <td className="number">{count(row.outputTokens)}</td>
      <td className="number">{formatDuration(row.durationMs)}</td>
      <td className="number" title={row.costSource === null ? undefined : SOURCES[row.costSource]}>
        {row.costUsd !== null ? (
          <Money usd={row.costUsd} />
        ) : row.costSource === 'unpriced' ? (
          <Unpriced />
        ) : (
          <NoCost title="Not billed" />
        )}
      </td>
    </tr>
  );
}
