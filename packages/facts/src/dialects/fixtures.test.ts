/** What true payloads are understood as. The payloads lie in `fixtures/`, each with how it was got. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, AttributeValue, Facts, Span } from '../facts.ts';
import { columnNames } from './column.ts';
import { loadFixture, spansOf } from '../../test/read-fixture.ts';
import { readSpan } from './read.ts';
import { readers } from './registry.ts';

/** Facts of a span by its place in the fixture; content apart. */
type Expected = Record<number, Partial<Facts>>;

const openaiCall = {
  operation: 'chat',
  provider: 'openai',
  requestModel: 'gpt-4o',
  responseModel: 'gpt-4o-2024-08-06',
  inputTokens: 1_200,
  outputTokens: 300,
} as const;
const cached = { cacheReadTokens: 1_024 };
const thought = { reasoningTokens: 64 };
const claudeCall = {
  operation: 'chat',
  provider: 'anthropic',
  requestModel: 'claude-sonnet-4-20250514',
  inputTokens: 1_500,
  outputTokens: 150,
  cacheReadTokens: 1_000,
  cacheWriteTokens: 300,
} as const;
const tool = { operation: 'execute_tool', toolName: 'get_weather', toolArguments: '{"city":"Paris"}' };
const metadata = { userId: 'user-7', sessionId: 'chat-9' };
const called = { ...tool, toolCallId: 'call_abc', toolResult: '"sunny in Paris"' };
const agentRun = { operation: 'invoke_agent', agent: 'weather-agent' };
const aiSdk = (more: Partial<Facts>): Expected => ({
  0: { ...openaiCall, ...more, ...metadata, temperature: 0.5, finishReasons: ['tool-calls'] },
  1: called,
  3: { ...agentRun, ...metadata },
  4: { ...openaiCall, ...cached, ...thought, finishReasons: ['stop'] },
  5: agentRun,
  6: { operation: 'embeddings', provider: 'openai', requestModel: 'text-embedding-3-small', inputTokens: 8 },
});

