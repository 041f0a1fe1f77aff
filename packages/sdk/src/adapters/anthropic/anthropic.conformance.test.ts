import type Anthropic from '@anthropic-ai/sdk';
import * as module1 from '@anthropic-ai/sdk';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import * as module0 from 'anthropic-0';
import { vi } from 'vitest';
import { CANARY, collect, conform, looksOf, type Operation, turn } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { batchId, begun, ended, results } from './fixtures/batch.ts';
import * as streams from './fixtures/streams.ts';

const h = harness();
const body = {
  model: 'claude-sonnet-4-20250514',
  max_tokens: 1024,
  system: `Be ${CANARY}.`,
  messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }],
};
const streamed = { ...body, stream: true as const };
const format = {
  type: 'json_schema' as const,
  schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false },
};
const cached = {
  text: CANARY,
  usage: { input: 1_000, output: 200, cacheRead: 600, cacheWrite: 300, cacheWrite1h: 100, reasoning: 20 },
};
const says = {
  'gen_ai.provider.name': 'anthropic',
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'claude-sonnet-4-20250514',
  'gen_ai.request.max_tokens': 1024,
  'gen_ai.usage.input_tokens': 1_000,
  'gen_ai.usage.cache_read.input_tokens': 600,
  'gen_ai.usage.cache_creation.input_tokens': 300,
  'tally.usage.cache_write_1h.input_tokens': 100,
  'gen_ai.usage.reasoning.output_tokens': 20,
  'gen_ai.usage.output_tokens': 200,
  'gen_ai.response.finish_reasons': ['end_turn'],
  'tally.response.service_tier': 'standard',
};
const find: BetaRunnableTool<{ q: string }> = {
  type: 'custom',
  name: 'find',
  description: 'Finds.',
  input_schema: { type: 'object', properties: { q: { type: 'string' } } },
  parse: (input) => input as { q: string },
  run: ({ q }) => `found ${q} ${CANARY}`,
};
const asksForTool = { toolCalls: [{ name: 'find', arguments: { q: CANARY } }] };

