import '../../styles/trace-timeline.css';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { printable } from '../../format/printable.ts';
import type { TraceSearch } from '../../search.ts';
import { buildTree, type SpanNode } from '../../trace/build-tree.ts';
import { classify } from '../../trace/classify.ts';
import { criticalPath } from '../../trace/critical-path.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import { failuresOf } from '../../trace/failures.ts';
import { spanOfTime } from '../../trace/timeline.ts';
import { ErrorBoundary } from '../../widgets/error-boundary.tsx';
import { ErrorState } from '../../widgets/states.tsx';
import { useKeys } from '../../widgets/use-keys.ts';
import { SpanGrid } from './span-grid.tsx';
import { SpanPanel } from './span-panel.tsx';
import { TraceHeader } from './trace-header.tsx';
import { TracePanel } from './trace-panel.tsx';
import { TraceWaiting } from './trace-waiting.tsx';
import { useAfterPaint } from './use-after-paint.ts';
import { useTrace } from './use-trace.ts';
import { useZoom } from './use-zoom.ts';
import { ViewChoice, type View } from './view-choice.tsx';

const Transcript = lazy(() => import('./transcript.tsx'));
const GraphView = lazy(() => import('./graph-view.tsx'));
const CompareView = lazy(() => import('./compare-view.tsx'));

const route = getRouteApi('/traces/$traceId');

export function TracePage() {
  const { traceId } = route.useParams();
  const trace = useTrace(traceId);
  if (trace.pending) return <TraceWaiting />;
  if (!trace.data) {
    return (
      <div className="page">
        <title>Trace · Tallyspan</title>
        <ErrorState heading="h1" error={trace.error} retry={trace.retry} />
      </div>
    );
  }
  return <TraceView key={traceId} trace={trace.data} />;
}

function TraceView({ trace }: { trace: LoadedTrace }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tree = useMemo(() => buildTree(trace.spans), [trace.spans]);
  const failures = useMemo(() => failuresOf(tree), [tree]);
  const path = useAfterPaint(criticalPath, tree);
  const totalMs = useMemo(() => spanOfTime(trace.spans, trace.summary.durationMs), [trace]);
  const selected = search.span === undefined ? undefined : tree.bySpanId.get(search.span);
  const selectedId = selected?.span.spanId;
  const body = useRef<HTMLDivElement>(null);
  const [comparing, setComparing] = useState(false);

  const change = useCallback(
    (part: Partial<TraceSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false }),
    [navigate],
  );
  const select = useCallback((spanId: string | undefined) => change({ span: spanId }), [change]);
  const find = useCallback((text: string) => change({ find: text || undefined }), [change]);
  const writeZoom = useCallback((text: string | undefined) => change({ zoom: text }), [change]);
  const zoom = useZoom(totalMs, search.zoom, writeZoom);

  const view: View = search.compare !== undefined || comparing ? 'compare' : (search.view ?? 'waterfall');
  const choose = useCallback(
    (next: View) => {
      setComparing(next === 'compare');
      if (next === 'compare') return;
      change({ view: next === 'waterfall' ? undefined : next, compare: undefined });
    },
    [change],
  );
  const showInWaterfall = useCallback(
    (part: { span?: string; find?: string }) => {
      setComparing(false);
      change({ view: undefined, compare: undefined, ...part });
    },
    [change],
  );

  const models = useMemo(() => tree.nodes.filter((node) => classify(node.span) === 'model'), [tree]);
  /** To the next of some spans after the chosen one, in the order of the tree, and around. */
  const step = (some: readonly SpanNode[], direction: 1 | -1) => {
    const at = selected ? selected.order : direction > 0 ? -1 : Infinity;
    const inOrder = direction > 0 ? some : some.toReversed();
    const next = inOrder.find((node) => (node.order - at) * direction > 0) ?? inOrder[0];
    if (!next) return false;
    select(next.span.spanId);
    return undefined;
  };
  const nextError = () => void step(failures.all, 1);
  const togglePath = () => change({ path: search.path === 'on' ? undefined : 'on' });
  useKeys({
    ...{ e: () => step(failures.all, 1), E: () => step(failures.all, -1) },
    ...{ ']': () => step(models, 1), '[': () => step(models, -1) },
    ...{ w: () => choose('waterfall'), t: () => choose('transcript'), a: () => choose('graph'), c: togglePath },
    Enter: (event) => {
      const panel = body.current?.querySelector<HTMLElement>('.span-panel .panel-scroll');
      if (!panel || (event.target instanceof Element && event.target.closest('a, button, summary'))) return false;
      panel.focus();
      return undefined;
    },
  });

  const views = <ViewChoice view={view} choose={choose} />;
  return (
    <div className={`trace-page${selected ? ' has-span' : ''}`}>
      <title>{`${printable(trace.summary.name) || 'Trace'} · Tallyspan`}</title>
      <TraceHeader trace={trace} tree={tree} failures={failures} select={select} />
      <div className="trace-body" ref={body}>
        <div className="trace-main">
          {view !== 'waterfall' && <div className="view-bar">{views}</div>}
          {view === 'waterfall' && (
            <SpanGrid
              lead={views}
              tree={tree}
              zoom={zoom}
              path={path}
              pathShown={search.path === 'on'}
              togglePath={togglePath}
              errors={failures.all.length}
              nextError={nextError}
              selectedId={selectedId}
              select={select}
              search={search.find ?? ''}
              setSearch={find}
            />
          )}
          <ErrorBoundary key={view}>
            <Suspense
              fallback={
                <p className="view-waiting waiting" role="status">
                  Loading…
                </p>
              }
            >
              {view === 'transcript' && (
                <Transcript trace={trace} tree={tree} selectedId={selectedId} select={select} />
              )}
              {view === 'graph' && <GraphView tree={tree} show={showInWaterfall} />}
              {view === 'compare' && (
                <CompareView
                  trace={trace}
                  tree={tree}
                  otherId={search.compare}
                  choose={(compare) => {
                    setComparing(true);
                    change({ compare });
                  }}
                  selectedId={selectedId}
                  select={select}
                />
              )}
            </Suspense>
          </ErrorBoundary>
        </div>
        {selected ? (
          <SpanPanel key={selectedId} node={selected} trace={trace} close={() => select(undefined)} select={select} />
        ) : (
          <TracePanel trace={trace} path={path} select={select} />
        )}
      </div>
    </div>
  );
}
