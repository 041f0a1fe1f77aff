import type { CostNode, Totals } from '@tallyspan/server';
import type { Explanation } from '../../costs/costs-queries.ts';
import { countOf, exactCount } from '../../format/count.ts';
import { exactColumn, exactUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import { pricing } from '../../format/pricing.ts';
import { SOURCES } from '../../trace/explain-cost.ts';

/** Nobody reads more in a tooltip; what is not shown is counted. */
const MODELS_SHOWN = 4;

/** What a sum is made of: tokens by type, calls by who priced them, and the price line, version and source of the newest. */
export function WhyFigure(properties: { totals: Totals; explanation: Explanation | undefined; failed: boolean }) {
  const { totals, explanation, failed } = properties;
  const models = explanation?.costs.tree.flatMap((provider) => provider.children.map((model) => ({ provider, model })));
  const shown = models?.toSorted(dearest).slice(0, MODELS_SHOWN) ?? [];
  return (
    <>
      <p className="why-head">
        <strong className="number">{pricing(totals) === 'unpriced' ? 'unpriced' : exactUsd(totals.costUsd)}</strong>
        <span>the sum of {countOf(totals.calls, 'call')}</span>
      </p>
      {totals.unpricedCalls > 0 && (
        <p className="unpriced">{countOf(totals.unpricedCalls, 'call')} without a known price, not in the sum</p>
      )}
      <TokenTypes totals={totals} />
      {!explanation && (
        <p className="muted">{failed ? 'What it is made of could not be asked.' : 'Asking who priced it…'}</p>
      )}
      {shown.map(({ provider, model }) => (
        <div key={JSON.stringify([provider.value, model.value])} className="why-model">
          <p>
            <span className="clip">
              {nameOf(model)}
              <span className="muted"> {nameOf(provider)}</span>
            </span>
            <span className="number">{pricing(model) === 'unpriced' ? 'unpriced' : exactUsd(model.costUsd)}</span>
          </p>
          {model.children.map((source) => (
            <p key={source.value} className="muted">
              <span>{sourceText(source)}</span>
              <span className="number">{countOf(source.calls, 'call')}</span>
            </p>
          ))}
        </div>
      ))}
      {models && models.length > shown.length && (
        <p className="muted">and {countOf(models.length - shown.length, 'model')} more</p>
      )}
      <PriceLines explanation={explanation} />
      <p className="why-foot muted">Open it for the calls behind it.</p>
    </>
  );
}

function TokenTypes({ totals }: { totals: Totals }) {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = totals;
  const types: [string, number][] = [
    ['Input, uncached', inputTokens - cacheReadTokens - cacheWriteTokens],
    ['Read from the cache', cacheReadTokens],
    ['Written to the cache', cacheWriteTokens],
    ['Output', outputTokens],
    ['of which reasoning', reasoningTokens],
  ];
  return (
    <dl className="why-tokens">
      {types
        .filter(([name, count]) => count > 0 || name === 'Output')
        .map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{exactCount(count)}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Prices change; those of the newest call are shown, and each call keeps its own. */
function PriceLines({ explanation }: { explanation: Explanation | undefined }) {
  const cost = explanation?.newest?.cost;
  if (!cost || cost.lines.length === 0) return null;
  const amounts = exactColumn(cost.lines.map((line) => line.costUsd));
  const priced = explanation.costs.total.calls - explanation.costs.total.unpricedCalls;
  return (
    <div className="why-lines">
      <p>
        {priced > 1 ? 'The newest call, ' : ''}
        {printable([cost.priceId, cost.version].filter(Boolean).join(', '))}
      </p>
      {cost.lines.map((line, i) => (
        <p key={i} className="muted">
          <span>
            {exactCount(line.tokens)} {printable(line.type.replaceAll('_', ' '))} × ${line.usdPerMillion} per million
          </span>
          <span className="number">{amounts[i]}</span>
        </p>
      ))}
    </div>
  );
}

function sourceText({ value }: CostNode): string {
  const source = value as keyof typeof SOURCES | null;
  return source !== null && Object.hasOwn(SOURCES, source) ? SOURCES[source] : printable(value ?? 'no source');
}

function nameOf({ value, dimension }: CostNode): string {
  return printable(value ?? `no ${dimension}`);
}

function dearest(a: { model: CostNode }, b: { model: CostNode }): number {
  const difference = Number(a.model.costUsd) - Number(b.model.costUsd);
  return difference === 0 ? b.model.calls - a.model.calls : -difference;
}