const operations: Operation<Anthropic>[] = [
  {
    name: 'LLM-15 INF-09 INF-50 INF-55 await create',
    reply: cached,
    run: (client) => client.messages.create(body),
    says,
  },
  {
    name: 'then twice on one promise',
    run: async (client) => {
      const promise = client.messages.create(body);
      return Promise.all([promise.then((a) => a.type), promise.then((a) => a.model), promise]);
    },
  },
  {
    name: 'catch and finally',
    run: async (client) => {
      const seen: string[] = [];
      await client.messages
        .create(body)
        .finally(() => seen.push('finally'))
        .catch(() => seen.push('catch'));
      return seen;
    },
  },
  {
    name: 'withResponse',
    run: async (client) => {
      const { data, response, request_id } = await client.messages.create(body).withResponse();
      return [data, response.status, response.bodyUsed, typeof request_id];
    },
    says: { 'tally.rate_limit.requests_left': 3999, 'tally.rate_limit.tokens_left': 399000 },
  },
  {
    name: 'asResponse, body read by the caller',
    run: async (client) => {
      const response = await client.messages.create(body).asResponse();
      return [response.bodyUsed, await response.json()];
    },
    says: { 'tally.ended_by': 'raw' },
  },
  {
    name: 'asResponse beside await',
    run: async (client) => {
      const promise = client.messages.create(body);
      const [response, data] = await Promise.all([promise.asResponse(), promise]);
      return [response.status, data];
    },
  },
  {
    name: 'awaited long after the answer came',
    run: async (client) => {
      const promise = client.messages.create(body);
      await turn();
      return promise;
    },
  },
  {
    name: 'the promise itself',
    run: async (client) => {
      const promise = client.messages.create(body);
      const looks = [looksOf(promise), typeof promise.withResponse];
      await promise;
      return looks;
    },
  },
  {
    name: 'the client itself',
    spans: 0,
    run: async (client) => [
      looksOf(client),
      looksOf(client.messages),
      client.messages.create.name,
      client.messages.create.length,
      client.openTelemetry,
    ],
  },
  {
    name: 'frozen arguments',
    run: (client) =>
      client.messages.create(Object.freeze({ ...body, messages: Object.freeze([...body.messages]) as never })),
  },
  { name: 'null where a list is due', run: (client) => client.messages.create({ ...body, messages: null } as never) },
  {
    name: 'an argument that throws when it is read',
    run: (client) =>
      client.messages.create({
        ...body,
        get temperature(): number {
          throw new Error('hostile');
        },
      }),
  },
  {
    name: 'the headers of the request',
    run: async (client) => {
      await client.messages.create(body, { headers: { 'x-mine': '1' } });
      return Object.keys(h.fake.requests.at(-1)!.headers).toSorted();
    },
  },
  {
    name: 'all the settings of a request',
    run: (client) =>
      client.messages.create({
        ...body,
        temperature: 0,
        top_p: 0.9,
        top_k: 5,
        stop_sequences: ['x'],
        service_tier: 'standard_only',
        output_config: { effort: 'low', format },
      } as never),
    says: {
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.top_k': 5,
      'gen_ai.request.stop_sequences': ['x'],
      'tally.request.service_tier': 'standard_only',
      'gen_ai.request.reasoning.level': 'low',
      'gen_ai.output.type': 'json',
    },
  },
  {
    name: 'images and tool results in the request',
    run: (client) =>
      client.messages.create({
        ...body,
        tools: [{ name: 'find', description: CANARY, input_schema: { type: 'object' } }],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
              { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
              { type: 'text', text: CANARY },
            ],
          },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'find', input: { q: CANARY } }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: CANARY }] },
        ],
      }),
  },
  {
    name: 'web searches, fast answers and a compaction',
    run: (client) => client.messages.create(body),
    reply: {
      edit: (message) => ({
        ...message,
        usage: {
          input_tokens: 10,
          output_tokens: 5,
          server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 },
          service_tier: 'standard',
          speed: 'fast',
          iterations: [
            { type: 'compaction', input_tokens: 1000, cache_read_input_tokens: 100, output_tokens: 50 },
            { type: 'message', input_tokens: 10, output_tokens: 5 },
          ],
        },
      }),
    },
    says: {
      'tally.usage.web_searches': 3,
      'tally.response.service_tier': 'fast',
      'gen_ai.usage.input_tokens': 1110,
      'gen_ai.usage.output_tokens': 55,
      'tally.cost.usd': undefined,
    },
  },
  {
    name: 'LLM-16 stream, read to the end',
    reply: cached,
    run: async (client) => collect(await client.messages.create(streamed)),
    says: { ...says, 'gen_ai.request.stream': true },
  },
  {
    name: 'LLM-16 messages.stream, its final message',
    reply: cached,
    run: async (client) => client.messages.stream(body).finalMessage(),
    says,
  },
  {
    name: 'LLM-16 messages.stream, event by event',
    reply: cached,
    run: async (client) => collect(client.messages.stream(body)),
    says,
  },
  {
    name: 'LLM-16 messages.stream, by listeners',
    reply: cached,
    run: async (client) => {
      const events: string[] = [];
      const stream = client.messages.stream(body);
      for (const event of ['connect', 'streamEvent', 'text', 'contentBlock', 'message', 'finalMessage', 'end'] as const)
        stream.on(event, () => events.push(event));
      await stream.done();
      return [events, await stream.finalText()];
    },
    says,
  },
  {
    name: 'messages.stream withResponse',
    run: async (client) => {
      const { data, response } = await client.messages.stream(body).withResponse();
      return [response.status, await data.finalText()];
    },
  },
  {
    name: 'messages.stream aborted',
    run: async (client) => {
      const stream = client.messages.stream(body);
      stream.on('text', () => stream.abort());
      return stream.done();
    },
    reply: { text: 'a b c d', hangAfterChunks: 4 },
  },
  {
    name: 'messages.stream to a web stream',
    run: async (client) => new Response(client.messages.stream(body).toReadableStream()).text(),
  },
  {
    name: 'stream withResponse',
    run: async (client) => {
      const { data, response } = await client.messages.create(streamed).withResponse();
      return [response.headers.get('content-type'), await collect(data)];
    },
  },
  {
    name: 'stream asResponse',
    run: async (client) => (await client.messages.create(streamed).asResponse()).text(),
  },
  {
    name: 'stream, left after one event',
    run: async (client) => {
      const stream = await client.messages.create(streamed);
      for await (const event of stream) if (event) break;
      await vi.waitUntil(() => h.fake.requests.at(-1)!.outcome !== 'open', { timeout: 10_000 });
      return [stream.controller.signal.aborted, h.fake.requests.at(-1)!.outcome];
    },
    reply: { text: 'a b c d e f', hangAfterChunks: 2 },
    says: { 'tally.ended_by': 'break', 'gen_ai.response.finish_reasons': ['error'], failed: false },
  },
  {
    name: 'stream, error thrown by the reader',
    run: async (client) => {
      for await (const event of await client.messages.create(streamed)) throw new Error(`reader: ${typeof event}`);
    },
  },
  {
    name: 'stream, read twice',
    run: async (client) => {
      const stream = await client.messages.create(streamed);
      await collect(stream);
      return collect(stream);
    },
  },
  {
    name: 'stream, controller aborted while reading',
    run: async (client) => {
      const stream = await client.messages.create(streamed);
      let count = 0;
      for await (const event of stream) if (event && ++count === 2) stream.controller.abort();
      return count;
    },
    reply: { text: 'a b c d e f', hangAfterChunks: 3 },
    says: { 'tally.ended_by': 'aborted', failed: true },
  },
  {
    name: 'stream, cut by the server',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: { text: `a b c ${CANARY}`, dropAfterChunks: 4 },
    says: { 'tally.ended_by': 'cut', failed: true, 'gen_ai.response.finish_reasons': ['error'] },
  },
  {
    name: 'stream, garbage inside',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      stream: [`event: message_start\ndata: {oops ${CANARY}\n\n`],
    },
  },
  {
    name: 'stream, events of a kind nobody knows',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: streams.sse({ type: 'message_start' }, { type: 'message_delta' }, { type: 'message_stop' }),
  },
  {
    name: 'INF-51 stream, each delta of usage replaces the one before',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: streams.cumulative,
    says: {
      'gen_ai.usage.input_tokens': 130,
      'gen_ai.usage.cache_read.input_tokens': 100,
      'gen_ai.usage.output_tokens': 15,
      'tally.request.id': 'req_011CSHoEeqs5C35K2UUqR7Fy',
      'tally.rate_limit.requests_left': 49,
      'tally.rate_limit.tokens_left': 39000,
    },
  },
  {
    name: 'INF-51 stream that begins twice',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: streams.startedTwice,
    says: {
      'gen_ai.usage.input_tokens': 25,
      'gen_ai.usage.output_tokens': 9,
      'gen_ai.response.id': 'msg_02second',
    },
  },
  {
    name: 'INF-51 stream without its last event',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: streams.withoutStop,
    says: {
      'tally.ended_by': 'cut',
      'error.type': 'cut',
      'gen_ai.response.finish_reasons': ['error'],
      'gen_ai.response.model': 'claude-sonnet-4-20250514',
    },
  },
  {
    name: 'INF-51 stream with thinking and tools',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: streams.tools,
    says: {
      'gen_ai.usage.output_tokens': 89,
      'gen_ai.usage.reasoning.output_tokens': 40,
      'tally.usage.web_searches': 1,
      'gen_ai.response.finish_reasons': ['tool_use'],
    },
  },
  {
    name: 'INF-51 stream in which another model goes on',
    run: async (client) => collect(await client.beta.messages.create(streamed)),
    reply: streams.fallback,
    says: {
      'gen_ai.request.model': 'claude-sonnet-4-20250514',
      'gen_ai.response.model': 'claude-opus-4-8',
      'gen_ai.usage.input_tokens': 430,
      'gen_ai.usage.output_tokens': 264,
    },
  },
  {
    name: 'INF-51 stream with an error inside',
    run: async (client) => collect(await client.messages.create(streamed)),
    reply: streams.errorInside,
    says: { failed: true, 'tally.ended_by': 'cut', 'gen_ai.usage.input_tokens': 25 },
  },
  {
    name: 'tee',
    run: async (client) => Promise.all((await client.messages.create(streamed)).tee().map(collect)),
  },
  {
    name: 'toReadableStream',
    run: async (client) => new Response((await client.messages.create(streamed)).toReadableStream()).text(),
  },
  {
    name: 'manual iteration with return',
    run: async (client) => {
      const iterator = (await client.messages.create(streamed))[Symbol.asyncIterator]();
      const first = await iterator.next();
      return [first.done, await iterator.return?.(undefined)];
    },
  },
  {
    name: 'messages.parse',
    run: (client) => client.messages.parse({ ...body, output_config: { format } }),
    reply: { text: '{"a":1}' },
  },
  {
    name: 'messages.parse of a cut answer',
    run: (client) =>
      client.messages.parse({
        ...body,
        output_config: {
          format: {
            ...format,
            parse: (text: string) => {
              throw new Error(`no JSON: ${text.length}`);
            },
          },
        } as never,
      }),
    reply: { text: '{"a"', finish: 'length' },
  },
  {
    name: 'LLM-15 beta.messages.create',
    reply: cached,
    run: (client) => client.beta.messages.create({ ...body, betas: ['context-1m-2025-08-07'] }),
    says,
  },
  {
    name: 'LLM-15 beta.messages.create streamed',
    reply: cached,
    run: async (client) => collect(await client.beta.messages.create(streamed)),
    says,
  },
  {
    name: 'LLM-15 beta.messages.stream',
    reply: cached,
    run: async (client) => client.beta.messages.stream(body).finalMessage(),
    says,
  },
  {
    name: 'beta.messages.parse',
    run: (client) => client.beta.messages.parse({ ...body, output_config: { format } }),
    reply: { text: '{"a":1}' },
  },
  {
    name: 'LLM-15 beta.messages.toolRunner: one span for each time the model is asked',
    spans: 2,
    replies: [asksForTool, cached],
    run: async (client) => client.beta.messages.toolRunner({ ...body, tools: [find] }),
  },
  {
    name: 'LLM-15 beta.messages.toolRunner, streamed and looped over',
    spans: 2,
    replies: [asksForTool, cached],
    run: async (client) => {
      const runner = client.beta.messages.toolRunner({ ...streamed, tools: [find] });
      const all: unknown[] = [];
      for await (const stream of runner) all.push((await collect(stream)).length);
      return all;
    },
  },
  {
    name: 'LLM-15 beta.messages.toolRunner, left at its first turn',
    replies: [asksForTool, cached],
    run: async (client) => {
      for await (const message of client.beta.messages.toolRunner({ ...body, tools: [find] }))
        return message.stop_reason;
    },
  },
  {
    name: 'messages.countTokens is no inference',
    spans: 0,
    run: (client) => client.messages.countTokens({ model: body.model, messages: body.messages }),
  },
  {
    name: 'models.list is not watched',
    spans: 0,
    reply: { status: 200, body: { data: [{ id: 'claude' }], has_more: false, first_id: 'a', last_id: 'a' } },
    run: async (client) => collect(await client.models.list()),
  },
  {
    name: 'messages.batches.create',
    reply: begun,
    run: (client) => client.messages.batches.create({ requests: [{ custom_id: 'one', params: body }] }),
    says: {
      'gen_ai.operation.name': 'batch',
      'gen_ai.request.model': body.model,
      'gen_ai.response.id': batchId,
      'gen_ai.response.status': 'in_progress',
      'gen_ai.usage.input_tokens': undefined,
    },
  },
  {
    name: 'messages.batches.retrieve',
    reply: begun,
    run: (client) => client.messages.batches.retrieve(batchId),
    says: { 'gen_ai.operation.name': 'batch', 'gen_ai.response.status': 'in_progress' },
  },
  {
    name: 'messages.batches.results of a batch that has not ended',
    reply: begun,
    run: (client) => client.messages.batches.results(batchId),
    says: { 'gen_ai.operation.name': 'batch', failed: true },
  },
  {
    name: 'beta.messages.batches.results, left before the first line',
    replies: [],
    run: async (client) => {
      const id = `msgbatch_left_${Math.random()}`;
      const replies = [ended(h.fake.url, id), results];
      h.fake.respond(() => replies.shift());
      for await (const line of await client.beta.messages.batches.results(id)) return line.custom_id;
    },
    spans: 2,
  },
  {
    name: 'messages.batches.results: one call for each model, beside the batch',
    run: async (client) => {
      // Bare and watched share the process: only what nobody counted before is counted.
      const id = `msgbatch_${Math.random()}`;
      const replies = [ended(h.fake.url, id), results];
      h.fake.respond(() => replies.shift());
      return collect(await client.messages.batches.results(id));
    },
    spans: 3,
    says: { 'gen_ai.operation.name': 'batch', 'gen_ai.usage.input_tokens': undefined },
  },
  ...(['invalid_key', 'unknown_model', 'bad_request', 'rate_limit', 'server_error', 'overloaded'] as const).map(
    (error): Operation<Anthropic> => ({
      name: `refused: ${error}`,
      reply: { error },
      run: (client) => client.messages.create(body),
      says: { failed: true, 'gen_ai.request.model': body.model },
    }),
  ),
  {
    name: 'refused with an echo of the prompt',
    reply: {
      status: 400,
      headers: { 'request-id': 'req_echo' },
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: `bad: ${CANARY}` },
        request_id: 'req_echo',
      },
    },
    run: (client) => client.messages.create(body),
    says: { 'error.type': '400', 'tally.request.id': 'req_echo' },
  },
  {
    name: 'stream refused',
    reply: { error: 'overloaded' },
    run: (client) => client.messages.create(streamed),
  },
  {
    name: 'retried by the library',
    replies: [{ error: 'rate_limit' }, {}],
    run: (client) => client.withOptions({ maxRetries: 1 }).messages.create(body),
  },
  {
    name: 'withOptions twice',
    run: (client) => client.withOptions({ maxRetries: 1 }).withOptions({ timeout: 5_000 }).messages.create(body),
  },
  {
    name: 'connection refused',
    run: (client) => client.withOptions({ baseURL: 'http://127.0.0.1:9' }).messages.create(body),
    says: { 'error.type': 'APIConnectionError', 'server.port': 9 },
  },
  {
    name: 'timed out',
    reply: { delayMs: 5_000 },
    run: (client) => client.messages.create(body, { timeout: 150 }),
  },
  {
    name: 'aborted before it began',
    run: (client) => client.messages.create(body, { signal: AbortSignal.abort() }),
  },
  {
    name: 'aborted on the way',
    reply: { delayMs: 5_000 },
    run: async (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 150);
      return client.messages.create(body, { signal: controller.signal });
    },
  },
  { name: 'an empty body', reply: { status: 200, body: '' }, run: (client) => client.messages.create(body) },
  {
    name: 'an answer of an unknown shape',
    reply: { status: 200, body: { completion: CANARY } },
    run: (client) => client.messages.create(body),
  },
];

