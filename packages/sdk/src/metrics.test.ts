import { describe, expect, it, vi } from 'vitest';
import { limits } from '@tallyspan/facts';
import { harness, hello } from '../test/harness.ts';
import { startSink } from '../test/otlp-sink.ts';
import { agent } from './agent.ts';
import { CallMetrics, metrics, OVERFLOW, project } from '@tallyspan/facts';
import { watch } from './watch.ts';

const h = harness();
const points = async (metric: string) => {
  await h.spans();
  return h.sink.points().filter((point) => point.metric === metric);
};
const total = async (metric: string) => (await points(metric)).reduce((sum, { value }) => sum + value, 0);

describe('metrics of model calls', () => {
  it('LLM-37 LLM-38 calls and failed calls are counted, failures by their type', async () => {
    h.init({ dialects: ['otel', 'hexr'] });
    const client = watch(h.openai());
    h.fake.enqueue({}, {}, { error: 'rate_limit' }, { error: 'rate_limit' });
    for (let index = 0; index < 4; index++) await client.chat.completions.create(hello).catch(() => undefined);
    expect(await total('tally.llm.calls')).toBe(4);
    expect(await total('hexr.llm.calls')).toBe(4);
    const [ok] = await points('hexr.llm.calls');
    expect(ok!.attributes).toEqual({ provider: 'openai', model: 'gpt-4o' });
    expect(await points('hexr.llm.call_errors')).toEqual([
      expect.objectContaining({ value: 2, attributes: { provider: 'openai', model: 'gpt-4o', error_type: '429' } }),
    ]);
    expect((await points('tally.llm.call_errors'))[0]!.attributes['error.type']).toBe('429');
  });

  it('LLM-39 durations are seconds, a stream measured to its end', async () => {
    const client = watch(h.openai());
    h.fake.enqueue({ delayMs: 30 }, { text: 'a b c', chunkDelayMs: 20 });
    await client.chat.completions.create(hello);
    for await (const chunk of await client.chat.completions.create({ ...hello, stream: true })) void chunk;
    const spans = await h.spans();
    const seconds = spans.reduce((sum, span) => sum + Number(span.end - span.start) / 1e9, 0);
    const [duration] = await points('tally.llm.call.duration');
    expect(duration).toMatchObject({ count: 2, unit: 's' });
    expect(duration!.value).toBeCloseTo(seconds, 6);
    expect(seconds).toBeGreaterThan(0.03 + 0.06);
    const conventional = await points('gen_ai.client.operation.duration');
    expect(conventional.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(seconds, 6);
  });

  it('LLM-40 LLM-41 token counters equal the sum over spans and name the agent', async () => {
    const client = watch(h.openai());
    const run = agent({ name: 'analyst', tenant: 'acme' }, () => client.chat.completions.create(hello));
    await run();
    await run();
    await client.chat.completions.create(hello);
    const spans = (await h.spans()).filter((span) => span.attributes['gen_ai.operation.name'] === 'chat');
    const sum = (name: string) => spans.reduce((total_, span) => total_ + Number(span.attributes[name]), 0);
    expect(await total('tally.llm.input_tokens')).toBe(sum('gen_ai.usage.input_tokens'));
    expect(await total('tally.llm.output_tokens')).toBe(sum('gen_ai.usage.output_tokens'));
    expect((await points('tally.llm.input_tokens')).map(({ attributes }) => attributes['gen_ai.agent.name'])).toEqual([
      'analyst',
      undefined,
    ]);
    expect(await total('tally.llm.cost')).toBeCloseTo(sum('tally.cost.usd'), 12);
  });

  it('COST-05 counters count every call when spans are sampled', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    h.init();
    await watch(h.openai()).chat.completions.create(hello);
    vi.unstubAllEnvs();
    expect(await h.spans()).toHaveLength(0);
    expect(await total('tally.llm.calls')).toBe(1);
  });

  it('a flood of labels ends in one overflow series and loses no count', () => {
    const counted = new CallMetrics(0);
    const calls = limits.metricSeriesMax + 500;
    for (let index = 0; index < calls; index++) counted.record({ operation: 'chat', requestModel: `m${index}` }, 0.1);
    expect(counted.series('model').size).toBe(limits.metricSeriesMax + 1);
    const metric = metrics.find(({ name }) => name === 'tally.llm.calls')!;
    const all = project(metric, counted.series('model'));
    expect(all.reduce((sum, point) => sum + point.sum, 0)).toBe(calls);
    expect(counted.series('model').has(OVERFLOW)).toBe(true);
  });

  it('are no longer sent to a receiver that keeps none', async () => {
    const sink = await startSink();
    sink.metricsAnswer = 404;
    h.init({ endpoint: sink.url });
    await watch(h.openai()).chat.completions.create(hello);
    await h.spans();
    await watch(h.openai()).chat.completions.create(hello);
    await h.spans();
    // Spans and metrics the first time, only spans the second.
    expect(sink.requests).toBe(3);
    await sink.close();
  });
});
