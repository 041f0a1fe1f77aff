import type { CostNode, Trace } from '@tallyspan/server';
import { Fragment } from 'react';
import { labelOf } from '../../costs/cost-rows.ts';
import { countOf, exactCount, formatShare } from '../../format/count.ts';
import { shareOf } from '../../format/money.ts';
import { formatExact } from '../../format/time.ts';
import { breakdownOf, totalsOf } from '../../trace/breakdown.ts';
import type { CriticalPath } from '../../trace/critical-path.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import { TotalCost } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';
import { Facts } from './facts.tsx';
import { PathSummary } from './path-summary.tsx';
import { useAfterPaint } from './use-after-paint.ts';

/** The trace as a whole: where the money went, whose it was. Shown while no span is chosen. */
export function TracePanel(properties: {
  trace: LoadedTrace;
  path: CriticalPath | undefined;
  select(spanId: string): void;
}) {
  const { trace, path, select } = properties;
  const { summary } = trace;
  const money = useAfterPaint<Trace['spans'], Money | undefined>(trace.isBeginning ? notYet : moneyOf, trace.spans);
  return (
    <aside className="side-panel trace-panel" aria-label="About this trace" data-testid="trace-panel">
      <div className="panel-scroll" tabIndex={0}>
        <section>
          <h2>Where the money went</h2>
          {money === undefined ? (
            <p className="muted waiting">Adding up…</p>
          ) : money.tree.length > 0 ? (
            <>
              <Breakdown tree={money.tree} totalUsd={money.total.costUsd} />
              <div className="breakdown-total">
                <span>Total</span>
                <span className="muted">{countOf(money.total.calls, 'call')}</span>
                <span className="number" data-testid="breakdown-total">
                  <TotalCost totals={money.total} />
                </span>
              </div>
            </>
          ) : (
            <p className="muted">No billable call in this trace.</p>
          )}
        </section>
        <PathSummary path={path} select={select} />
        <section>
          <h2>Tokens</h2>
          <Facts
            numeric
            facts={[
              ['Input', exactCount(summary.inputTokens)],
              ['of which from cache', exactCount(summary.cacheReadTokens)],
              ['of which into cache', exactCount(summary.cacheWriteTokens)],
              ['Output', exactCount(summary.outputTokens)],
              ['of which reasoning', exactCount(summary.reasoningTokens)],
            ]}
          />
        </section>
        <section>
          <h2>Identity</h2>
          <Facts
            facts={[
              ['Tenant', summary.tenant],
              ['Agent', summary.agent],
              ['Run', summary.runNumber === null ? null : `#${summary.runNumber}`],
              ['Run id', summary.runId],
              ['Session', summary.sessionId],
              ['Started', formatExact(summary.start)],
              ['Trace id', summary.traceId],
            ]}
          />
        </section>
      </div>
    </aside>
  );
}

type Money = ReturnType<typeof moneyOf>;

/** A part of the spans says nothing about the whole. */
const notYet = () => undefined;

function moneyOf(spans: Trace['spans']) {
  return { total: totalsOf(spans), tree: breakdownOf(spans) };
}

/** Agent, then role, then model: each line with its calls, its dollars and its share of the whole. */
function Breakdown({ tree, totalUsd }: { tree: readonly CostNode[]; totalUsd: string }) {
  return (
    <ul className="breakdown">
      {tree.map((node, i) => {
        const share = shareOf(node.costUsd, totalUsd);
        return (
          <Fragment key={i}>
            <li className={`breakdown-line is-${node.dimension}`}>
              <Clip text={labelOf(node)} className={node.value === null ? 'muted' : ''} />
              <span className="muted number" title={`${formatShare(share)} of the cost`}>
                {exactCount(node.calls)}×
              </span>
              <span className="number">
                <TotalCost totals={node} />
              </span>
              {node.children.length === 0 && (
                <span className="share" aria-hidden="true">
                  <span style={{ width: `${share * 100}%` }} />
                </span>
              )}
            </li>
            {node.children.length > 0 && (
              <li className="breakdown-below">
                <Breakdown tree={node.children} totalUsd={totalUsd} />
              </li>
            )}
          </Fragment>
        );
      })}
    </ul>
  );
}