const table: Record<string, Expected> = {
  'ai-sdk-4': aiSdk({ ...cached, ...thought }),
  'ai-sdk-5': aiSdk({}),
  'ai-sdk-6': aiSdk({ ...cached, ...thought }),
  'ai-sdk-7': {
    0: { ...openaiCall, ...cached, temperature: 0.5, serverAddress: '127.0.0.1', finishReasons: ['tool-calls'] },
    1: { ...called, toolType: 'function' },
    2: { operation: 'agent_step' },
    5: { ...agentRun, inputTokens: 2_400 },
    6: { ...openaiCall, timeToFirstChunk: expect.closeTo(0.013, 2) as unknown as number },
    9: { operation: 'embeddings', inputTokens: 8 },
    10: { operation: 'embeddings' },
  },
  openinference: {
    0: {
      ...openaiCall,
      ...cached,
      ...thought,
      temperature: 0.5,
      maxTokens: 100,
      finishReasons: ['tool_calls'],
      responseId: 'chatcmpl-0001B9MBs8CjcvOU2jLn4n570S5qMJKcT',
    },
    2: { operation: 'chat', stream: true, requestModel: 'gpt-4o', finishReasons: ['stop'] },
    3: { ...openaiCall, ...cached, responseId: 'resp_00048a9b1c2d3e4f5061728394a5b6c7d8e9' },
    4: { operation: 'embeddings', requestModel: 'text-embedding-3-small' },
    5: { ...claudeCall, responseId: 'msg_010006XFDUDYJgAACzvnptvVoYEL', finishReasons: ['end_turn'] },
    6: { ...claudeCall, responseServiceTier: 'standard', cacheWrite1hTokens: 0, finishReasons: ['end_turn'] },
  },
  'openinference-langchain': {
    0: { operation: 'prompt', sessionId: 'chat-9' },
    1: { operation: 'chat', inputTokens: 1_200, responseId: 'chatcmpl-0001B9MBs8CjcvOU2jLn4n570S5qMJKcT' },
    2: { operation: 'invoke_workflow' },
    3: { ...openaiCall, responseId: 'chatcmpl-0001B9MBs8CjcvOU2jLn4n570S5qMJKcT' },
  },
  openllmetry: { 0: { ...openaiCall, maxTokens: 100, finishReasons: ['tool_call'] } },
  'openllmetry-numbered': {
    0: { operation: 'invoke_workflow', workflow: 'story' },
    1: { operation: 'invoke_agent', agent: 'analyst', workflow: 'story', ...metadata },
    2: { ...claudeCall, stream: false, finishReasons: ['tool_use'] },
    3: { ...tool, toolResult: '"sunny"' },
  },
  'otel-contrib': {
    0: { ...openaiCall, stopSequences: ['x'], maxTokens: 100, serverPort: 8080 },
    3: { ...openaiCall, systemInstructions: '[{"type":"text","content":"Be brief."}]' },
    4: { operation: 'embeddings', inputTokens: 8 },
  },
  'otel-g0': { 0: openaiCall },
  'otel-g1': { 0: { ...openaiCall, provider: 'azure.ai.openai', seed: 7, responseServiceTier: 'default' } },
  'otel-g2': {
    0: { operation: 'invoke_agent', agent: 'analyst', conversationId: 'conv-1' },
    1: { ...claudeCall, reasoningTokens: 50, systemInstructions: '[{"type":"text","content":"Be brief."}]' },
  },
  'otel-g3': {
    0: { operation: 'invoke_workflow', workflow: 'crew' },
    2: { ...claudeCall, reasoningLevel: 'low' },
    3: { operation: 'fetch_response', responseStatus: 'completed' },
  },
  langfuse: {
    0: {
      operation: 'chat',
      requestModel: 'gpt-4o-2024-08-06',
      inputTokens: 1_200,
      outputTokens: 300,
      ...cached,
      ...thought,
      temperature: 0.5,
    },
    1: {
      operation: 'chat',
      inputTokens: 1_500,
      outputTokens: 150,
      cacheReadTokens: 1_000,
      cacheWriteTokens: 300,
      ...thought,
      costNanoUsd: 3_000_000n,
      maxTokens: 50,
    },
    2: { ...tool, toolResult: '"sunny"' },
    3: { operation: 'invoke_agent', agent: 'analyst', ...metadata },
  },
  langsmith: {
    0: {
      ...openaiCall,
      ...cached,
      ...thought,
      ...metadata,
      finishReasons: ['stop'],
      systemFingerprint: 'fp_1',
      responseServiceTier: 'default',
    },
    1: { ...tool, toolResult: '{"outputs":"sunny"}' },
    2: { operation: 'invoke_workflow', userId: 'user-7' },
  },
  mastra: {
    1: {
      operation: 'execute_tool',
      toolName: 'weather',
      toolArguments: '{"place":"Oslo"}',
      toolResult: '{"sky":"clear"}',
    },
    3: {
      operation: 'chat',
      provider: 'openai',
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      inputTokens: 50,
      outputTokens: 12,
      cacheReadTokens: 20,
      finishReasons: ['tool-calls'],
      agent: 'helper',
    },
    6: { operation: 'chat', inputTokens: 80, outputTokens: 5, reasoningTokens: 2, finishReasons: ['stop'] },
    9: { operation: 'invoke_agent', agent: 'helper' },
  },
  'google-adk': {
    0: { ...tool, toolResult: '{"report":"sunny in Paris"}' },
    1: {
      operation: 'chat',
      provider: 'gcp.gemini',
      requestModel: 'gemini-2.5-flash',
      agent: 'weather_agent',
      inputTokens: 500,
      // 100 candidates and 40 thoughts.
      outputTokens: 140,
      reasoningTokens: 40,
      cacheReadTokens: 120,
      runId: 'e-fbb17e24-4924-41b8-a236-e3dcc5f64add',
    },
    3: { operation: 'invoke_agent', agent: 'weather_agent', agentDescription: 'tells weather' },
  },
  hexr: {
    0: { operation: 'invoke_agent', agent: 'analyst', tenant: 'acme-corp' },
    1: {
      operation: 'chat',
      provider: 'gcp.gemini',
      inputTokens: 152,
      outputTokens: 487,
      agent: 'analyst',
      tenant: 'acme-corp',
      role: 'researcher',
      spiffeId: 'spiffe://hexr.cloud/agent/acme-corp/analyst/researcher',
      costNanoUsd: 1_500_000n,
    },
    2: { operation: 'execute_tool', toolName: 's3', agent: 'analyst', tenant: 'acme-corp' },
  },
  tracekit: {
    0: { operation: 'invoke_agent', agent: 'Assistant' },
    1: { ...openaiCall, userId: 'user-7', agent: 'Assistant', finishReasons: ['tool_calls'] },
    2: {
      operation: 'execute_tool',
      toolName: 'get_current_weather',
      toolArguments: '{"location":"Paris"}',
      toolResult: '"sunny"',
    },
    3: {
      operation: 'chat',
      provider: 'aws.bedrock',
      inputTokens: 1_000,
      outputTokens: 100,
      toolDefinitions: '[{"type":"function","name":"get_current_weather"}]',
    },
  },
  'pydantic-ai': {
    0: { operation: 'invoke_agent', agent: 'analyst', runId: 'run-1', conversationId: 'conv-1' },
    1: { operation: 'chat', uncounted: 'pending' },
    2: { ...claudeCall, costNanoUsd: 4_500_000n },
    3: { ...tool, toolCallId: 'call_abc', toolResult: 'sunny' },
  },
  'logfire-events': { 0: { operation: 'invoke_agent', agent: 'analyst', requestModel: 'gpt-4o' }, 1: openaiCall },
  mlflow: {
    0: { operation: 'invoke_agent', agent: 'analyst' },
    1: { ...claudeCall, costNanoUsd: 5_000_000n },
    2: tool,
  },
  datadog: {
    0: { operation: 'invoke_agent', agent: 'analyst', sessionId: 'chat-9' },
    1: { operation: 'chat', provider: 'openai', inputTokens: 1_200, outputTokens: 300, ...cached, ...thought },
    2: { ...tool, toolResult: '"sunny"' },
  },
  litellm: {
    0: openaiCall,
    2: { ...openaiCall, provider: 'azure.ai.openai', costNanoUsd: 4_000_000n, costSource: 'provider' },
    3: { uncounted: 'repeat' },
  },
};

