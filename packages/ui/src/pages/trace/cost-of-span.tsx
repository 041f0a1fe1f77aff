import { usdFromNanos } from '@tallyspan/facts/units';
import type { SpanCost } from '@tallyspan/server';
import { exactCount } from '../../format/count.ts';
import { exactColumn, exactUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import { SOURCES } from '../../trace/explain-cost.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Facts } from './facts.tsx';

/** Why a call has no cost of its own, though it looks like one. */
const UNCOUNTED: Readonly<Record<string, string>> = {
  pending: 'Not counted yet: the call has not ended.',
  repeat: 'Not counted: the span above says that it is the same call.',
  nested: 'Not counted: the same call stands below, seen from nearer, and is counted there.',
  same_call: 'Not counted: another span is the same answer, seen from another place.',
};

/** Why it cost so much: tokens by type, times the line of the price table, and who says so. */
export function CostOfSpan({ node }: { node: SpanNode }) {
  const { span, subtree } = node;
  if (!span.billable || !span.cost) {
    if (span.billable) {
      return (
        <section className="cost-of-span" data-testid="span-cost">
          <h3>Cost</h3>
          <p className="hint">Not billed: the call failed before the provider reported a token.</p>
        </section>
      );
    }
    const uncounted = UNCOUNTED[String(span.facts['uncounted'])];
    if (uncounted !== undefined || subtree.calls === 0) {
      return uncounted === undefined ? null : (
        <section className="cost-of-span" data-testid="span-cost">
          <h3>Cost</h3>
          <p className="hint">{uncounted}</p>
        </section>
      );
    }
    return (
      <section className="cost-of-span" data-testid="span-cost">
        <h3>Cost below</h3>
        <p className="cost-figure rolled-up-figure">
          <Icon name="sum" size={14} />
          {exactUsd(usdFromNanos(subtree.costNanos))}
        </p>
        <p className="hint">
          The sum of {exactCount(subtree.calls)} {subtree.calls === 1 ? 'call' : 'calls'} below this span
          {subtree.unpricedCalls > 0 && `, ${exactCount(subtree.unpricedCalls)} without a known price`}. The span itself
          costs nothing.
        </p>
      </section>
    );
  }
  const { cost } = span;
  return (
    <section className="cost-of-span" data-testid="span-cost">
      <h3>Cost</h3>
      <p className="cost-figure" data-usd={cost.costUsd ?? undefined}>
        {cost.costUsd === null ? <span className="unpriced">unpriced</span> : exactUsd(cost.costUsd)}
      </p>
      {cost.lines.length > 0 && <CostLines cost={cost} />}
      {cost.source === 'unpriced' ? (
        <p className="hint">
          No price is known for {printable(span.model ?? 'this model')}
          {span.provider === null ? '' : printable(` of ${span.provider}`)}. It is in no sum: unknown is not free.
        </p>
      ) : (
        <Facts
          facts={[
            ['Source', SOURCES[cost.source]],
            ['Price', cost.priceId],
            ['Version', cost.version],
          ]}
        />
      )}
      {cost.lines.length === 0 && <Tokens node={node} />}
    </section>
  );
}

function CostLines({ cost }: { cost: SpanCost }) {
  const amounts = exactColumn(cost.lines.map((line) => line.costUsd));
  return (
    <table className="cost-lines" data-testid="cost-lines">
      <thead>
        <tr>
          <th scope="col">Tokens</th>
          <th scope="col" className="number">
            Count
          </th>
          <th scope="col" className="number">
            $ per million
          </th>
          <th scope="col" className="number">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {cost.lines.map((line, i) => (
          <tr key={i}>
            <th scope="row">{printable(line.type.replaceAll('_', ' '))}</th>
            <td className="number">{exactCount(line.tokens)}</td>
            <td className="number">{line.usdPerMillion}</td>
            <td className="number">{amounts[i]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Tokens({ node: { span } }: { node: SpanNode }) {
  const count = (tokens: number | null) => (tokens === null ? null : exactCount(tokens));
  return (
    <Facts
      numeric
      facts={[
        ['Input tokens', count(span.inputTokens)],
        ['of which from cache', count(span.cacheReadTokens)],
        ['of which into cache', count(span.cacheWriteTokens)],
        ['Output tokens', count(span.outputTokens)],
        ['of which reasoning', count(span.reasoningTokens)],
      ]}
    />
  );
}
