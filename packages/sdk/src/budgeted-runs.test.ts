/** Budgets around real clients: the call that would overrun is not made, however many are made at once. */
import { describe, expect, it } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { agent, role } from './agent.ts';
import { isBudgetExceededError } from './budget/budget-exceeded-error.ts';
import { tool } from './tool.ts';
import { watch } from './watch.ts';

const h = harness();
const short = { ...hello, max_tokens: 20 };

async function outcomes(calls: Promise<unknown>[]): Promise<{ made: number; refused: number }> {
  const settled = await Promise.allSettled(calls);
  const refused = settled.filter((each) => each.status === 'rejected' && isBudgetExceededError(each.reason)).length;
  const made = settled.filter(({ status }) => status === 'fulfilled').length;
  expect(made + refused).toBe(calls.length);
  return { made, refused };
}

describe.each(majors)('%s', (_, Client) => {
  it('a run stops at its number of calls: the next one is refused and never sent', async () => {
    const client = watch(h.openai(Client));
    const run = agent({ name: 'analyst', budget: { calls: 2 } }, async () => {
      await client.chat.completions.create(short);
      await role('writer', () => client.chat.completions.create(short));
      return client.chat.completions.create(short);
    });
    await expect(run()).rejects.toMatchObject({
      name: 'BudgetExceededError',
      agent: 'analyst',
      state: { limit: 'calls' },
    });
    expect(h.fake.requests).toHaveLength(2);
    const spans = await h.spans();
    const refused = spans.find(
      ({ attributes }) =>
        attributes['error.type'] === 'budget_exceeded' && attributes['gen_ai.operation.name'] === 'chat',
    )!;
    expect(refused.statusMessage).toBe('Budget exceeded: calls');
    expect(refused.attributes).not.toHaveProperty('tally.cost.usd');
    // Each run has a budget of its own.
    await expect(run()).rejects.toMatchObject({ name: 'BudgetExceededError' });
    expect(h.fake.requests).toHaveLength(4);
  });

  it('a thousand calls at once at the edge of a budget spend no more than it, and the books are exact afterwards', async () => {
    const client = watch(h.openai(Client));
    h.fake.respond(() => ({ text: 'ok', usage: { input: 10, output: 20 } }));
    let allowed = 0;
    const run = agent({ name: 'crowd', budget: { tokens: 3000 } }, async () => {
      const first = await outcomes(Array.from({ length: 1000 }, () => client.chat.completions.create(short)));
      allowed = first.made;
      return first;
    });
    const { made, refused } = await run();
    h.fake.respond(undefined);
    expect(made).toBeGreaterThan(50);
    expect(refused).toBe(1000 - made);
    expect(h.fake.requests).toHaveLength(allowed);
    // What was estimated (request and max_tokens) was an upper bound here: nothing is overspent.
    expect(made * 30).toBeLessThanOrEqual(3000);
  });

  it('dollars are counted at the price of the answer, sub-agents and streams included', async () => {
    const client = watch(h.openai(Client));
    h.fake.respond(() => ({ usage: { input: 1000, output: 1000 } }));
    const inner = agent({ name: 'inner' }, async () => {
      for await (const chunk of await client.chat.completions.create({ ...short, stream: true })) void chunk;
    });
    // One such call of gpt-4o costs $0.0125.
    const run = agent({ name: 'outer', budget: { usd: '0.03' } }, async () => {
      await inner();
      await inner();
      await inner();
      await inner();
    });
    await expect(run()).rejects.toMatchObject({ state: { limit: 'usd', spent: 37_500_000n } });
    h.fake.respond(undefined);
    expect(h.fake.requests).toHaveLength(3);
  });

  it('an agent that asks the same again and again, or nests without end, is stopped', async () => {
    const client = watch(h.openai(Client));
    const circling = agent({ name: 'circling', budget: { repeats: 3 } }, async () => {
      for (;;) await client.chat.completions.create(short);
    });
    await expect(circling()).rejects.toMatchObject({ state: { limit: 'repeats', allowed: 3n } });
    expect(h.fake.requests).toHaveLength(3);
    let depth = 0;
    const nesting: () => Promise<unknown> = agent({ name: 'nesting' }, async () => {
      depth++;
      return nesting();
    });
    const outer = agent({ name: 'outer', budget: { depth: 5 } }, () => nesting());
    await expect(outer()).rejects.toMatchObject({ state: { limit: 'depth' } });
    expect(depth).toBe(5);
  });
});

it('what is no model call costs no budget, and without a budget nothing is counted', async () => {
  const client = watch(h.openai());
  const find = tool('find', async () => 'found');
  await agent({ name: 'a', budget: { calls: 1 } }, async () => {
    for (let index = 0; index < 5; index++) await find();
    await client.chat.completions.create(short);
  })();
  await agent({ name: 'b' }, () => outcomes(Array.from({ length: 20 }, () => client.chat.completions.create(short))))();
  expect(h.fake.requests).toHaveLength(21);
});

it('a budget that is no amount is refused when the agent is defined', () => {
  expect(() => agent({ name: 'a', budget: { usd: 'much' } }, () => 1)).toThrow(RangeError);
});