const read = (name: string): Span[] => spansOf(loadFixture(name)).map(readSpan);
const all = Object.keys(table).flatMap((name) => spansOf(loadFixture(name)));

describe('LLM-26 LLM-33 TK-24 TK-25 OBS-68 OBS-75 true payloads are understood', () => {
  it.each(Object.entries(table))('%s', (name, expected) => {
    const spans = read(name);
    for (const [place, facts] of Object.entries(expected))
      expect([place, spans[Number(place)]!.facts]).toMatchObject([place, facts]);
  });

  it('each fixture is in the table and says how it was got', () => {
    const files = readdirSync(new URL('fixtures/', import.meta.url)).filter((name) => name.endsWith('.json'));
    expect(files.map((name) => name.replace('.json', '')).sort()).toEqual(Object.keys(table).sort());
    for (const name of Object.keys(table)) expect(loadFixture(name).recorded).toMatch(/^(Recorded|Transcribed)/);
  });

  it('an agent’s totals in names of their own are no usage', () => {
    expect(read('pydantic-ai')[0]!.facts).not.toHaveProperty('inputTokens');
  });

  it('steps of no known kind have no operation', () => {
    expect(read('ai-sdk-6').at(-1)!.facts).not.toHaveProperty('operation');
    expect(read('google-adk').at(-1)!.facts).not.toHaveProperty('operation');
  });
});

/** Which spans carry content, and how the messages of each read. */
const asked = (text: string) => [{ role: 'user', parts: [{ type: 'text', content: text }] }];
const answered = (text: string, reason?: string) => [
  { role: 'assistant', parts: [{ type: 'text', content: text }], ...(reason && { finish_reason: reason }) },
];
const brief = { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] };
const wantsTool = { type: 'tool_call', id: 'call_abc', name: 'get_weather', arguments: { city: 'Paris' } };
const toolSaid = (response: unknown) => ({ type: 'tool_call_response', id: 'call_abc', response });

