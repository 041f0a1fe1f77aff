import type { CostNode, Costs, Totals } from '@tallyspan/server';
import { describe, expect, it } from 'vitest';
import { renderCostTree } from './cost-tree.ts';

type Leaf = { calls?: number; input: number; output: number; usd: string; unpriced?: number };

const totals = ({ calls = 1, input, output, usd, unpriced = 0 }: Leaf): Totals => ({
  calls,
  errors: 0,
  inputTokens: input,
  outputTokens: output,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costUsd: usd,
  unpricedCalls: unpriced,
});
const node = (dimension: string, value: string | null, sum: Leaf, children: CostNode[] = []): CostNode => ({
  dimension,
  value,
  ...totals(sum),
  children,
});
const costs = (by: string, sum: Leaf, tree: CostNode[], part: Partial<Costs> = {}): Costs => ({
  by: by.split(','),
  total: totals(sum),
  rows: [],
  tree,
  truncated: false,
  ...part,
});

const sonnet = node('model', 'claude-sonnet-4-20250514', { calls: 2, input: 2_410, output: 1_950, usd: '0.03648' });
const gpt = node('model', 'gpt-4o-2024-08-06', { input: 1_204, output: 310, usd: '0.00611' });
const roles = [
  node('role', 'writer', { calls: 2, input: 2_410, output: 1_950, usd: '0.03648' }, [sonnet]),
  node('role', 'researcher', { input: 1_204, output: 310, usd: '0.00611' }, [gpt]),
];
const crewSum = { calls: 3, input: 3_614, output: 2_260, usd: '0.04259' };

describe('the cost tree in a terminal', () => {
  it('LLM-48 LLM-50 shows agent, role and model with tokens and dollars, and the total of the lines', () => {
    expect(renderCostTree(costs('agent,role,model', crewSum, [node('agent', 'content-crew', crewSum, roles)])))
      .toMatchInlineSnapshot(`
      "Agent: content-crew
      ├─ writer
      │  └─ claude-sonnet-4-20250514: 2,410 in + 1,950 out → $0.03648 (2 calls)
      └─ researcher
         └─ gpt-4o-2024-08-06: 1,204 in + 310 out → $0.00611
      Total: 3 calls, 3,614 in + 2,260 out → $0.04259"
    `);
  });

  it('LLM-49 shows each run of an agent by its number with a total of its own', () => {
    const second = { calls: 1, input: 1_204, output: 310, usd: '0.00611' };
    const agent = node('agent', 'content-crew', { calls: 4, input: 4_818, output: 2_570, usd: '0.0487' }, [
      node('run', '1', crewSum, roles),
      node('run', '12', second, [node('role', 'researcher', second, [gpt])]),
      node('run', null, second, [node('role', null, second, [gpt])]),
    ]);
    const total = { calls: 5, input: 6_022, output: 2_880, usd: '0.05481' };
    expect(renderCostTree(costs('agent,run,role,model', total, [agent]))).toMatchInlineSnapshot(`
      "Agent: content-crew (run #1)
      ├─ writer
      │  └─ claude-sonnet-4-20250514: 2,410 in + 1,950 out → $0.03648 (2 calls)
      └─ researcher
         └─ gpt-4o-2024-08-06: 1,204 in + 310 out → $0.00611
      Total: 3 calls, 3,614 in + 2,260 out → $0.04259

      Agent: content-crew (run #12)
      └─ researcher
         └─ gpt-4o-2024-08-06: 1,204 in + 310 out → $0.00611
      Total: 1 call, 1,204 in + 310 out → $0.00611

      Agent: content-crew (outside any run)
      └─ (no role)
         └─ gpt-4o-2024-08-06: 1,204 in + 310 out → $0.00611
      Total: 1 call, 1,204 in + 310 out → $0.00611

      Grand total: 5 calls, 6,022 in + 2,880 out → $0.05481"
    `);
  });

  it('a call whose price nobody knows is unpriced, never $0', () => {
    const basement = node('model', 'home-made-7b', { calls: 2, input: 10, output: 10, usd: '0', unpriced: 2 });
    const mixed = node('model', 'gpt-4o', { calls: 3, input: 10, output: 10, usd: '0.5', unpriced: 1 });
    expect(
      renderCostTree(costs('model', { calls: 5, input: 20, output: 20, usd: '0.5', unpriced: 3 }, [mixed, basement])),
    ).toMatchInlineSnapshot(`
      "Model: gpt-4o: 10 in + 10 out → $0.50 + 1 unpriced call (3 calls)
      Model: home-made-7b: 10 in + 10 out → unpriced (2 calls)
      Total: 5 calls, 20 in + 20 out → $0.50 + 3 unpriced calls"
    `);
  });

  it('large figures are grouped, and cents are shown in full', () => {
    const big = { calls: 4_972, input: 1_234_567, output: 1_000, usd: '1234567.8' };
    expect(renderCostTree(costs('tenant', big, [node('tenant', 'acme-corp', big)]))).toMatchInlineSnapshot(`
      "Tenant: acme-corp: 1,234,567 in + 1,000 out → $1,234,567.80 (4,972 calls)
      Total: 4,972 calls, 1,234,567 in + 1,000 out → $1,234,567.80"
    `);
  });

  it('what one answer could not hold is told, so that the lines still add up', () => {
    const shown = node('model', 'gpt-4o', { input: 10, output: 10, usd: '0.5' });
    expect(
      renderCostTree(costs('model', { calls: 9, input: 90, output: 90, usd: '0.75' }, [shown], { truncated: true })),
    ).toMatchInlineSnapshot(`
      "Model: gpt-4o: 10 in + 10 out → $0.50
      Further rows: → $0.25
      Total: 9 calls, 90 in + 90 out → $0.75"
    `);
  });

  it('a name cannot drive the terminal', () => {
    const evil = node('model', 'gpt\u001b[31m\r\n\u202e4o', { input: 1, output: 1, usd: '0.01' });
    expect(
      [...renderCostTree(costs('model', { input: 1, output: 1, usd: '0.01' }, [evil]))].filter((character) =>
        '\u001b\r\u202e'.includes(character),
      ),
    ).toEqual([]);
  });

  it('nothing yet is said in words', () => {
    expect(renderCostTree(costs('agent', { calls: 0, input: 0, output: 0, usd: '0' }, []))).toBe('No model calls yet.');
  });
});
