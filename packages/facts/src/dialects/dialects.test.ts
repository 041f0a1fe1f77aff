import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, Facts, WireSpan } from '../facts.ts';
import { type Column, columnNames, type DialectName, type Semconv } from './column.ts';
import { canonicalProvider } from './providers.ts';
import { readSpan } from './read.ts';
import { dialects } from './registry.ts';
import { spanName, writeFacts, type Writing } from './write.ts';

function wire(attributes: Attributes, name = 'span'): WireSpan {
  return {
    traceId: '1'.repeat(32),
    spanId: '1'.repeat(16),
    parentSpanId: '',
    traceState: '',
    name,
    kind: 'client',
    start: 0n,
    end: 1n,
    status: 'unset',
    statusMessage: '',
    attributes,
    events: [],
    links: [],
    resource: {},
    scopeName: '',
    scopeVersion: '',
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

function written(facts: Facts, writing: Writing): Attributes {
  const attributes: Attributes = {};
  writeFacts(facts, 5_000_000n, writing, (name, _type, value) => (attributes[name] = value));
  return attributes;
}

/** Any value a column can hold. */
const values: Record<Column['type'], fc.Arbitrary<unknown>> = {
  string: fc.string({ unit: 'grapheme' }),
  int: fc.maxSafeNat(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bool: fc.constant(true),
  strings: fc.array(fc.string({ unit: 'grapheme' })),
  json: fc.json(),
  // Up to ten thousand dollars for one call: a double holds nano-dollars exactly up to there.
  usd: fc.bigInt(0n, 10_000_000_000_000n),
};
const anyFacts = fc.record(
  {
    ...Object.fromEntries(dialects.otel.columns.map(({ fact, type }) => [fact, values[type]])),
    provider: fc.constantFrom('openai', 'x_ai', 'mistral_ai', 'gcp.gemini', 'anthropic', 'azure.ai.openai', 'my own'),
    operation: fc.constantFrom('chat', 'embeddings', 'invoke_agent', 'execute_tool', 'rerank'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Facts>;

const writings: Writing[] = (['1.36', '1.41', 'latest'] satisfies Semconv[]).flatMap((semconv) =>
  ([['otel'], ['hexr'], ['otel', 'hexr'], ['hexr', 'otel']] satisfies DialectName[][]).map((names) => ({
    dialects: names,
    semconv,
  })),
);

describe('dialects', () => {
  it.each(writings)('what is written in $dialects of $semconv is read back the same', (writing) => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(readSpan(wire(written(facts, writing))).facts).toEqual(facts);
      }),
    );
  });

  it('LLM-26 LLM-33 LLM-34 COST-08 COST-14 COST-15 every spelling of provider, agent and tenant is understood', () => {
    expect(readSpan(wire({ 'gen_ai.system': 'openai' })).facts.provider).toBe('openai');
    expect(readSpan(wire({ 'gen_ai.system': 'google_genai' })).facts.provider).toBe('gcp.gemini');
    for (const name of ['gen_ai.agent.name', 'hexr.agent.name', 'hexr.agent_name']) {
      expect(readSpan(wire({ [name]: 'analyst' })).facts.agent).toBe('analyst');
    }
    for (const name of ['tally.tenant', 'hexr.agent.tenant', 'hexr.tenant']) {
      expect(readSpan(wire({ [name]: 'acme' })).facts.tenant).toBe('acme');
    }
  });

  it('LLM-25 a span that only its Hexr name explains is understood', () => {
    expect(readSpan(wire({ 'hexr.agent_name': 'a' }, 'hexr.llm.chat')).facts.operation).toBe('chat');
    expect(spanName({ operation: 'chat', requestModel: 'm' }, { dialects: ['hexr'], semconv: '1.41' })).toBe(
      'hexr.llm.chat',
    );
  });

  it('COST-13 the total of tokens is the sum of input and output', () => {
    const attributes = written(
      { operation: 'chat', inputTokens: 152, outputTokens: 487 },
      { dialects: ['hexr'], semconv: '1.41' },
    );
    expect(attributes['gen_ai.usage.total_tokens']).toBe(639);
  });

  it('of two generations on one span the newer one is believed', () => {
    const { facts } = readSpan(
      wire({
        'gen_ai.usage.prompt_tokens': 1,
        'gen_ai.usage.input_tokens': 2,
        'gen_ai.usage.cache_creation.input_tokens': 3,
        'gen_ai.usage.cache_write.input_tokens': 4,
        'gen_ai.system': 'azure',
        'gen_ai.provider.name': 'openai',
      }),
    );
    expect(facts).toMatchObject({ inputTokens: 2, cacheWriteTokens: 4, provider: 'openai' });
  });

  it('a value of the wrong type is no fact and stays where it was', () => {
    const attributes = {
      'gen_ai.usage.input_tokens': 'many',
      'gen_ai.request.model': 5,
      'gen_ai.response.finish_reasons': [1],
      mine: 'x',
    };
    const { facts, attributes: rest } = readSpan(wire(attributes));
    expect(facts).toEqual({});
    expect(rest).toEqual(attributes);
  });

  it('whole numbers that came as text or double are numbers all the same', () => {
    expect(readSpan(wire({ 'gen_ai.usage.input_tokens': '12', 'gen_ai.usage.output_tokens': 7 })).facts).toEqual({
      inputTokens: 12,
      outputTokens: 7,
    });
  });

  it('hostile names touch no prototype', () => {
    const attributes = JSON.parse('{"__proto__":{"polluted":1},"constructor":"c","toString":"t"}') as Attributes;
    const { attributes: rest, facts } = readSpan(wire(attributes));
    expect(Object.keys(rest)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(facts).toEqual({});
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('no name means two things', () => {
    for (const { columns } of Object.values(dialects)) {
      const names = columns.flatMap(columnNames);
      expect(names).toHaveLength(new Set(names).size);
    }
  });

  it.each([
    ['OpenAI', 'openai'],
    ['xai', 'x_ai'],
    ['google', 'gcp.gemini'],
    ['bedrock', 'aws.bedrock'],
    ['Something Else', 'Something Else'],
    ['__proto__', '__proto__'],
  ])('the provider %s is %s', (name, canonical) => expect(canonicalProvider(name)).toBe(canonical));
});