describe('content of every dialect has the shape of the conventions', () => {
  it.each<[name: string, place: number, input: unknown, output: unknown]>([
    [
      'ai-sdk-4',
      0,
      [brief, ...asked('Weather in Paris?')],
      [{ role: 'assistant', parts: [wantsTool], finish_reason: 'tool-calls' }],
    ],
    [
      'ai-sdk-6',
      2,
      [
        brief,
        ...asked('Weather in Paris?'),
        { role: 'assistant', parts: [wantsTool] },
        { role: 'tool', parts: [toolSaid({ type: 'text', value: 'sunny in Paris' })] },
      ],
      answered('It is sunny in Paris.', 'stop'),
    ],
    ['openinference', 0, [brief, ...asked('Weather in Paris?')], [{ role: 'assistant', parts: [wantsTool] }]],
    [
      'openinference',
      1,
      [
        brief,
        ...asked('Weather in Paris?'),
        { role: 'assistant', parts: [wantsTool] },
        { role: 'tool', parts: [toolSaid('sunny')] },
      ],
      answered('It is sunny in Paris.'),
    ],
    [
      'openllmetry-numbered',
      2,
      [brief, ...asked('Weather in Paris?')],
      [{ role: 'assistant', parts: [wantsTool], finish_reason: 'tool_use' }],
    ],
    ['otel-g0', 0, asked('Weather in Paris?'), answered('Sunny.')],
    [
      'otel-g1',
      0,
      [
        brief,
        ...asked('Weather in Paris?'),
        { role: 'assistant', parts: [wantsTool] },
        { role: 'tool', parts: [toolSaid('sunny')] },
      ],
      answered('Sunny.', 'stop'),
    ],
    ['otel-g2', 1, asked('Weather in Paris?'), answered('Sunny.', 'stop')],
    ['langfuse', 0, [brief, ...asked('Weather in Paris?')], answered('It is sunny in Paris.')],
    ['langsmith', 0, asked('Weather?'), answered('It is sunny in Paris.', 'stop')],
    [
      'google-adk',
      2,
      [
        ...asked('Weather in Paris?'),
        { role: 'assistant', parts: [{ type: 'tool_call', name: 'get_weather', arguments: { city: 'Paris' } }] },
        { role: 'user', parts: [{ type: 'tool_call_response', response: { report: 'sunny in Paris' } }] },
      ],
      answered('It is sunny in Paris.', 'STOP'),
    ],
    [
      'tracekit',
      1,
      [brief, ...asked("What's the weather in Paris?")],
      [
        {
          role: 'assistant',
          parts: [{ ...wantsTool, name: 'get_current_weather', arguments: { location: 'Paris' } }],
          finish_reason: 'tool_calls',
        },
      ],
    ],
    ['logfire-events', 1, asked('Weather in Paris?'), answered('Sunny.')],
    ['mlflow', 1, asked('Weather in Paris?'), answered('Sunny.')],
    ['datadog', 1, asked('Weather in Paris?'), answered('Sunny.')],
    ['litellm', 2, asked('Hi'), answered('Hello', 'stop')],
  ])('%s, span %i', (name, place, input, output) => {
    const { inputMessages, outputMessages } = read(name)[place]!.facts;
    expect([JSON.parse(inputMessages!), JSON.parse(outputMessages!)]).toEqual([input, output]);
  });

  it('TK-25 tools are told as type, name, description and parameters', () => {
    for (const [name, place] of [
      ['ai-sdk-6', 0],
      ['openinference', 0],
      ['openllmetry-numbered', 2],
      ['pydantic-ai', 2],
      ['mlflow', 1],
    ] as const) {
      expect(JSON.parse(read(name)[place]!.facts.toolDefinitions!)).toMatchObject([
        { type: 'function', name: 'get_weather', description: 'weather', parameters: { type: 'object' } },
      ]);
    }
  });
});

