import '../../styles/trace-timeline.css';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { countOf, exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import type { TraceSearch } from '../../search.ts';
import { buildTree, type SpanNode, type SpanTree } from '../../trace/build-tree.ts';
import { classify } from '../../trace/classify.ts';
import { type CriticalPath, criticalPath } from '../../trace/critical-path.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import { type Failures, failuresOf } from '../../trace/failures.ts';
import { spanOfTime } from '../../trace/timeline.ts';
import { ErrorBoundary } from '../../widgets/error-boundary.tsx';
import { Icon } from '../../widgets/icon.tsx';
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

/** What is told of a trace when all of it is here. */
const NO_FAILURES: Failures = { all: [], cause: null, fatal: false };
const notYet = () => undefined;

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
  const { isBeginning = false } = trace;
  const tree = useMemo(() => buildTree(trace.spans, isBeginning), [trace.spans, isBeginning]);
  const failures = useMemo(() => (isBeginning ? NO_FAILURES : failuresOf(tree)), [tree, isBeginning]);
  const path = useAfterPaint<SpanTree, CriticalPath | undefined>(isBeginning ? notYet : criticalPath, tree);
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
      {isBeginning && (
        <div className="note" role="status" data-testid="trace-beginning">
          <Icon name="running" size={14} />
          <p>
            These are the first {exactCount(tree.nodes.length)} of {countOf(trace.summary.spans, 'span')}. The others
            are on their way, and with them sums and failures.
          </p>
        </div>
      )}
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
            <Suspense fallback={<ViewWaiting />}>
              {isBeginning && view !== 'waterfall' && <ViewWaiting />}
              {!isBeginning && view === 'transcript' && (
                <Transcript trace={trace} tree={tree} selectedId={selectedId} select={select} />
              )}
              {!isBeginning && view === 'graph' && <GraphView tree={tree} show={showInWaterfall} />}
              {!isBeginning && view === 'compare' && (
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

function ViewWaiting() {
  return (
    <p className="view-waiting waiting" role="status">
      Loading…
    </p>
  );
}
