import { describe, expect, it } from 'vitest';
import { collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { watch } from '../../watch.ts';
import { ended, results } from './fixtures/batch.ts';

const h = harness();
let made = 0;
/** Each batch is another: what was counted is remembered by the process. */
function batch() {
  const id = `msgbatch_test_${made++}`;
  return { id, read: () => h.fake.enqueue(ended(h.fake.url, id), results) };
}
const billed = async () =>
  (await h.spans())
    .filter(({ name }) => name.startsWith('chat'))
    .map(({ name, attributes }) => [
      name,
      attributes['gen_ai.usage.input_tokens'],
      attributes['gen_ai.usage.output_tokens'],
    ]);
const both = [
  ['chat claude-sonnet-4-20250514', 350, 50],
  ['chat claude-3-5-haiku-20241022', 1000, 10],
];

describe('a batch of messages', () => {
  it('COST-24 is billed when its results are read: per model, at the price of a batch, below the batch', async () => {
    const { id, read } = batch();
    read();
    await collect(await watch(h.anthropic()).messages.batches.results(id));
    const [own, sonnet, haiku] = await h.spans();
    expect(own!.name).toBe('batch');
    expect(own!.attributes).toMatchObject({ 'gen_ai.response.id': id });
    expect(own!.attributes['tally.cost.usd']).toBeUndefined();
    expect(await billed()).toEqual(both);
    expect([sonnet!.parentSpanId, haiku!.parentSpanId]).toEqual([own!.spanId, own!.spanId]);
    expect(sonnet!.attributes['tally.response.service_tier']).toBe('batch');
    // Half of $3 fresh, $0.30 read from the cache and $15 output; half of $0.80 and $4.
    expect(sonnet!.attributes['tally.cost.usd']).toBeCloseTo((300 * 3 + 50 * 0.3 + 50 * 15) / 2e6, 9);
    expect(haiku!.attributes['tally.cost.usd']).toBeCloseTo((1000 * 0.8 + 10 * 4) / 2e6, 9);
  });

  it('is billed once, however often its results are read', async () => {
    const { id, read } = batch();
    const { batches } = watch(h.anthropic()).messages;
    for (const time of ['first', 'again']) {
      read();
      expect(await collect(await batches.results(id)), time).toHaveLength(4);
    }
    expect(await billed()).toEqual(both);
  });

  it('is billed once when somebody left and came back', async () => {
    const { id, read } = batch();
    const { batches } = watch(h.anthropic()).messages;
    read();
    for await (const { custom_id } of await batches.results(id)) if (custom_id === 'one') break;
    expect(await billed()).toEqual([['chat claude-sonnet-4-20250514', 150, 20]]);
    read();
    await collect(await batches.results(id));
    expect((await billed()).slice(1)).toEqual([
      ['chat claude-sonnet-4-20250514', 200, 30],
      ['chat claude-3-5-haiku-20241022', 1000, 10],
    ]);
  });

  it('is not billed for what failed', async () => {
    const { id } = batch();
    const line = { custom_id: 'a', result: { type: 'expired' } };
    h.fake.enqueue(ended(h.fake.url, id), { ...results, stream: [`${JSON.stringify(line)}\n`] });
    await collect(await watch(h.anthropic()).messages.batches.results(id));
    expect(await billed()).toEqual([]);
    expect((await h.span()).failed).toBe(false);
  });
});
