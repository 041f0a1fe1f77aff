import { beforeAll, describe, expect, it } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { agent } from './agent.ts';
import { comparison } from './comparison.ts';
import { pricesSettled, warmPrices } from './cost.ts';
import { currentTrace, trace } from './task-trace/trace.ts';
import { watch } from './watch.ts';

const h = harness();
const models = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1'];
const ask = (model: string) => watch(h.openai()).chat.completions.create({ ...hello, model });

beforeAll(async () => {
  warmPrices();
  await pricesSettled();
});

describe('comparison()', () => {
  it('COST-31 the same prompt on three models is three sibling spans under one, with one group that others do not share', async () => {
    await agent({ name: 'analyst' }, async () => {
      const answers = await comparison('headline', () => Promise.all(models.map(ask)));
      expect(answers.map(({ object }) => object)).toEqual(models.map(() => 'chat.completion'));
      await ask('gpt-4o');
    })();
    const spans = await h.spans();
    const root = spans.find(({ name }) => name === 'invoke_workflow headline')!;
    const group = root.attributes['tally.comparison.group'];
    const siblings = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
    expect(siblings.map(({ name }) => name).toSorted()).toEqual(models.map((model) => `chat ${model}`).toSorted());
    expect(group).toBe(root.spanId);
    for (const span of spans)
      expect(span.attributes['tally.comparison.group']).toBe([root, ...siblings].includes(span) ? group : undefined);
  });

  it('COST-32 what each model cost and how long it took stands side by side in the trace of the task', async () => {
    let rows: unknown[] = [];
    await trace('Choose a model', async () => {
      await comparison('headline', () => Promise.all(models.map(ask)));
      const calls = currentTrace()!.steps.filter(({ type }) => type === 'model');
      rows = calls.map(({ name, cost, latencyMs }) => [name, cost! > 0, latencyMs > 0]);
      expect(new Set(calls.map(({ cost }) => cost)).size).toBe(models.length);
    })();
    expect(rows.toSorted()).toEqual(models.map((model) => [`chat ${model}`, true, true]).toSorted());
  });

  it('is its function’s own in result and error, and stays synchronous with it', () => {
    const failure = new Error('mine');
    expect(comparison('sync', () => 7)).toBe(7);
    expect(() =>
      comparison('sync', () => {
        throw failure;
      }),
    ).toThrow(failure);
  });
});
