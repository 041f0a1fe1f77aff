import { usdFromNanos } from '@tallyspan/facts/units';
import type { CostNode, Costs, Totals } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import { labelOf } from '../../costs/cost-rows.ts';
import { countOf, exactCount, formatShare } from '../../format/count.ts';
import { cellFilter } from '../../costs/cell-filter.ts';
import type { Looked } from '../../costs/costs-queries.ts';
import { nanosFromUsd, shareOf } from '../../format/money.ts';
import { pricing } from '../../format/pricing.ts';
import { TokenFlow } from '../../widgets/figures.tsx';
import { Money, Unpriced, unpricedText } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';
import { ExplainedLink } from './explained-link.tsx';

/** Parts that get a colour of their own; what is left shares the last. */
const PARTS_MAX = 6;

/** The one figure somebody came for, and what it is made of. */
export function CostSummary({ costs, looked }: { costs: Costs; looked: Looked }) {
  const { total, tree } = costs;
  return (
    <section className="cost-summary" aria-label="Total">
      <div className="cost-total">
        <p className="cost-total-figure" data-testid="cost-total-figure">
          <ExplainedLink cell={cellFilter([])} looked={looked} totals={total}>
            {pricing(total) === 'unpriced' ? (
              <Unpriced title={unpricedText(total.unpricedCalls)} />
            ) : (
              <Money usd={total.costUsd} />
            )}
          </ExplainedLink>
        </p>
        <p className="cost-total-about">
          {countOf(total.calls, 'call')}
          <span aria-hidden="true"> · </span>
          <TokenFlow input={total.inputTokens} output={total.outputTokens} /> tokens
          {total.unpricedCalls > 0 && (
            <>
              <span aria-hidden="true"> · </span>
              <Link
                to="."
                search={(before) => ({ ...before, view: 'spans', cell: 'source:unpriced', at: undefined })}
                className="unpriced"
                title={unpricedText(total.unpricedCalls)}
                data-testid="unpriced-calls"
              >
                {countOf(total.unpricedCalls, 'unpriced call')} not included
              </Link>
            </>
          )}
        </p>
        <TokenTypes totals={total} />
      </div>
      <Shares tree={tree} totalUsd={total.costUsd} />
    </section>
  );
}

/** Tokens by what is paid for them. */
function TokenTypes({ totals }: { totals: Totals }) {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = totals;
  const types: [string, number][] = [
    ['uncached input', inputTokens - cacheReadTokens - cacheWriteTokens],
    ['from the cache', cacheReadTokens],
    ['into the cache', cacheWriteTokens],
    ['output', outputTokens - reasoningTokens],
    ['reasoning', reasoningTokens],
  ];
  return (
    <ul className="token-types" aria-label="Tokens by type">
      {types
        .filter(([, count]) => count > 0)
        .map(([name, count]) => (
          <li key={name}>
            <strong className="number">{exactCount(count)}</strong> {name}
          </li>
        ))}
    </ul>
  );
}

function Shares({ tree, totalUsd }: { tree: readonly CostNode[]; totalUsd: string }) {
  const parts = partsOf(tree, totalUsd);
  if (parts.length === 0) return null;
  return (
    <div className="shares">
      <div className="shares-bar" aria-hidden="true">
        {parts.map((part) => (
          <span key={part.colour} className={`part-${part.colour}`} style={{ flexGrow: part.share }} />
        ))}
      </div>
      <ul className="shares-legend">
        {parts.map((part) => (
          <li key={part.colour}>
            <span className={`part-dot part-${part.colour}`} aria-hidden="true" />
            <Clip text={part.name} />
            <span className="muted">{formatShare(part.share)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function partsOf(
  tree: readonly CostNode[],
  totalUsd: string,
): { name: string; share: number; colour: number | 'rest' }[] {
  const costly = tree.filter((node) => nanosFromUsd(node.costUsd) > 0n);
  const named = costly.length <= PARTS_MAX ? costly : costly.slice(0, PARTS_MAX - 1);
  const parts: { name: string; share: number; colour: number | 'rest' }[] = named.map((node, i) => ({
    name: labelOf(node),
    share: shareOf(node.costUsd, totalUsd),
    colour: i + 1,
  }));
  const rest = costly.slice(named.length);
  if (rest.length > 0) {
    const usd = usdFromNanos(rest.reduce((sum, node) => sum + nanosFromUsd(node.costUsd), 0n));
    parts.push({ name: `${rest.length} others`, share: shareOf(usd, totalUsd), colour: 'rest' });
  }
  return parts;
}
