import { describe, expect, it } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { agent, role } from './agent.ts';
import { watch } from './watch.ts';

const h = harness();
const call = () => {
  h.fake.enqueue({ usage: { input: 152, output: 487, cacheWrite: 10 }, id: 'chatcmpl-abc123' });
  return watch(h.openai()).chat.completions.create(hello);
};
const chat = async () => (await h.spans()).find((span) => span.attributes['gen_ai.operation.name'] === 'chat')!;

describe('dialects', () => {
  it('LLM-25 LLM-36 spans are named as the conventions say, and as Hexr says in its dialect', async () => {
    await call();
    expect((await chat()).name).toBe('chat gpt-4o');
    expect((await chat()).kind).toBe(3);
    h.init({ dialects: ['hexr'] });
    await agent({ name: 'a' }, call)();
    expect((await h.spans()).map((span) => span.name).slice(1)).toEqual(['hexr.llm.chat', 'hexr.agent.invoke']);
  });

  it('LLM-26 COST-08 the provider is gen_ai.provider.name today and gen_ai.system before 1.37', async () => {
    await call();
    expect((await chat()).attributes).toMatchObject({ 'gen_ai.provider.name': 'openai' });
    expect((await chat()).attributes).not.toHaveProperty('gen_ai.system');
    for (const options of [{ semconv: '1.36' as const }, { dialects: ['hexr' as const] }]) {
      h.init(options);
      await call();
      const { attributes } = (await h.spans()).at(-1)!;
      expect(attributes['gen_ai.system']).toBe('openai');
      expect(attributes).not.toHaveProperty('gen_ai.provider.name');
    }
  });

  it('LLM-33 LLM-34 LLM-35 COST-13 COST-14 COST-15 COST-16 COST-17 COST-18 the hexr dialect has all of Hexr’s names', async () => {
    h.init({ dialects: ['hexr'], spiffe: { trustDomain: 'example.org' } });
    await agent({ name: 'analyst', tenant: 'acme-corp' }, () => role('researcher', call))();
    const span = await chat();
    expect(span.attributes).toMatchObject({
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 152,
      'gen_ai.usage.output_tokens': 487,
      'gen_ai.usage.total_tokens': 639,
      'hexr.agent.name': 'analyst',
      'hexr.agent.tenant': 'acme-corp',
      'hexr.agent.role': 'researcher',
      'hexr.spiffe_id': 'spiffe://example.org/agent/acme-corp/analyst/researcher',
    });
    expect(span.attributes['hexr.llm.cost_usd']).toBeGreaterThan(0);
    const milliseconds = Number(span.end - span.start) / 1e6;
    expect(Math.abs((span.attributes['hexr.llm.duration_ms'] as number) - milliseconds)).toBeLessThanOrEqual(0.5);
    expect(
      Object.keys(span.attributes).filter((name) => ['gen_ai.agent.name', 'tally.tenant', 'tally.role'].includes(name)),
    ).toEqual([]);
  });

  it('LLM-33 the hexr names are absent from the default dialect', async () => {
    await agent({ name: 'analyst' }, call)();
    expect(Object.keys((await chat()).attributes).filter((name) => name.startsWith('hexr.'))).toEqual([]);
  });

  it('two dialects together write each name once and both sets of names', async () => {
    h.init({ dialects: ['otel', 'hexr'] });
    await agent({ name: 'analyst' }, call)();
    const span = await chat();
    expect(span.name).toBe('chat gpt-4o');
    expect(span.attributes).toMatchObject({
      'gen_ai.agent.name': 'analyst',
      'hexr.agent.name': 'analyst',
      'gen_ai.provider.name': 'openai',
      'gen_ai.system': 'openai',
    });
  });

  it('the newest conventions have cache_write and the proposed cost attributes', async () => {
    h.init({ semconv: 'latest' });
    await call();
    const { attributes } = await chat();
    expect(attributes['gen_ai.usage.cache_write.input_tokens']).toBe(10);
    expect(attributes).not.toHaveProperty('gen_ai.usage.cache_creation.input_tokens');
    expect(attributes).toMatchObject({ 'gen_ai.usage.cost.currency': 'USD', 'gen_ai.usage.cost.source': 'local' });
  });

  it('COST-17 an unknown model has no cost, rather than a cost of 0', async () => {
    await watch(h.openai()).chat.completions.create({ ...hello, model: 'my-own-model' });
    expect(Object.keys((await chat()).attributes).filter((name) => name.includes('cost'))).toEqual([]);
  });

  it('COST-17 the cost is exact: tokens times the listed price', async () => {
    h.fake.enqueue({ usage: { input: 1_234, output: 567, cacheRead: 1_024 } });
    await watch(h.openai()).chat.completions.create({ ...hello, model: 'gpt-4o-mini' });
    // gpt-4o-mini: $0.15 input, $0.075 cached, $0.60 output per million tokens.
    expect((await chat()).attributes['tally.cost.usd']).toBeCloseTo((210 * 0.15 + 1_024 * 0.075 + 567 * 0.6) / 1e6, 9);
  });
});

