import { usdFromNanos } from '@tallyspan/facts/units';
import type { TraceSummary } from '@tallyspan/server';
import type { ReactNode } from 'react';
import { countOf } from '../../format/count.ts';
import { nanosFromUsd } from '../../format/money.ts';
import { Count, TokenFlow } from '../../widgets/figures.tsx';
import { Money, unpricedText } from '../../widgets/money.tsx';

/** What the loaded traces add up to. It sums exactly what is in the table, so the two can be checked against each other. */
export function TraceSums({ rows, more, waiting }: { rows: readonly TraceSummary[]; more: boolean; waiting: boolean }) {
  const sum = (pick: (trace: TraceSummary) => number) => rows.reduce((total, trace) => total + pick(trace), 0);
  const spend = usdFromNanos(rows.reduce((total, trace) => total + nanosFromUsd(trace.costUsd), 0n));
  const unpriced = sum((trace) => trace.unpricedCalls);
  const failed = rows.filter((trace) => trace.status === 'error').length;
  const figures: [label: string, value: ReactNode, note?: ReactNode][] = [
    ['Traces', <Count value={rows.length} />, more ? 'newest loaded' : 'all'],
    [
      'Spend',
      <Money usd={spend} />,
      unpriced > 0 && <span className="unpriced" title={unpricedText(unpriced)}>{`+${unpriced} unpriced`}</span>,
    ],
    ['Model calls', <Count value={sum((trace) => trace.calls)} />],
    [
      'Tokens',
      <TokenFlow input={sum((trace) => trace.inputTokens)} output={sum((trace) => trace.outputTokens)} />,
      'in, out',
    ],
    [
      'Failed',
      <Count value={failed} />,
      rows.length > 0 &&
        countOf(
          sum((trace) => trace.errors),
          'failed call',
        ),
    ],
  ];
  return (
    <dl className="sums" data-testid="trace-sums">
      {figures.map(([label, value, note]) => (
        <div key={label} className={label === 'Failed' && failed > 0 ? 'has-failed' : undefined}>
          <dt>{label}</dt>
          <dd>
            <span className="sum-value">{waiting ? <span className="skeleton" /> : value}</span>
            {!waiting && note && <span className="sum-note">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
