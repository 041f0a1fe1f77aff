import { memo } from 'react';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import { CLASS_LABELS, classify, shortName } from '../../trace/classify.ts';
import { failureText } from '../../trace/failures.ts';
import { Icon } from '../../widgets/icon.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

/** A step between the calls: a tool nobody's message speaks of, another agent, a scan of the guard. */
export const StepEntry = memo(function StepEntry(properties: {
  node: SpanNode;
  selected: boolean;
  select(spanId: string): void;
}) {
  const { node, selected, select } = properties;
  const { span } = node;
  const kind = classify(span);
  const failed = span.status === 'error';
  return (
    <li
      className={`step op-${kind}${selected ? ' is-selected' : ''}${failed ? ' is-failed' : ''}`}
      data-entry={span.spanId}
    >
      <button type="button" aria-pressed={selected} onClick={() => select(span.spanId)}>
        <span className="op-icon">
          <Icon name={kind} size={14} />
        </span>
        <span className="muted">{CLASS_LABELS[kind]}</span>
        <span className="clip">{printable(shortName(span))}</span>
        <VerdictBadge span={span} />
        {failed && <span className="clip step-failure">{printable(failureText(span)) || 'failed'}</span>}
        <span className="number muted">{formatDuration(span.durationMs)}</span>
      </button>
    </li>
  );
});
