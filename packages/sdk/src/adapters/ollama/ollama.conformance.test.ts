import * as module from 'ollama';
import * as browser from 'ollama/browser';
import { CANARY, collect, conform, type Operation, turn } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { waysToAwait, waysToRead } from '../../../test/ways.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type Client = module.Ollama;

// The library writes `stream: false` into the request it is given, so each operation makes its own.
const chat = () => ({ model: 'llama3.2', messages: [{ role: 'user', content: `Say ${CANARY}.` }] });
const streamed = () => ({ ...chat(), stream: true as const });
const prompt = () => ({ model: 'llama3.2', prompt: `Say ${CANARY}.`, system: CANARY });

const says = {
  'span.name': 'chat llama3.2',
  'gen_ai.provider.name': 'ollama',
  'gen_ai.response.model': 'llama3.2',
  'gen_ai.usage.input_tokens': 26,
  'gen_ai.usage.output_tokens': 282,
  'gen_ai.response.finish_reasons': ['stop'],
  'tally.server.model_load_seconds': 0.001334875,
  'tally.server.generation_seconds': 4.535599,
  'tally.cost.usd': undefined,
  'server.address': '127.0.0.1',
};
const streamSays = { ...says, 'gen_ai.request.stream': true, 'tally.stream.chunks': 4 };

