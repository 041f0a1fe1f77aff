import { parseFilter } from '@tallyspan/facts/query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { TraceFilters } from '../../api/queries.ts';
import { isAllTime, type TimeSearch } from '../../api/time-range.ts';
import { useLiveTraces } from '../../api/use-live-traces.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import type { TracesSearch } from '../../search.ts';
import { SortedAmong } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { useKeys } from '../../widgets/use-keys.ts';
import { COLUMNS_AT_FIRST, readColumns, rememberColumns, rememberedColumns, type TraceColumn } from './columns.ts';
import { ColumnsMenu } from './columns-menu.tsx';
import { CompareBar } from './compare-bar.tsx';
import { Facets } from './facets.tsx';
import { GetStarted } from './get-started.tsx';
import { LiveControl } from './live-control.tsx';
import { sortTraces } from './sort-traces.ts';
import { TraceSums } from './trace-sums.tsx';
import { TraceTable, TraceTableWaiting } from './trace-table.tsx';
import { ViewsMenu } from './views-menu.tsx';

const route = getRouteApi('/');

/** As wide as this the facets stand beside the list from the start, with this one unfolded. */
const WIDE = matchMedia('(min-width: 1360px)');
const FACET_AT_FIRST = 'agent';

export function TracesPage() {
  const { q, cols, sort, facets, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const [paused, setPaused] = useState(false);
  const [picked, setPicked] = useState<readonly string[]>([]);
  const filters = useMemo<TraceFilters>(() => ({ q, range, from, to }), [q, range, from, to]);
  const { query, rows, arrived, waiting } = useLiveTraces(filters, paused);
  const change = useCallback(
    (part: TracesSearch & TimeSearch) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false }),
    [navigate],
  );
  const columns = useMemo(() => readColumns(cols) ?? rememberedColumns(), [cols]);
  // What was chosen before stands in the address too, so that it can be passed on.
  useEffect(() => {
    if (cols === undefined && columns.join() !== COLUMNS_AT_FIRST.join()) change({ cols: columns.join() });
  }, [cols, columns, change]);
  const setColumns = (chosen: readonly TraceColumn[]) => {
    rememberColumns(chosen);
    change({ cols: chosen.join() === COLUMNS_AT_FIRST.join() ? undefined : chosen.join() });
  };
  const ordered = useMemo(() => sortTraces(rows, sort), [rows, sort]);
  // The third takes the place of the second: the first is what is compared with.
  const pick = useCallback(
    (traceId: string) =>
      setPicked((before) =>
        before.includes(traceId) ? before.filter((each) => each !== traceId) : [...before.slice(0, 1), traceId],
      ),
    [],
  );
  const isWide = useSyncExternalStore(followWidth, () => WIDE.matches);
  const unfolded =
    facets === undefined ? (isWide ? [FACET_AT_FIRST] : undefined) : facets === 'none' ? undefined : facets.split(',');
  useKeys({ p: () => setPaused(!paused) });

  const filtered = q !== undefined || !isAllTime(filters);
  const clear = () => change({ q: undefined, range: undefined, from: undefined, to: undefined });
  const more = () => {
    if (!query.hasNextPage || query.isFetchingNextPage) return false;
    void query.fetchNextPage();
    return true;
  };

  if (!filtered && query.isSuccess && !query.isPlaceholderData && rows.length === 0) return <GetStarted />;
  return (
    <div className="page traces-page">
      <title>Traces · Tallyspan</title>
      <div className="page-head">
        <h1>Traces</h1>
        <div className="push page-tools">
          <LiveControl paused={paused} waiting={waiting} setPaused={setPaused} />
          <TimeRangePicker />
        </div>
      </div>
      {!query.isError && <TraceSums rows={rows} more={query.hasNextPage} waiting={query.isPending} />}
      <search className="filter-bar">
        <button
          type="button"
          className="button"
          aria-expanded={unfolded !== undefined}
          title="Filter by value"
          onClick={() => change({ facets: unfolded ? 'none' : FACET_AT_FIRST })}
        >
          <Icon name="list" size={13} />
          Facets
        </button>
        <FilterBox of="traces" value={q ?? ''} onChange={(text) => change({ q: text || undefined })} />
        <ColumnsMenu columns={columns} setColumns={setColumns} />
        <ViewsMenu />
      </search>
      <div className={`traces-body${unfolded ? ' has-facets' : ''}`}>
        {unfolded && (
          <Facets
            filters={filters}
            open={unfolded}
            setOpen={(fields) => change({ facets: fields.join() || 'folded' })}
            setQ={(text) => change({ q: text })}
          />
        )}
        <div className="traces-list">
          {query.isPending ? (
            <TraceTableWaiting />
          ) : query.isError && !parseFilter(q ?? '').ok ? (
            <EmptyState
              icon="search"
              title="This filter cannot be followed"
              text="What is wrong with it stands below the field, with the place that is meant."
            />
          ) : query.isError && rows.length === 0 ? (
            <ErrorState error={query.error} retry={() => void query.refetch()} />
          ) : rows.length === 0 ? (
            <EmptyState
              icon="search"
              title="No trace fits"
              text="No trace that was received has all of these: loosen the filter or the time to see more."
            >
              <button type="button" className="button" onClick={clear}>
                Clear the filters
              </button>
            </EmptyState>
          ) : (
            <>
              {query.hasNextPage && sort !== undefined && sort !== '-time' && (
                <SortedAmong rows={rows.length}>
                  <button type="button" className="link-button" disabled={query.isFetchingNextPage} onClick={more}>
                    {query.isFetchingNextPage ? 'Loading…' : 'Load more'}
                  </button>
                </SortedAmong>
              )}
              <TraceTable
                rows={ordered}
                columns={columns}
                arrived={arrived}
                picked={picked}
                pick={pick}
                stale={query.isPlaceholderData}
                sort={sort}
                setSort={(next) => change({ sort: next })}
                more={more}
              />
              <div className="more">
                {query.hasNextPage ? (
                  <button type="button" className="button" disabled={query.isFetchingNextPage} onClick={more}>
                    {query.isFetchingNextPage ? 'Loading…' : 'Load more'}
                  </button>
                ) : (
                  <p className="muted">That is all{filtered ? ' that fits' : ''}.</p>
                )}
              </div>
            </>
          )}
        </div>
      </div>
      <CompareBar picked={picked} clear={() => setPicked([])} />
    </div>
  );
}

function followWidth(listener: () => void): () => void {
  WIDE.addEventListener('change', listener);
  return () => WIDE.removeEventListener('change', listener);
}
