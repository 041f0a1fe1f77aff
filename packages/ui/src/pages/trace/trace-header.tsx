import type { Trace } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import type { SpanTree } from '../../trace/build-tree.ts';
import type { Failures } from '../../trace/failures.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import { stateOf } from '../../trace/trace-state.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { Ago, Count, Duration, TokenFlow } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { TotalCost, unpricedText } from '../../widgets/money.tsx';
import { TraceStatus } from '../../widgets/status.tsx';
import { Clip, SpanName } from '../../widgets/text.tsx';
import { useNow } from '../../widgets/use-now.ts';
import { Explained } from './explained.tsx';
import { FailureNote } from './failure-note.tsx';
import { SumOfCost } from './sum-of-cost.tsx';

interface HeaderProperties {
  failures: Failures;
  select(spanId: string): void;
}

export function TraceHeader(properties: { trace: LoadedTrace; tree: SpanTree } & HeaderProperties) {
  const { trace, tree, failures, select } = properties;
  const { summary } = trace;
  return (
    <header className="trace-header">
      <div className="trace-title">
        <Link to="/" className="icon-button back" aria-label="All traces" title="All traces">
          <Icon name="back" />
        </Link>
        <h1 className="clip" title={printable(summary.name)}>
          <SpanName name={summary.name} />
        </h1>
        <TraceStatus trace={summary} />
      </div>
      <div className="trace-meta">
        {summary.agent !== null && (
          <Link to="/" search={{ agent: summary.agent }} className="tag" title="All traces of this agent">
            <Icon name="agent" size={13} />
            <Clip text={summary.agent} />
            {summary.runNumber !== null && <span className="muted">run #{summary.runNumber}</span>}
          </Link>
        )}
        {summary.tenant !== null && <Clip text={summary.tenant} />}
        <span className="muted">
          <Ago iso={summary.start} />
        </span>
        <span className="trace-id">
          <code title={summary.traceId}>{summary.traceId.slice(0, 8)}</code>
          <CopyButton text={summary.traceId} label="Copy the trace id" />
        </span>
      </div>
      <TraceTotals trace={trace} tree={tree} />
      <Notes trace={trace} failures={failures} select={select} />
    </header>
  );
}

function TraceTotals({ trace: { summary, isBeginning }, tree }: { trace: LoadedTrace; tree: SpanTree }) {
  const figures: [label: string, value: ReactNode, testId?: string, note?: string | false][] = [
    [
      'Cost',
      summary.calls === 0 || isBeginning ? (
        <TotalCost totals={summary} />
      ) : (
        <Explained figure={<TotalCost totals={summary} />}>
          <SumOfCost nodes={tree.nodes} />
        </Explained>
      ),
      'trace-cost',
      summary.unpricedCalls > 0 && `${exactCount(summary.unpricedCalls)} unpriced`,
    ],
    ['Tokens', summary.calls > 0 ? <TokenFlow input={summary.inputTokens} output={summary.outputTokens} /> : '–'],
    ['Calls', <Count value={summary.calls} />],
    ['Spans', <Count value={summary.spans} />],
    ['Duration', <Duration ms={summary.durationMs} />],
  ];
  return (
    <dl className="trace-totals">
      {figures.map(([label, value, testId, note]) => (
        <div key={label}>
          <dt>
            {label}
            {note && (
              <span className="unpriced" title={unpricedText(summary.unpricedCalls)}>
                {note}
              </span>
            )}
          </dt>
          <dd data-testid={testId}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What a reader must know before trusting the rest: failures first, then what is missing. */
function Notes({ trace: { summary }, failures, select }: { trace: Trace } & HeaderProperties) {
  const state = stateOf(summary, useNow());
  return (
    <>
      {failures.cause && <FailureNote failures={failures} cause={failures.cause} select={select} />}
      {!summary.rootArrived && (
        <div className="note" data-testid="trace-partial">
          <Icon name={state === 'running' ? 'running' : 'partial'} size={14} />
          <p>
            {state === 'running'
              ? 'Still running: the root span has not arrived yet, and the figures grow as spans come in.'
              : 'Partial: the root span never arrived, so figures may be missing.'}
          </p>
        </div>
      )}
    </>
  );
}