/** The inference span of the conventions v1.41.1 (`gen-ai-spans.md`): attribute → its type; anything else must be ours. */
const allowed: Record<string, 'string' | 'number' | 'boolean' | 'object'> = {
  'gen_ai.operation.name': 'string',
  'gen_ai.provider.name': 'string',
  'gen_ai.request.model': 'string',
  'gen_ai.request.stream': 'boolean',
  'gen_ai.request.max_tokens': 'number',
  'gen_ai.request.temperature': 'number',
  'gen_ai.request.stop_sequences': 'object',
  'gen_ai.response.model': 'string',
  'gen_ai.response.id': 'string',
  'gen_ai.response.finish_reasons': 'object',
  'gen_ai.response.time_to_first_chunk': 'number',
  'gen_ai.usage.input_tokens': 'number',
  'gen_ai.usage.output_tokens': 'number',
  'gen_ai.usage.cache_read.input_tokens': 'number',
  'gen_ai.usage.cache_creation.input_tokens': 'number',
  'gen_ai.usage.reasoning.output_tokens': 'number',
  'gen_ai.usage.audio.input_tokens': 'number',
  'gen_ai.usage.audio.output_tokens': 'number',
  'gen_ai.output.type': 'string',
  'openai.api.type': 'string',
  'openai.response.service_tier': 'string',
  'openai.response.system_fingerprint': 'string',
  'server.address': 'string',
  'server.port': 'number',
  'error.type': 'string',
};

describe('LLM-36 the conventions', () => {
  it.each([
    ['whole and ok', { max_tokens: 10, temperature: 0.2, stop: 'x' }, {}],
    ['streamed and ok', { stream: true }, {}],
    ['failed', {}, { error: 'server_error' as const }],
    ['streamed and cut', { stream: true }, { dropAfterChunks: 2 }],
  ])(
    'LLM-36 a call that is %s has only attributes of the conventions, rightly typed, or ours',
    async (_, body, reply) => {
      h.fake.enqueue(reply);
      const answer: unknown = await watch(h.openai())
        .chat.completions.create({ ...hello, ...body } as never)
        .catch(() => undefined);
      if (answer && 'stream' in body) {
        await (async () => {
          for await (const chunk of answer as AsyncIterable<unknown>) void chunk;
        })().catch(() => undefined);
      }
      const span = await h.span();
      const conventional = Object.entries(span.attributes).filter(([name]) => !name.startsWith('tally.'));
      for (const [name, value] of conventional) expect([name, typeof value]).toEqual([name, allowed[name]]);
      for (const required of [
        'gen_ai.operation.name',
        'gen_ai.provider.name',
        'gen_ai.request.model',
        'server.address',
        'server.port',
      ]) {
        expect(span.attributes).toHaveProperty([required]);
      }
      expect(span.failed).toBe('error.type' in span.attributes);
    },
  );
});
