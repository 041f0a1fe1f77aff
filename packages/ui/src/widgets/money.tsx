import type { Totals } from '@tallyspan/server';
import { countOf } from '../format/count.ts';
import { exactUsd, formatUsd } from '../format/money.ts';
import { pricing } from '../format/pricing.ts';

/** An amount, rounded for the eye; the exact one is in its title and in `data-usd`. */
export function Money({ usd }: { usd: string }) {
  return (
    <span className="money" data-usd={usd} title={exactUsd(usd)}>
      {formatUsd(usd)}
    </span>
  );
}

export function Unpriced({ title = 'No price is known for this model, so it is in no sum.' }: { title?: string }) {
  return (
    <span className="unpriced" title={title}>
      unpriced
    </span>
  );
}

/** The cost of many calls. Calls without a price are said: they are not in the amount, and they are not free. */
export function TotalCost({ totals }: { totals: Pick<Totals, 'calls' | 'unpricedCalls' | 'costUsd'> }) {
  const kind = pricing(totals);
  if (totals.calls === 0) return <NoCost />;
  if (kind === 'unpriced') return <Unpriced title={unpricedText(totals.unpricedCalls)} />;
  return (
    <>
      <Money usd={totals.costUsd} />
      {kind === 'partly' && (
        <span className="partly" title={unpricedText(totals.unpricedCalls)}>
          +<span className="unseen"> {countOf(totals.unpricedCalls, 'unpriced call')}</span>
        </span>
      )}
    </>
  );
}

export function NoCost({ title = 'No billable call' }: { title?: string }) {
  return (
    <span className="muted" title={title}>
      <span aria-hidden="true">–</span>
      <span className="unseen">{title}</span>
    </span>
  );
}

export function unpricedText(calls: number): string {
  return `${countOf(calls, 'call')} without a known price, not in this sum`;
}
