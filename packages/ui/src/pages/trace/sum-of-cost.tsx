import { usdFromNanos } from '@tallyspan/facts/units';
import { countOf, exactCount } from '../../format/count.ts';
import { exactUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import { priceSums, SOURCES } from '../../trace/explain-cost.ts';

/** Prices beyond these are one line with their sum; nobody reads more in a tooltip. */
const PRICES_MAX = 8;

/** A cost taken apart: for each line of the price table its tokens, its price and what they came to. */
export function SumOfCost({ nodes }: { nodes: readonly SpanNode[] }) {
  const sums = priceSums(nodes);
  const rest = sums.slice(PRICES_MAX);
  if (sums.length === 0) return <span className="muted">No billable call.</span>;
  return (
    <>
      {sums.slice(0, PRICES_MAX).map((sum, i) => (
        <span key={i} className="explained-price">
          <span className="explained-head">
            <strong className="clip">{printable(sum.price)}</strong>
            <span className="muted">{countOf(sum.calls, 'call')}</span>
            <span className="number">{sum.nanos === null ? 'unpriced' : exactUsd(usdFromNanos(sum.nanos))}</span>
          </span>
          {sum.lines.map((line, j) => (
            <span key={j} className="explained-line">
              <span>
                {exactCount(line.tokens)} {printable(line.type.replaceAll('_', ' '))} × ${line.usdPerMillion} per
                million
              </span>
              <span className="number">{exactUsd(usdFromNanos(line.nanos))}</span>
            </span>
          ))}
          <span className="muted">
            {sum.nanos === null
              ? 'No price is known; it is in no sum.'
              : printable([SOURCES[sum.source], sum.version].filter(Boolean).join(', '))}
          </span>
        </span>
      ))}
      {rest.length > 0 && (
        <span className="explained-line">
          <span>{countOf(rest.length, 'more price')}</span>
          <span className="number">
            {exactUsd(usdFromNanos(rest.reduce((nanos, sum) => nanos + (sum.nanos ?? 0n), 0n)))}
          </span>
        </span>
      )}
    </>
  );
}
