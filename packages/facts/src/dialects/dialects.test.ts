import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, Facts, WireSpan } from '../facts.ts';
import { type Column, columnNames, type DialectName, type Semconv, spanKind } from './column.ts';
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
/** A message of the conventions with parts that numbered attributes can say, and some that they cannot. */
const anyPart = fc.oneof(
  fc.record({ type: fc.constant('text'), content: fc.string() }),
  fc.record({
    type: fc.constant('tool_call'),
    id: fc.string(),
    name: fc.string(),
    arguments: fc.dictionary(fc.string(), fc.json()),
  }),
  fc.record({ type: fc.constant('tool_call_response'), id: fc.string(), response: fc.string() }),
  fc.record({ type: fc.constant('uri'), modality: fc.constant('image'), uri: fc.webUrl() }),
);
const anyMessages = fc
  .array(
    fc.record({
      role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
      parts: fc.array(anyPart, { maxLength: 3 }),
    }),
  )
  .map((messages) => JSON.stringify(messages));
const anyTools = fc
  .array(
    fc.record({
      type: fc.constant('function'),
      name: fc.string(),
      description: fc.string(),
      parameters: fc.dictionary(fc.string(), fc.string()),
    }),
  )
  .map((tools) => JSON.stringify(tools));
const anyFacts = (
  fc.record(
    {
      ...Object.fromEntries(dialects.otel.columns.map(({ fact, type }) => [fact, values[type]])),
      provider: fc.constantFrom(
        'openai',
        'x_ai',
        'mistral_ai',
        'gcp.gemini',
        'gcp.vertex_ai',
        'anthropic',
        'azure.ai.openai',
        'aws.bedrock',
        'my own',
      ),
      operation: fc.constantFrom(
        'chat',
        'text_completion',
        'embeddings',
        'invoke_agent',
        'execute_tool',
        'rerank',
        'plan',
        'retrieval',
      ),
      inputMessages: fc.oneof(anyMessages, fc.json()),
      outputMessages: fc.oneof(anyMessages, fc.json()),
      toolDefinitions: fc.oneof(anyTools, fc.json()),
    },
    { requiredKeys: ['operation'] },
  ) as fc.Arbitrary<Facts>
).map((facts): Facts => {
  // Which end of a conversation a span is, is told by its kind.
  const { mcpMethod, a2aMethod } = facts;
  if (mcpMethod === undefined && a2aMethod === undefined) return facts;
  return { ...facts, side: `${mcpMethod}${a2aMethod}`.length % 2 === 0 ? 'client' : 'server' };
});

const writings: Writing[] = (['1.36', '1.41', 'latest'] satisfies Semconv[]).flatMap((semconv) =>
  (
    [
      ['otel'],
      ['hexr'],
      ['tracekit'],
      ['openinference'],
      ['otel', 'hexr'],
      ['hexr', 'otel'],
      ['otel', 'tracekit'],
      ['tracekit', 'otel'],
      ['openinference', 'otel'],
      ['tracekit', 'openinference', 'hexr'],
    ] satisfies DialectName[][]
  ).map((names) => ({
    dialects: names,
    semconv,
  })),
);

