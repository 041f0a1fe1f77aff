import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { TraceFilters } from '../../api/queries.ts';
import { useLiveTraces } from '../../api/use-live-traces.ts';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { useKeys } from '../../widgets/use-keys.ts';
import { GetStarted } from './get-started.tsx';
import { LiveControl } from './live-control.tsx';
import { TraceFilterBar } from './trace-filter-bar.tsx';
import { TraceSums } from './trace-sums.tsx';
import { TraceTable, TraceTableWaiting } from './trace-table.tsx';

const route = getRouteApi('/');

export function TracesPage() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const [paused, setPaused] = useState(false);
  const { query, rows, arrived, waiting } = useLiveTraces(filters, paused);
  const filtered = Object.keys(filters).length > 0;
  const setFilters = (next: TraceFilters) => void navigate({ search: next, replace: true });
  useKeys({ p: () => setPaused(!paused) });

  if (!filtered && query.isSuccess && !query.isPlaceholderData && rows.length === 0) return <GetStarted />;
  return (
    <div className="page traces-page">
      <title>Traces · Tallyspan</title>
      <div className="page-head">
        <h1>Traces</h1>
        <LiveControl paused={paused} waiting={waiting} setPaused={setPaused} />
      </div>
      {!query.isError && <TraceSums rows={rows} more={query.hasNextPage} waiting={query.isPending} />}
      <TraceFilterBar filters={filters} setFilters={setFilters} />
      {query.isPending ? (
        <TraceTableWaiting />
      ) : query.isError && rows.length === 0 ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState
          icon="search"
          title="No trace fits"
          text="No trace that was received has all of these: loosen a filter to see more."
        >
          <button type="button" className="button" onClick={() => setFilters({})}>
            Clear the filters
          </button>
        </EmptyState>
      ) : (
        <>
          <TraceTable rows={rows} arrived={arrived} stale={query.isPlaceholderData} />
          <div className="more">
            {query.hasNextPage ? (
              <button
                type="button"
                className="button"
                disabled={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {query.isFetchingNextPage ? 'Loading…' : 'Load more'}
              </button>
            ) : (
              <p className="muted">That is all{filtered ? ' that fits' : ''}.</p>
            )}
          </div>
        </>
      )}
    </div>
  );
}