const operations: Operation<Client>[] = [
  ...waysToAwait<Client>({ name: 'chat', ask: (client) => client.chat(chat()), reply: answers.chat, says }),
  ...waysToRead<Client>({
    name: 'stream',
    open: (client) => client.chat(streamed()),
    reply: answers.streamed,
    says: streamSays,
  }),
  {
    name: 'what the library does to the request',
    reply: answers.chat,
    run: async (client) => {
      const request = { ...chat(), messages: [{ role: 'user', content: CANARY, images: [new Uint8Array([1, 2, 3])] }] };
      await client.chat(request);
      return request;
    },
  },
  { name: 'frozen request', run: (client) => client.chat(Object.freeze(chat())), says: { 'error.type': 'TypeError' } },
  {
    name: 'every option',
    reply: answers.chat,
    run: (client) =>
      client.chat({
        ...chat(),
        format: 'json',
        think: 'high',
        options: {
          num_predict: 9,
          temperature: 0,
          top_p: 0.5,
          top_k: 3,
          seed: 7,
          stop: ['E'],
          frequency_penalty: 1,
          presence_penalty: 2,
        },
      }),
    says: {
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.5,
      'gen_ai.request.top_k': 3,
      'gen_ai.request.seed': 7,
      'gen_ai.request.stop_sequences': ['E'],
      'gen_ai.request.frequency_penalty': 1,
      'gen_ai.request.presence_penalty': 2,
      'gen_ai.output.type': 'json',
      'gen_ai.request.reasoning.level': 'high',
    },
  },
  {
    name: 'a prompt from the cache is counted nowhere, and that is not zero',
    reply: answers.cached,
    run: (client) => client.chat(chat()),
    says: { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': 282 },
  },
  {
    name: 'tools and their results',
    reply: answers.toolCall,
    run: (client) =>
      client.chat({
        ...chat(),
        messages: [...chat().messages, { role: 'tool', tool_name: 'weather', content: CANARY }],
        tools: [
          { type: 'function', function: { name: 'weather', description: CANARY, parameters: { type: 'object' } } },
        ],
      }),
  },
  {
    name: 'an unknown model',
    reply: answers.unknownModel,
    run: (client) => client.chat(chat()),
    says: { 'error.type': '404', statusMessage: 'HTTP 404' },
  },
  {
    name: 'nobody there',
    reply: { dropBeforeHeaders: true },
    run: (client) => client.chat(chat()),
    says: { 'error.type': 'TypeError' },
  },
  {
    name: 'no JSON in the answer',
    reply: { body: 'oops' },
    run: (client) => client.chat(chat()),
    says: { 'error.type': 'SyntaxError' },
  },
  { name: 'null for a request', run: (client) => client.chat(null as never), says: { failed: true } },
  {
    name: 'the stream itself',
    reply: answers.streamed,
    run: async (client) => {
      const stream = await client.chat(streamed());
      const facts = [stream.constructor.name, Object.keys(stream), 'next' in stream];
      return [facts, await collect(stream)];
    },
  },
  {
    name: 'stream, aborted while reading',
    reply: { ...answers.streamed, hangAfterChunks: 2 },
    run: async (client) => {
      const stream = await client.chat(streamed());
      for await (const { message } of stream) if (message) stream.abort();
    },
    says: { failed: true, 'tally.ended_by': 'aborted', 'gen_ai.response.finish_reasons': ['error'] },
  },
  {
    name: 'stream, aborted before it is read, and never read',
    reply: { ...answers.streamed, hangAfterChunks: 2 },
    run: async (client) => {
      const stream = await client.chat(streamed());
      stream.abort();
      await turn();
      return Object.keys(stream);
    },
    says: { 'tally.ended_by': 'aborted', 'error.type': 'aborted' },
  },
  {
    name: 'every stream of the client aborted',
    reply: { ...answers.streamed, hangAfterChunks: 2 },
    run: async (client) => {
      const stream = await client.chat(streamed());
      client.abort();
      return collect(stream);
    },
    says: { failed: true },
  },
  {
    name: 'stream, an error inside',
    reply: answers.failsInStream,
    run: async (client) => collect(await client.chat(streamed())),
    says: { failed: true },
  },
  {
    name: 'stream, ended without an end',
    reply: answers.unfinished,
    run: async (client) => collect(await client.chat(streamed())),
    says: { failed: true },
  },
  {
    name: 'stream, garbage inside',
    reply: answers.garbage,
    run: async (client) => collect(await client.chat(streamed())),
    says: { 'gen_ai.usage.output_tokens': 282 },
  },
  {
    name: 'stream, refused',
    reply: answers.unknownModel,
    run: async (client) => collect(await client.chat(streamed())),
    says: { 'error.type': '404' },
  },
  {
    name: 'generate',
    reply: answers.generated,
    run: (client) => client.generate({ ...prompt(), images: [new Uint8Array([1, 2])] }),
    says: { ...says, 'span.name': 'text_completion llama3.2' },
  },
  {
    name: 'generate, streamed',
    reply: answers.generatedStream,
    run: async (client) => collect(await client.generate({ ...prompt(), stream: true })),
    says: { 'gen_ai.usage.output_tokens': 9, 'gen_ai.response.finish_reasons': ['length'] },
  },
  {
    name: 'generate, refused',
    reply: answers.unknownModel,
    run: (client) => client.generate(prompt()),
    says: { 'error.type': '404' },
  },
  {
    name: 'embed',
    reply: answers.embedded,
    run: (client) => client.embed({ model: 'all-minilm', input: [CANARY, 'b'], dimensions: 2 }),
    says: {
      'span.name': 'embeddings all-minilm',
      'gen_ai.usage.input_tokens': 8,
      'gen_ai.embeddings.dimension.count': 2,
    },
  },
  {
    name: 'embeddings, as it was before',
    reply: answers.embeddedBefore,
    run: (client) => client.embeddings({ model: 'all-minilm', prompt: CANARY }),
    says: { 'span.name': 'embeddings all-minilm', 'gen_ai.usage.input_tokens': undefined },
  },
  {
    name: 'embed, refused',
    reply: answers.unknownModel,
    run: (client) => client.embed({ model: 'x', input: CANARY }),
    says: { 'error.type': '404' },
  },
  { name: 'a list of models is no call of one', reply: answers.listed, spans: 0, run: (client) => client.list() },
];

conform(h, {
  name: 'ollama 0.6',
  package: 'ollama',
  make: () => new module.Ollama({ host: h.fake.url }),
  module,
  operations,
});
conform(h, {
  name: 'ollama 0.6 in a browser',
  package: 'ollama',
  make: () => new browser.Ollama({ host: h.fake.url }) as Client,
  module: browser,
  operations: operations.filter(({ name }) => /^(chat|stream, (read to the end|left)|generate|embed)/.test(name)),
});
