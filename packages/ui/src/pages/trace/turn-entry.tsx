import { memo } from 'react';
import { countOf } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import type { Turn } from '../../trace/conversation.ts';
import { explainSpanCost } from '../../trace/explain-cost.ts';
import { failureText } from '../../trace/failures.ts';
import { TokenFlow } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { MessageParts, SaidMessage } from './said-message.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

/** One call of a model: who asked which model, what was new in the question, and the answer. */
export const TurnEntry = memo(function TurnEntry(properties: {
  turn: Turn;
  selected: boolean;
  select(spanId: string): void;
}) {
  const { turn, selected, select } = properties;
  const { span } = turn.node;
  const pending = span.facts['uncounted'] === 'pending';
  return (
    <li className={`turn${selected ? ' is-selected' : ''}`} data-entry={span.spanId}>
      <TurnHead turn={turn} selected={selected} select={select} />
      {turn.instructions.length > 0 && (
        <details className="fold">
          <summary>
            <Icon name="chevron" size={11} />
            Instructions
          </summary>
          <div className="said is-system">
            <MessageParts parts={turn.instructions} results={turn.results} select={select} />
          </div>
        </details>
      )}
      {turn.earlier.length > 0 && (
        <details className="fold" data-testid="earlier">
          <summary>
            <Icon name="chevron" size={11} />
            {countOf(turn.earlier.length, 'earlier message')}
          </summary>
          {turn.earlier.map((message, i) => (
            <SaidMessage key={i} message={message} results={turn.results} select={select} />
          ))}
        </details>
      )}
      {turn.given.map((message, i) => (
        <SaidMessage key={i} message={message} results={turn.results} select={select} />
      ))}
      {turn.answered.map((message, i) => (
        <SaidMessage key={i} message={message} results={turn.results} select={select} answer />
      ))}
      {span.status === 'error' && (
        <p className="turn-failure">
          <Icon name="error" size={13} />
          {printable(failureText(span)) || 'failed'}
        </p>
      )}
      {pending && (
        <p className="muted turn-pending" role="status">
          <Icon name="running" size={13} /> Still being written…
        </p>
      )}
      {!turn.captured && span.status !== 'error' && !pending && <p className="muted">Content not captured.</p>}
    </li>
  );
});

function TurnHead({ turn, selected, select }: { turn: Turn; selected: boolean; select(spanId: string): void }) {
  const { span } = turn.node;
  const who = span.role ?? span.agent;
  return (
    <div className="turn-head op-model">
      <button type="button" aria-pressed={selected} onClick={() => select(span.spanId)} title="Show the details">
        <span className="op-icon">
          <Icon name="model" size={14} />
        </span>
        <span className="clip">
          {who !== null && <strong>{printable(who)}</strong>} {printable(span.model ?? span.name)}
        </span>
      </button>
      <VerdictBadge span={span} />
      <span className="turn-figures muted">
        <TokenFlow input={span.inputTokens} output={span.outputTokens} />
        <span className="number">{formatDuration(span.durationMs)}</span>
        {span.billable && span.cost?.costUsd != null && (
          <span className="number" title={explainSpanCost(span)}>
            {formatUsd(span.cost.costUsd)}
          </span>
        )}
      </span>
    </div>
  );
}
