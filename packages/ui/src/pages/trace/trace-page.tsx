import type { Trace } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useRef } from 'react';
import { useTail } from '../../api/live.ts';
import { costsQuery, traceQuery } from '../../api/queries.ts';
import { printable } from '../../format/printable.ts';
import { buildTree } from '../../trace/build-tree.ts';
import { ErrorState } from '../../widgets/states.tsx';
import { refreshNow } from '../../widgets/use-now.ts';
import { SpanGrid } from './span-grid.tsx';
import { SpanPanel } from './span-panel.tsx';
import { TraceHeader } from './trace-header.tsx';
import { TracePanel } from './trace-panel.tsx';
import { TraceWaiting } from './trace-waiting.tsx';

const route = getRouteApi('/traces/$traceId');

/** A trace that grows by thousands of spans is not fetched for each of its batches. */
const REFETCH_MS = 1_000;

export function TracePage() {
  const { traceId } = route.useParams();
  const query = useQuery(traceQuery(traceId));
  const costs = useQuery(costsQuery('agent,role,model', 'all', traceId));

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useTail((traceIds) => {
    if (traceIds && !traceIds.has(traceId)) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      refreshNow();
      void query.refetch();
      void costs.refetch();
    }, REFETCH_MS);
  });

  if (query.isPending) return <TraceWaiting />;
  if (!query.data) {
    return (
      <div className="page">
        <title>Trace · Tallyspan</title>
        <ErrorState heading="h1" error={query.error} retry={() => void query.refetch()} />
      </div>
    );
  }
  return <TraceView key={traceId} trace={query.data} />;
}

function TraceView({ trace }: { trace: Trace }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tree = useMemo(() => buildTree(trace.spans), [trace.spans]);
  const selected = search.span === undefined ? undefined : tree.bySpanId.get(search.span);

  const select = useCallback(
    (spanId: string | undefined) =>
      void navigate({ search: (before) => ({ ...before, span: spanId }), replace: true, resetScroll: false }),
    [navigate],
  );
  const find = useCallback(
    (text: string) =>
      void navigate({
        search: (before) => ({ ...before, find: text || undefined }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );

  return (
    <div className={`trace-page${selected ? ' has-span' : ''}`}>
      <title>{`${printable(trace.summary.name) || 'Trace'} · Tallyspan`}</title>
      <TraceHeader trace={trace} tree={tree} select={select} />
      <div className="trace-body">
        <SpanGrid
          trace={trace}
          tree={tree}
          selectedId={selected?.span.spanId}
          select={select}
          search={search.find ?? ''}
          setSearch={find}
        />
        {selected ? (
          <SpanPanel
            key={selected.span.spanId}
            node={selected}
            trace={trace}
            close={() => select(undefined)}
            select={select}
          />
        ) : (
          <TracePanel trace={trace} />
        )}
      </div>
    </div>
  );
}
