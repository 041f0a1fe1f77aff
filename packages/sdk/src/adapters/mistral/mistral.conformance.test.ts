import * as module2 from '@mistralai/mistralai';
import * as module1 from 'mistral-1';
import { CANARY, collect, conform, type Operation, turn } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type Client = module2.Mistral;

const messages = [{ role: 'user' as const, content: `Say ${CANARY}` }];
const chat = { model: 'mistral-large-latest', messages };
const once = { retries: { strategy: 'none' as const } };
const says = {
  'gen_ai.provider.name': 'mistral_ai',
  'gen_ai.request.model': 'mistral-large-latest',
  'gen_ai.response.model': 'mistral-large-2512',
  'gen_ai.response.id': 'cmpl-e5cc70bb28c444948073e77776eb30ef',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 16,
  'gen_ai.usage.output_tokens': 34,
  'openai.api.type': undefined,
};
const tools = [{ type: 'function' as const, function: { name: 'find', parameters: { type: 'object' } } }];

const operations: Operation<Client>[] = [
  {
    name: 'LLM-24 chat.complete',
    reply: answers.said,
    run: (client) => client.chat.complete({ ...chat, temperature: 0, maxTokens: 64, randomSeed: 7 }),
    says: {
      ...says,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.max_tokens': 64,
      'gen_ai.request.seed': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.input.messages': undefined,
      'server.address': '127.0.0.1',
    },
  },
  {
    name: 'LLM-24 chat.stream',
    reply: answers.stream,
    run: async (client) => collect(await client.chat.stream(chat)),
    says: { ...says, 'gen_ai.request.stream': true, 'tally.stream.chunks': 4 },
  },
  {
    name: 'chat.parse',
    reply: answers.json,
    run: (client) =>
      client.chat.parse({ ...chat, responseFormat: { parse: (value: unknown) => value, _def: {} } as never }),
  },
  {
    name: 'chat.parseStream',
    reply: answers.stream,
    run: async (client) =>
      collect(await client.chat.parseStream({ ...chat, responseFormat: { parse: () => 1, _def: {} } as never })),
  },
  { name: 'a tool call', reply: answers.toolCall, run: (client) => client.chat.complete({ ...chat, tools }) },
  {
    name: 'a streamed tool call',
    reply: answers.toolStream,
    run: async (client) => collect(await client.chat.stream({ ...chat, tools })),
    says: { 'gen_ai.response.finish_reasons': ['tool_calls'] },
  },
  { name: 'thinking', reply: answers.thought, run: (client) => client.chat.complete(chat), says },
  {
    name: 'an image',
    reply: answers.said,
    run: (client) =>
      client.chat.complete({
        ...chat,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: CANARY },
              { type: 'image_url', imageUrl: `data:image/png;base64,${'A'.repeat(10_000)}` },
            ],
          },
        ],
      }),
  },
  {
    name: 'agents.complete',
    reply: answers.said,
    run: (client) => client.agents.complete({ agentId: 'ag-1', messages }),
    says: { 'gen_ai.agent.id': 'ag-1', 'gen_ai.usage.output_tokens': 34 },
  },
  {
    name: 'agents.stream',
    reply: answers.stream,
    run: async (client) => collect(await client.agents.stream({ agentId: 'ag-1', messages })),
  },
  {
    name: 'fim.complete',
    reply: answers.said,
    run: (client) => client.fim.complete({ model: 'codestral-latest', prompt: CANARY, suffix: 'return' }),
    says: { 'span.name': 'text_completion codestral-latest', 'gen_ai.usage.input_tokens': 16 },
  },
  {
    name: 'fim.stream',
    reply: answers.stream,
    run: async (client) => collect(await client.fim.stream({ model: 'codestral-latest', prompt: CANARY })),
  },
  {
    name: 'LLM-24 embeddings.create',
    reply: answers.vectors,
    run: (client) => client.embeddings.create({ model: 'mistral-embed', inputs: [CANARY, 'b'] }),
    says: { 'span.name': 'embeddings mistral-embed', 'gen_ai.usage.input_tokens': 15 },
  },
  {
    name: 'then twice on one promise',
    reply: answers.said,
    run: async (client) => {
      const promise = client.chat.complete(chat);
      return Promise.all([promise.then((value) => value.object), promise]);
    },
  },
  {
    name: 'catch and finally',
    reply: answers.said,
    run: async (client) => {
      const seen: string[] = [];
      await client.chat
        .complete(chat)
        .finally(() => seen.push('finally'))
        .catch(() => seen.push('catch'));
      return seen;
    },
  },
  {
    name: 'awaited long after the answer came',
    reply: answers.said,
    run: async (client) => {
      const promise = client.chat.complete(chat);
      await turn();
      return [promise.constructor.name, await promise];
    },
  },
  {
    name: 'stream left after one chunk',
    reply: { ...answers.stream, hangAfterChunks: 2 },
    run: async (client) => {
      for await (const event of await client.chat.stream(chat)) return event;
      return undefined;
    },
    says: { 'tally.ended_by': 'break' },
  },
  {
    name: 'stream whose reader throws',
    reply: answers.stream,
    run: async (client) => {
      for await (const event of await client.chat.stream(chat)) throw new Error(`reader: ${typeof event}`);
    },
  },
  {
    name: 'stream as a web stream: getReader',
    reply: answers.stream,
    run: async (client) => {
      const stream = await client.chat.stream(chat);
      const reader = stream.getReader();
      const all: unknown[] = [stream instanceof ReadableStream, stream.constructor.name];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return all;
        all.push(value);
      }
    },
    says: { ...says, 'tally.stream.chunks': 4 },
  },
  {
    name: 'stream cancelled through its reader',
    reply: { ...answers.stream, hangAfterChunks: 2 },
    run: async (client) => {
      const reader = (await client.chat.stream(chat)).getReader();
      const { value } = await reader.read();
      await reader.cancel('enough');
      return value;
    },
    says: { 'tally.ended_by': 'break' },
  },
  {
    name: 'stream as a web stream: tee',
    reply: answers.stream,
    run: async (client) =>
      Promise.all((await client.chat.stream(chat)).tee().map((branch) => collect(branch as AsyncIterable<unknown>))),
  },
  {
    name: 'stream as a web stream: pipeThrough',
    reply: answers.stream,
    run: async (client) =>
      collect((await client.chat.stream(chat)).pipeThrough(new TransformStream()) as AsyncIterable<unknown>),
  },
  {
    name: 'stream iterated by hand',
    reply: answers.stream,
    run: async (client) => {
      const iterator = (await client.chat.stream(chat))[Symbol.asyncIterator]();
      const first = await iterator.next();
      return [first, await iterator.return?.(undefined)];
    },
  },
  {
    name: 'stream cut by the server',
    reply: { ...answers.stream, dropAfterChunks: 2 },
    run: async (client) => collect(await client.chat.stream(chat)),
  },
  {
    name: 'stream with garbage inside',
    reply: answers.garbage,
    run: async (client) => collect(await client.chat.stream(chat)),
  },
  ...[400, 401, 403, 404, 422, 429, 500, 503].map((status): Operation<Client> => ({
    name: `refused with ${status}`,
    reply: answers.refused(status),
    run: (client) => client.chat.complete(chat, once),
    says: { 'error.type': String(status), failed: true, 'gen_ai.request.model': chat.model },
  })),
  {
    name: 'stream refused',
    reply: answers.refused(401),
    run: (client) => client.chat.stream(chat, once),
    says: { 'error.type': '401' },
  },
  {
    name: 'retried by the library',
    replies: [answers.refused(503), answers.said],
    run: (client) =>
      client.chat.complete(chat, {
        retries: {
          strategy: 'backoff',
          backoff: { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 5000 },
          retryConnectionErrors: true,
        },
      }),
    says,
  },
  {
    name: 'timed out',
    reply: { ...answers.said, delayMs: 5000 },
    run: (client) => client.chat.complete(chat, { ...once, timeoutMs: 150 }),
  },
  {
    name: 'aborted on the way',
    reply: { ...answers.said, delayMs: 5000 },
    run: (client) => client.chat.complete(chat, { ...once, fetchOptions: { signal: AbortSignal.timeout(100) } }),
  },
  {
    name: 'aborted before it began',
    run: (client) => client.chat.complete(chat, { ...once, fetchOptions: { signal: AbortSignal.abort() } }),
  },
  {
    name: 'connection refused',
    run: (client) => client.chat.complete(chat, { ...once, serverURL: 'http://127.0.0.1:9' }),
  },
  {
    name: 'an empty body',
    reply: { status: 200, body: '' },
    run: (client) => client.chat.complete(chat, once),
  },
  {
    name: 'an answer of another shape',
    reply: { body: { hello: 1 } },
    run: (client) => client.chat.complete(chat, once),
  },
  {
    name: 'arguments of the wrong kind',
    run: (client) => client.chat.complete({ model: 'x', messages: 7 } as never),
  },
  {
    name: 'frozen arguments',
    reply: answers.said,
    run: (client) => client.chat.complete(Object.freeze({ ...chat, messages: Object.freeze([...messages]) as never })),
    says,
  },
  {
    name: 'fifty at once',
    spans: 50,
    reply: undefined,
    replies: Array.from({ length: 50 }, () => answers.said),
    run: async (client) =>
      (await Promise.all(Array.from({ length: 50 }, () => client.chat.complete(chat)))).map(({ model }) => model),
  },
  {
    name: 'calls that are not watched',
    spans: 0,
    reply: { body: { object: 'list', data: [] } },
    run: (client) => client.models.list(),
  },
];

for (const [name, module] of [
  ['mistral 2', module2],
  ['mistral 1', module1 as unknown as typeof module2],
] as const)
  conform<Client>(h, {
    name,
    package: '@mistralai/mistralai',
    make: () => new module.Mistral({ apiKey: 'mistral-test-key', serverURL: h.fake.url }),
    module,
    operations,
  });