describe('dialects', () => {
  it.each(writings)('what is written in $dialects of $semconv is read back the same', (writing) => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const span = { ...wire(written(facts, writing)), kind: spanKind(facts), scopeName: '@tallyspan/sdk' };
        expect(readSpan(span).facts).toEqual(facts);
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

  it('OBS-14 OBS-23 the bare tokens_in and tokens_out of one of its samples are tokens too', () => {
    const { facts } = readSpan(
      wire(
        { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o', tokens_in: 12, tokens_out: 3 },
        'hexr.llm.chat',
      ),
    );
    expect(facts).toEqual({
      operation: 'chat',
      provider: 'openai',
      requestModel: 'gpt-4o',
      inputTokens: 12,
      outputTokens: 3,
    });
  });

  it('OBS-11 OBS-12 OBS-13 OBS-15 OBS-17 OBS-19 OBS-20 the bare attributes of its steps are understood by the name of the span', () => {
    const read = (name: string, attributes: Attributes) => readSpan(wire(attributes, name)).facts;
    expect(read('hexr.cache.lookup', { tier: 'L2', hit: true })).toEqual({
      operation: 'cache_lookup',
      cacheTier: 'L2',
      cacheHit: true,
    });
    expect(read('hexr.credential.exchange', { provider: 'aws', service: 's3', spiffe_id: 'spiffe://x/y' })).toEqual({
      operation: 'credential_exchange',
      credentialProvider: 'aws',
      credentialService: 's3',
      spiffeId: 'spiffe://x/y',
    });
    expect(read('hexr.vault.get', { path: 'llm/openai' })).toEqual({ operation: 'vault_get', vaultPath: 'llm/openai' });
    expect(read('hexr.a2a.client.send', { target_agent: 'b', task_id: 't', task_state: 'completed' })).toEqual({
      operation: 'a2a_send',
      side: 'client',
      peerAgent: 'b',
      a2aTaskId: 't',
      a2aTaskState: 'completed',
    });
    expect(read('hexr.sandbox.exec', { language: 'python', timeout: 30, exit_code: 3 })).toEqual({
      operation: 'sandbox_exec',
      sandboxLanguage: 'python',
      sandboxTimeoutSeconds: 30,
      exitCode: 3,
    });
    expect(read('hexr.browser.browse', { url: 'https://example.org/', actions_count: 4 })).toEqual({
      operation: 'browser_browse',
      url: 'https://example.org/',
      actionCount: 4,
    });
    // Under another name the same words say nothing.
    expect(read('lookup', { tier: 'L2', hit: true })).toEqual({});
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

  const conversation: Facts = {
    operation: 'chat',
    provider: 'openai',
    requestModel: 'gpt-4o',
    userId: 'u',
    inputMessages: JSON.stringify([
      { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'Look:' },
          { type: 'uri', modality: 'image', uri: 'https://x/y.png' },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { type: 'tool_call', id: 'c1', name: 'see', arguments: { a: 1 } },
          { type: 'tool_call', id: 'c2', name: 'see', arguments: { a: 2 } },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'a cat' }] },
    ]),
    outputMessages: JSON.stringify([
      { role: 'assistant', parts: [{ type: 'text', content: 'A cat.' }], finish_reason: 'stop' },
      { role: 'assistant', parts: [], finish_reason: 'error' },
    ]),
    toolDefinitions: JSON.stringify([
      { type: 'function', name: 'see', description: 'looks', parameters: { type: 'object' } },
    ]),
  };
  const starting = (attributes: Attributes, ...heads: string[]) =>
    Object.fromEntries(Object.entries(attributes).filter(([name]) => heads.some((head) => name.startsWith(head))));

  it('TK-24 TK-25 TK-27 TK-28 TK-29 TK-30 TK-31 TK-32 TK-33 TK-34 TK-35 TK-36 in tracekit messages and tools are numbered', () => {
    const attributes = written(conversation, { dialects: ['tracekit'], semconv: '1.36' });
    expect(
      starting(attributes, 'gen_ai.prompt', 'gen_ai.completion', 'gen_ai.openai', 'gen_ai.input', 'gen_ai.tool'),
    ).toEqual({
      'gen_ai.prompt.0.role': 'system',
      'gen_ai.prompt.0.content': 'Be brief.',
      'gen_ai.prompt.1.role': 'user',
      'gen_ai.prompt.1.content':
        '[{"type":"text","content":"Look:"},{"type":"uri","modality":"image","uri":"https://x/y.png"}]',
      'gen_ai.prompt.2.role': 'assistant',
      'gen_ai.prompt.2.tool_calls.0.id': 'c1',
      'gen_ai.prompt.2.tool_calls.0.type': 'function',
      'gen_ai.prompt.2.tool_calls.0.function.name': 'see',
      'gen_ai.prompt.2.tool_calls.0.function.arguments': '{"a":1}',
      'gen_ai.prompt.2.tool_calls.1.id': 'c2',
      'gen_ai.prompt.2.tool_calls.1.type': 'function',
      'gen_ai.prompt.2.tool_calls.1.function.name': 'see',
      'gen_ai.prompt.2.tool_calls.1.function.arguments': '{"a":2}',
      'gen_ai.prompt.3.role': 'tool',
      'gen_ai.prompt.3.content': 'a cat',
      'gen_ai.prompt.3.tool_call_id': 'c1',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.finish_reason': 'stop',
      'gen_ai.completion.0.content': 'A cat.',
      'gen_ai.completion.1.role': 'assistant',
      'gen_ai.completion.1.finish_reason': 'error',
      'gen_ai.openai.request.user': 'u',
      'gen_ai.openai.request.tools.0.type': 'function',
      'gen_ai.openai.request.tools.0.function.name': 'see',
      'gen_ai.openai.request.tools.0.function.description': 'looks',
      'gen_ai.openai.request.tools.0.function.parameters': '{"type":"object"}',
    });
  });

  it('TK-46 TK-47 TK-48 TK-49 Bedrock’s tools and agent alias have its own names in tracekit', () => {
    const attributes = written(
      { ...conversation, provider: 'aws.bedrock', agentAliasId: 'alias' },
      { dialects: ['tracekit'], semconv: '1.36' },
    );
    expect(starting(attributes, 'gen_ai.bedrock')).toEqual({
      'gen_ai.bedrock.agent_alias.id': 'alias',
      'gen_ai.bedrock.request.tools.0.type': 'function',
      'gen_ai.bedrock.request.tools.0.function.name': 'see',
      'gen_ai.bedrock.request.tools.0.function.description': 'looks',
      'gen_ai.bedrock.request.tools.0.function.parameters': '{"type":"object"}',
    });
  });

  it('OBS-75 in openinference a call has its kind, model, tokens and numbered messages', () => {
    const attributes = written(
      { ...conversation, inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, responseModel: 'gpt-4o-2024-08-06' },
      { dialects: ['openinference'], semconv: '1.41' },
    );
    expect(attributes).toMatchObject({
      'openinference.span.kind': 'LLM',
      'llm.provider': 'openai',
      'llm.model_name': 'gpt-4o-2024-08-06',
      'llm.token_count.prompt': 10,
      'llm.token_count.completion': 5,
      'llm.token_count.total': 15,
      'llm.token_count.prompt_details.cache_read': 4,
      'llm.input_messages.0.message.role': 'system',
      'llm.input_messages.0.message.content': 'Be brief.',
      'llm.input_messages.1.message.contents.1.message_content.image.image.url': 'https://x/y.png',
      'llm.input_messages.2.message.tool_calls.1.tool_call.function.name': 'see',
      'llm.output_messages.0.message.content': 'A cat.',
    });
    expect(starting(attributes, 'gen_ai.usage', 'gen_ai.provider')).toEqual({});
  });

  it('messages that numbers cannot say are written whole beside them', () => {
    const odd: Facts = {
      operation: 'chat',
      inputMessages: '[{"role":"user","parts":[{"type":"blob","content":"…"}],"mine":1}]',
    };
    for (const dialect of ['tracekit', 'openinference'] as const) {
      expect(written(odd, { dialects: [dialect], semconv: '1.41' })['gen_ai.input.messages']).toBe(odd.inputMessages);
    }
  });

  it('of two generations on one span the newer one is believed', () => {
    const { facts } = readSpan(
      wire({
        'gen_ai.usage.prompt_tokens': 1,
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.cache_creation.input_tokens': 3,
        'gen_ai.usage.cache_write.input_tokens': 4,
        'gen_ai.system': 'azure',
        'gen_ai.provider.name': 'openai',
      }),
    );
    expect(facts).toMatchObject({ inputTokens: 20, cacheWriteTokens: 4, provider: 'openai' });
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
