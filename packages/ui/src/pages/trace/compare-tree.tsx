import { usdFromNanos } from '@tallyspan/facts/units';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { countOf } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode, SpanTree } from '../../trace/build-tree.ts';
import { classify, shortName } from '../../trace/classify.ts';
import { compareTrees, type Difference, type Pair } from '../../trace/compare-traces.ts';
import { Icon } from '../../widgets/icon.tsx';

const WORDS: Readonly<Record<Difference, string>> = {
  'only-left': 'only in this trace',
  'only-right': 'only in the other',
  failed: 'failed in one',
  model: 'another model',
  slower: 'slower',
  faster: 'faster',
  dearer: 'dearer',
  cheaper: 'cheaper',
};

const ROW_PX = 30;
const INDENTS_MAX = 12;

/** The steps of two traces, those that belong together in one line; what is the same can be left out. */
export function CompareTree(properties: {
  left: SpanTree;
  right: SpanTree;
  selectedId: string | undefined;
  select(spanId: string): void;
}) {
  const { left, right, selectedId, select } = properties;
  const [only, setOnly] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const pairs = useMemo(() => compareTrees(left, right), [left, right]);
  const differing = useMemo(() => pairs.filter((pair) => pair.difference !== null).length, [pairs]);
  const shown = useMemo(
    () => (only ? pairs.filter((pair) => pair.difference !== null || pair.differencesBelow > 0) : pairs),
    [pairs, only],
  );
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  return (
    <>
      <div className="compare-bar">
        <p role="status">
          {differing === 0
            ? 'No step differs.'
            : `${countOf(differing, 'step')} of ${countOf(pairs.length, 'step')} differ.`}
        </p>
        <label>
          <input type="checkbox" checked={only} onChange={(event) => setOnly(event.target.checked)} />
          Only what differs
        </label>
      </div>
      <div
        ref={scroller}
        className="compare-rows"
        role="table"
        aria-label="Steps of both traces"
        aria-rowcount={shown.length + 1}
        tabIndex={0}
      >
        <div role="row" className="compare-row is-head" aria-rowindex={1}>
          <span role="columnheader">Step</span>
          <span role="columnheader" className="number">
            This trace
          </span>
          <span role="columnheader" className="number">
            The other
          </span>
          <span role="columnheader">Difference</span>
        </div>
        <div role="rowgroup" className="compare-body" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const pair = shown[item.index]!;
            return (
              <PairRow
                key={pair.key}
                pair={pair}
                index={item.index}
                top={item.start}
                selected={pair.left !== null && pair.left.span.spanId === selectedId}
                select={select}
              />
            );
          })}
        </div>
      </div>
    </>
  );
}

function PairRow(properties: {
  pair: Pair;
  index: number;
  top: number;
  selected: boolean;
  select(spanId: string): void;
}) {
  const { pair, index, top, selected, select } = properties;
  const { left, right, difference } = pair;
  const node = (left ?? right)!;
  const kind = classify(node.span);
  const models = difference === 'model' ? ` ${right?.span.model ?? ''}` : '';
  const name = printable(shortName(node.span));
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`compare-row op-${kind}${difference ? ` is-${difference}` : ''}${selected ? ' is-selected' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      data-difference={difference ?? 'same'}
    >
      <span role="cell" className="compare-name">
        <span className="indent" style={{ width: Math.min(pair.depth, INDENTS_MAX) * 16 }} aria-hidden="true" />
        <span className="op-icon">
          <Icon name={kind} size={13} />
        </span>
        {left ? (
          <button type="button" className="clip" onClick={() => select(left.span.spanId)}>
            {name}
          </button>
        ) : (
          <span className="clip">{name}</span>
        )}
      </span>
      <Side node={left} />
      <Side node={right} />
      <span role="cell" className="compare-word">
        {difference && (
          <>
            {WORDS[difference]}
            {printable(models)}
          </>
        )}
      </span>
    </div>
  );
}

function Side({ node }: { node: SpanNode | null }) {
  if (!node) {
    return (
      <span role="cell" className="number muted">
        –
      </span>
    );
  }
  const { span, subtree } = node;
  const cost = subtree.calls > subtree.unpricedCalls ? formatUsd(usdFromNanos(subtree.costNanos)) : '';
  return (
    <span role="cell" className={`number compare-side${span.status === 'error' ? ' is-failed' : ''}`}>
      {span.status === 'error' && <Icon name="error" size={12} />}
      <span>{formatDuration(span.durationMs)}</span>
      <span className="muted">{cost}</span>
    </span>
  );
}