/** What came with 1. */
const since1: Operation<Anthropic>[] = [
  {
    name: 'LLM-15 a thread: one span for each turn, sent or streamed',
    spans: 2,
    replies: [cached, cached],
    run: async (client) => {
      const { messages: _, ...settings } = body;
      const thread = client.beta.messages.thread(settings);
      const { stop_reason } = await thread.send(body.messages[0]!);
      return [stop_reason, await thread.stream({ role: 'user', content: 'More.' }).finalText()];
    },
    says: { ...says, 'gen_ai.request.max_tokens': 1024 },
  },
];

const majors = [
  ['@anthropic-ai/sdk 1', module1, [...operations, ...since1]],
  ['@anthropic-ai/sdk 0.137', module0 as unknown as typeof module1, operations],
] as const;
for (const [name, module, known] of majors)
  conform(h, {
    name,
    package: '@anthropic-ai/sdk',
    module,
    make: () => new module.Anthropic({ apiKey: 'sk-ant-key', baseURL: h.fake.anthropicBaseUrl, maxRetries: 0 }),
    operations: known,
    normalise: (text) =>
      text
        .replaceAll(/toolu_[A-Za-z0-9]{16,}/g, 'toolu_id')
        .replaceAll(/(signature\\*":\\*")[^"\\]{20,}/g, '$1s')
        .replaceAll(/msgbatch_(left_)?0\.\d+/g, 'msgbatch_id'),
  });
