import { usdFromNanos } from '@tallyspan/facts/units';
import { memo } from 'react';
import { exactCount } from '../../format/count.ts';
import { formatUsd } from '../../format/money.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import { CLASS_LABELS, classify, shortName } from '../../trace/classify.ts';
import type { PathSegment } from '../../trace/critical-path.ts';
import { explainSpanCost, explainSum } from '../../trace/explain-cost.ts';
import type { TimeWindow } from '../../trace/timeline.ts';
import type { Row } from '../../trace/visible-rows.ts';
import { Duration, TokenFlow } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { NoCost, Unpriced } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';
import { TimeBar } from './time-bar.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

/** Deeper spans keep their order but are no longer moved to the right: the name must stay readable. */
const INDENTS_MAX = 14;
const INDENT_PX = 16;

interface SpanRowProperties {
  id: string;
  row: Extract<Row, { type: 'span' }>;
  rowIndex: number;
  /** Whether its children are shown; null when it has none. */
  expanded: boolean | null;
  selected: boolean;
  dimmed: boolean;
  window: TimeWindow;
  /** Its stretches of the critical path while that is shown. */
  path: readonly PathSegment[] | undefined;
  top: number;
  height: number;
  select(spanId: string): void;
  toggle(spanId: string): void;
}

export const SpanRow = memo(function SpanRow(properties: SpanRowProperties) {
  const { row, expanded, selected } = properties;
  const { node } = row;
  const { span } = node;
  const kind = classify(span);
  const failed = span.status === 'error';
  const names = ['span-row', `op-${kind}`];
  if (selected) names.push('is-selected');
  if (failed) names.push('is-failed');
  if (properties.dimmed) names.push('is-dimmed');
  return (
    <div
      id={properties.id}
      role="row"
      className={names.join(' ')}
      aria-level={node.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-rowindex={properties.rowIndex}
      aria-expanded={expanded ?? undefined}
      aria-selected={selected}
      data-span-id={span.spanId}
      style={{ transform: `translateY(${properties.top}px)`, height: properties.height }}
      onClick={() => properties.select(span.spanId)}
    >
      <span role="gridcell" className="s-name">
        <Indent node={node} />
        {expanded === null ? (
          <span className="twist" />
        ) : (
          <button
            type="button"
            tabIndex={-1}
            className="twist"
            aria-label={expanded ? 'Fold' : 'Unfold'}
            onClick={(event) => {
              event.stopPropagation();
              properties.toggle(span.spanId);
            }}
          >
            <Icon name="chevron" size={12} />
          </button>
        )}
        <span className="op-icon" title={CLASS_LABELS[kind]}>
          <Icon name={kind} size={14} />
          <span className="unseen">{CLASS_LABELS[kind]}</span>
        </span>
        <Clip className="span-name" text={shortName(span)} title={span.name} />
        <VerdictBadge span={span} />
        <Subtitle node={node} expanded={expanded} />
      </span>
      <span role="gridcell" className="s-tokens number">
        <RowTokens node={node} />
      </span>
      <span role="gridcell" className="s-cost number">
        <RowCost node={node} />
      </span>
      <span role="gridcell" className="s-duration number">
        <Duration ms={span.durationMs} />
      </span>
      <span role="gridcell" className="s-time">
        <TimeBar node={node} window={properties.window} path={properties.path} />
      </span>
    </div>
  );
});

function Indent({ node }: { node: SpanNode }) {
  const steps = Math.min(node.depth, INDENTS_MAX);
  return (
    <>
      <span className="indent" style={{ width: steps * INDENT_PX }} aria-hidden="true" />
      {node.depth > INDENTS_MAX && (
        <span className="depth" title={`Level ${node.depth + 1}`}>
          {node.depth}
        </span>
      )}
    </>
  );
}

/** What the name alone does not say: who answered, and what is folded away. */
function Subtitle({ node, expanded }: { node: SpanNode; expanded: boolean | null }) {
  const { span } = node;
  const name = shortName(span);
  // `gpt-4o-2024-08-06` beside `gpt-4o` says nothing that the details do not.
  const about = span.billable ? [span.model?.startsWith(name) ? null : span.model, span.provider] : [];
  const text = about.filter(Boolean).join(', ');
  return (
    <>
      {text && <Clip className="span-about" text={text} />}
      {expanded === false && <span className="hidden-count">+{exactCount(node.subtree.spans - 1)}</span>}
      {expanded === false && node.subtree.errors > 0 && (
        <span className="hidden-errors" title={`${exactCount(node.subtree.errors)} failed`}>
          <Icon name="error" size={12} />
        </span>
      )}
    </>
  );
}

function RowTokens({ node: { span, subtree } }: { node: SpanNode }) {
  if (span.billable) return <TokenFlow input={span.inputTokens} output={span.outputTokens} />;
  if (subtree.calls === 0) return null;
  return (
    <span className="rolled-up">
      <TokenFlow input={subtree.inputTokens} output={subtree.outputTokens} />
    </span>
  );
}

/** Its own dollars on a line that is billed; on a parent the sum of what lies below, marked as a sum. */
function RowCost({ node }: { node: SpanNode }) {
  const { span, subtree } = node;
  if (span.billable) {
    const why = explainSpanCost(span);
    if (span.cost === null) return <NoCost title={why} />;
    const usd = span.cost.costUsd;
    if (usd === null) return <Unpriced title={why} />;
    return (
      <span className="money" data-usd={usd} title={why}>
        {formatUsd(usd)}
      </span>
    );
  }
  if (subtree.calls === 0) return null;
  const usd = usdFromNanos(subtree.costNanos);
  const unpriced = subtree.unpricedCalls;
  if (unpriced === subtree.calls)
    return <Unpriced title={`All ${exactCount(unpriced)} calls below are without a known price`} />;
  return (
    <span className="rolled-up" title={explainSum(node)} data-sum-usd={usd}>
      <Icon name="sum" size={9} />
      <span className="unseen">sum </span>
      {formatUsd(usd)}
      {unpriced > 0 && <span className="partly">+</span>}
    </span>
  );
}