describe('whatever is sent', () => {
  const names = [
    ...Object.values(readers).flatMap(({ columns, kinds, marks = [], numbered = [] }) => [
      ...columns.flatMap(columnNames),
      ...(kinds ? [kinds.attribute] : []),
      ...marks,
      ...numbered.flatMap((head) => [
        `${head}.0.role`,
        `${head}.0.content`,
        `${head}.1.tool_calls.0.id`,
        `${head}.999999.message.role`,
        `${head}.0.message.tool_calls.0.tool_call.function.arguments`,
      ]),
    ]),
    ...new Set(all.flatMap(({ attributes }) => Object.keys(attributes))),
  ];
  const hostileText = fc.constantFrom(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    '[{"role":"__proto__","content":[{"type":"__proto__"}],"tool_calls":[null,1,"x",{"function":null}]}]',
    '[[[[[[1]]]]]]',
    '{"messages":{"messages":{"messages":[]}}}',
    '{"input_tokens":-1,"output_tokens":1e999,"input":"many"}',
    '{"total":"x","total_cost":-5}',
    'true',
    'llm',
    'CHAIN',
    '[',
  );
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    fc.string({ unit: 'binary' }),
    hostileText,
    fc.json(),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, 'chat', -1),
    fc.array(fc.oneof(fc.string(), hostileText)),
    fc.dictionary(fc.constantFrom('__proto__', 'role', 'messages', 'choices', 'constructor'), hostileText),
  );
  const anyAttributes = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 30 });
  const anySpan = fc
    .record({ attributes: anyAttributes, event: anyAttributes, of: fc.nat(all.length - 1) })
    .map(({ attributes, event, of }) => {
      const span = all[of]!;
      const events = [
        'gen_ai.choice',
        'gen_ai.user.message',
        'gen_ai.content.prompt',
        'gen_ai.client.inference.operation.details',
      ].map((name) => ({ name, time: 1n, attributes: event }));
      return { ...span, attributes: { ...span.attributes, ...attributes }, events };
    });

  it('nothing throws and no prototype is touched', () => {
    fc.assert(
      fc.property(anySpan, (span) => {
        const { facts } = readSpan(span);
        expect(({} as { polluted?: number }).polluted).toBeUndefined();
        expect(Object.getPrototypeOf(facts)).toBe(Object.prototype);
        for (const fact of ['inputMessages', 'outputMessages'] as const)
          if (facts[fact] !== undefined) expect(typeof facts[fact]).toBe('string');
      }),
      { numRuns: 500 },
    );
  });

  it('facts are the same for every order of attributes', () => {
    const shuffled = anySpan.chain((span) => {
      const entries = Object.entries(span.attributes);
      return fc.tuple(fc.constant(span), fc.shuffledSubarray(entries, { minLength: entries.length }));
    });
    fc.assert(
      fc.property(shuffled, ([span, entries]) => {
        const again = readSpan({ ...span, attributes: Object.fromEntries(entries) as Attributes });
        expect(again.facts).toEqual(readSpan(span).facts);
      }),
      { numRuns: 500 },
    );
  });

  it('a number of a hostile name makes no long list', () => {
    const span = all[0]!;
    const attributes = {
      'gen_ai.prompt.999999.role': 'user',
      'gen_ai.prompt.999999.content': 'a',
      'gen_ai.prompt.1000000.content': 'b',
      'gen_ai.prompt.01.content': 'c',
    };
    const { facts, attributes: rest } = readSpan({ ...span, attributes });
    expect(JSON.parse(facts.inputMessages!)).toHaveLength(1);
    expect(Object.keys(rest)).toEqual(['gen_ai.prompt.1000000.content', 'gen_ai.prompt.01.content']);
  });
});

describe('the house rule', () => {
  const tokens = (attributes: Attributes) => readSpan({ ...all[0]!, attributes });

  it('a cache beside the input is added to it, and the span says so', () => {
    const { facts, attributes } = tokens({
      'gen_ai.usage.input_tokens': 200,
      'gen_ai.usage.cache_read.input_tokens': 1_000,
      'gen_ai.usage.cache_creation.input_tokens': 300,
    });
    expect(facts).toMatchObject({ inputTokens: 1_500 });
    expect(attributes['tally.usage.basis']).toBe('exclusive');
  });

  it('a cache inside the input, up to all of it, is left', () => {
    const { facts, attributes } = tokens({
      'gen_ai.usage.input_tokens': 1_300,
      'gen_ai.usage.cache_read.input_tokens': 1_300,
    });
    expect(facts).toMatchObject({ inputTokens: 1_300 });
    expect(attributes).toEqual({});
  });

  it('Anthropic in the AI SDK before 6 has its cache beside the input, also when it is the smaller part', () => {
    const { facts } = tokens({
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.provider': 'anthropic.messages',
      'ai.usage.promptTokens': 1_000,
      'ai.usage.completionTokens': 10,
      'ai.response.providerMetadata': '{"anthropic":{"cacheCreationInputTokens":100,"cacheReadInputTokens":200}}',
    });
    expect(facts).toMatchObject({
      provider: 'anthropic',
      inputTokens: 1_300,
      cacheReadTokens: 200,
      cacheWriteTokens: 100,
    });
  });

  it('LiteLLM says 0 where it knows no price, and a cache hit costs nothing', () => {
    const cost = (attributes: Attributes) =>
      readSpan({ ...all[0]!, name: 'litellm_request', attributes }).facts.costNanoUsd;
    expect(cost({ 'gen_ai.cost.total_cost': 0 })).toBeUndefined();
    expect(cost({ 'gen_ai.cost.total_cost': 0.5 })).toBe(500_000_000n);
    expect(cost({ 'gen_ai.cost.total_cost': 0.5, hidden_params: '{"cache_key":"k"}' })).toBe(0n);
  });
});
