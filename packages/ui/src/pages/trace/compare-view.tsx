import '../../styles/trace-compare.css';
import type { Trace } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { traceQuery } from '../../api/queries.ts';
import { printable } from '../../format/printable.ts';
import { buildTree, type SpanTree } from '../../trace/build-tree.ts';
import { ErrorState } from '../../widgets/states.tsx';
import { CompareFigures } from './compare-figures.tsx';
import { ComparePicker } from './compare-picker.tsx';
import { CompareTree } from './compare-tree.tsx';

/** This trace beside another: their figures, and where their steps differ. */
export default function CompareView(properties: {
  trace: Trace;
  tree: SpanTree;
  otherId: string | undefined;
  choose(otherId: string | undefined): void;
  selectedId: string | undefined;
  select(spanId: string): void;
}) {
  const { trace, otherId, choose } = properties;
  if (otherId === undefined) return <ComparePicker trace={trace} choose={choose} />;
  return <Compared {...properties} otherId={otherId} key={otherId} />;
}

function Compared(properties: Parameters<typeof CompareView>[0] & { otherId: string }) {
  const { trace, tree, otherId, choose, selectedId, select } = properties;
  const query = useQuery(traceQuery(otherId));
  const other = query.data;
  const otherTree = useMemo(() => (other ? buildTree(other.spans) : null), [other]);
  if (query.isPending) {
    return (
      <p className="view-waiting waiting" role="status">
        Loading…
      </p>
    );
  }
  if (!other || !otherTree) {
    return (
      <div className="compare">
        <ErrorState error={query.error} retry={() => void query.refetch()} />
        <p className="compare-other">
          <button type="button" className="button" onClick={() => choose(undefined)}>
            Choose another trace
          </button>
        </p>
      </div>
    );
  }
  return (
    <section className="compare" aria-label="Comparison" data-testid="compare" tabIndex={0}>
      <p className="compare-other">
        <span className="muted">Beside</span>
        <Link to="/traces/$traceId" params={{ traceId: other.summary.traceId }} className="link-button clip">
          {printable(other.summary.name)}
        </Link>
        <code className="muted">{other.summary.traceId.slice(0, 8)}</code>
        <button type="button" className="button small" onClick={() => choose(undefined)}>
          Choose another
        </button>
      </p>
      <CompareFigures left={trace.summary} right={other.summary} />
      <CompareTree left={tree} right={otherTree} selectedId={selectedId} select={select} />
    </section>
  );
}
