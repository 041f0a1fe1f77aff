import { usdFromNanos } from '@tallyspan/facts/units';
import type { Span, SpanCost } from '@tallyspan/server';
import { countOf, exactCount } from '../format/count.ts';
import { exactUsd, nanosFromUsd } from '../format/money.ts';
import { printable } from '../format/printable.ts';
import type { SpanNode } from './build-tree.ts';

export const SOURCES: Readonly<Record<SpanCost['source'], string>> = {
  computed: 'Computed from the price table',
  provider: 'Reported by the provider or a gateway',
  client: 'Reported by the sender',
  unpriced: 'Unpriced',
};

/** Why a figure is what it is, line by line: `3,420 input × $2.50 per million = $0.00855`. For the hover of a cost. */
export function explainSpanCost({ cost, model }: Span): string {
  if (!cost) return 'It failed before a token was reported: not billed';
  if (cost.costUsd === null) return `No price is known for ${printable(model ?? 'this model')}, so it is in no sum`;
  const lines = cost.lines.map(
    (line) =>
      `${exactCount(line.tokens)} ${line.type.replaceAll('_', ' ')} × $${line.usdPerMillion} per million = ${exactUsd(line.costUsd)}`,
  );
  const price = [SOURCES[cost.source], cost.priceId, cost.version].filter(Boolean).join(', ');
  return [exactUsd(cost.costUsd), ...lines, price].map(printable).join('\n');
}

/** The same of a sum: how many calls, and each model's part of it. */
export function explainSum(node: SpanNode): string {
  const { calls, unpricedCalls, costNanos } = node.subtree;
  const head = `Sum of ${countOf(calls, 'call')} below: ${exactUsd(usdFromNanos(costNanos))}`;
  return unpricedCalls ? `${head}, ${exactCount(unpricedCalls)} of them unpriced` : head;
}

/** What one price line of one version came to, over many calls. */
export interface PriceSum {
  /** Row of the price table, else the model. */
  price: string;
  version: string | null;
  source: SpanCost['source'];
  calls: number;
  lines: { type: string; tokens: number; usdPerMillion: number; nanos: bigint }[];
  /** Null where nobody knows a price. */
  nanos: bigint | null;
}

/** A sum taken apart by price line, version and source; dearest first, unpriced last. Exact: whole nano-dollars. */
export function priceSums(nodes: readonly SpanNode[]): PriceSum[] {
  const sums = new Map<string, PriceSum>();
  for (const { span } of nodes) {
    const { cost } = span;
    if (!span.billable || cost === null) continue;
    const price = cost.priceId ?? span.model ?? 'unknown model';
    const key = JSON.stringify([price, cost.version, cost.source]);
    let sum = sums.get(key);
    if (!sum) {
      sum = { price, version: cost.version, source: cost.source, calls: 0, lines: [], nanos: null };
      sums.set(key, sum);
    }
    sum.calls++;
    if (cost.costUsd !== null) sum.nanos = (sum.nanos ?? 0n) + nanosFromUsd(cost.costUsd);
    for (const line of cost.lines) {
      const same = sum.lines.find((each) => each.type === line.type && each.usdPerMillion === line.usdPerMillion);
      if (same) {
        same.tokens += line.tokens;
        same.nanos += nanosFromUsd(line.costUsd);
      } else {
        const { type, tokens, usdPerMillion } = line;
        sum.lines.push({ type, tokens, usdPerMillion, nanos: nanosFromUsd(line.costUsd) });
      }
    }
  }
  return [...sums.values()].sort((a, b) => compareNanos(b.nanos, a.nanos));
}

function compareNanos(a: bigint | null, b: bigint | null): number {
  const [left, right] = [a ?? -1n, b ?? -1n];
  return left < right ? -1 : left > right ? 1 : 0;
}
