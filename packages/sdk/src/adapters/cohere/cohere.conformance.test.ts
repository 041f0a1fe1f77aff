import * as module8 from 'cohere-ai';
import * as module7 from 'cohere-7';
import { CANARY, collect, conform, type Operation, turn } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type V1 = module8.CohereClient;
type V2 = module8.CohereClientV2;

const messages = [{ role: 'user' as const, content: `Tell me about ${CANARY}` }];
const chat = { model: 'command-r-plus-08-2024', messages };
const documents = [CANARY, 'b', 'c'];

const says = {
  'gen_ai.provider.name': 'cohere',
  'gen_ai.request.model': 'command-r-plus-08-2024',
  'gen_ai.usage.input_tokens': 5,
  'gen_ai.usage.output_tokens': 418,
  'gen_ai.response.finish_reasons': ['COMPLETE'],
};
const billed = { ...says, 'gen_ai.response.id': 'c14c80c3-18eb-4519-9460-6c92edd8cfb4', 'server.address': '127.0.0.1' };

/** What both generations of the API have in common: ways of asking, of reading, and of failing. */
function common<Client extends V1 | V2>(
  ask: (client: Client, options?: object) => Promise<unknown> & { withRawResponse(): Promise<{ data: unknown }> },
  stream: (client: Client, options?: object) => Promise<AsyncIterable<unknown>>,
  answer: (typeof answers)['v2Chat'],
  streamed: (typeof answers)['v2Chat'],
): Operation<Client>[] {
  return [
    { name: 'chat awaited', reply: answer, run: (client) => ask(client) },
    {
      name: 'then twice on one promise',
      reply: answer,
      run: async (client) => {
        const promise = ask(client);
        return Promise.all([promise.then((value) => typeof value), promise]);
      },
    },
    {
      name: 'catch and finally',
      reply: answer,
      run: async (client) => {
        const seen: string[] = [];
        await ask(client)
          .finally(() => seen.push('finally'))
          .catch(() => seen.push('catch'));
        return seen;
      },
    },
    {
      name: 'withRawResponse',
      reply: answer,
      run: async (client) => (await ask(client).withRawResponse()).data,
    },
    {
      name: 'withRawResponse beside await',
      reply: answer,
      run: async (client) => {
        const promise = ask(client);
        return [(await promise.withRawResponse()).data, await promise];
      },
    },
    {
      name: 'the promise itself',
      reply: answer,
      run: async (client) => {
        const promise = ask(client);
        const facts = [promise.constructor.name, promise instanceof Promise];
        await promise;
        return facts;
      },
    },
    {
      name: 'awaited long after the answer came',
      reply: answer,
      run: async (client) => {
        const promise = ask(client);
        await turn();
        return promise;
      },
    },
    { name: 'stream to the end', reply: streamed, run: async (client) => collect(await stream(client)) },
    {
      name: 'stream left after one chunk',
      reply: { ...streamed, hangAfterChunks: 3 },
      run: async (client) => {
        for await (const chunk of await stream(client)) return chunk;
        return undefined;
      },
    },
    {
      name: 'stream whose reader throws',
      reply: streamed,
      run: async (client) => {
        for await (const chunk of await stream(client)) throw new Error(`reader: ${typeof chunk}`);
      },
    },
    {
      name: 'stream read by hand, then returned',
      reply: streamed,
      run: async (client) => {
        const iterator = (await stream(client))[Symbol.asyncIterator]();
        const first = await iterator.next();
        return [first.done, await iterator.return?.(undefined)];
      },
    },
    {
      name: 'stream cut by the server',
      reply: { ...streamed, dropAfterChunks: 2 },
      run: async (client) => collect(await stream(client)),
    },
    {
      name: 'stream with garbage inside',
      reply: { ...streamed, stream: ['data: {oops\n\n', '{oops\n'] },
      run: async (client) => collect(await stream(client)),
    },
    ...[400, 401, 404, 422, 429, 500, 503].map((status): Operation<Client> => ({
      name: `refused with ${status}`,
      reply: answers.refused(status),
      run: (client) => ask(client, { maxRetries: 0 }),
      says: { 'error.type': String(status), failed: true },
    })),
    {
      name: 'stream refused',
      reply: answers.refused(400),
      run: (client) => stream(client, { maxRetries: 0 }),
    },
    {
      name: 'timed out',
      reply: { ...answer, delayMs: 5000 },
      run: (client) => ask(client, { timeoutInSeconds: 0.15, maxRetries: 0 }),
    },
    {
      name: 'aborted on the way',
      reply: { ...answer, delayMs: 5000 },
      run: (client) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 100);
        return ask(client, { abortSignal: controller.signal, maxRetries: 0 });
      },
    },
    { name: 'an empty body', reply: { status: 200, body: '' }, run: (client) => ask(client, { maxRetries: 0 }) },
  ];
}

const v2: Operation<V2>[] = [
  ...common<V2>(
    (client, options) => client.chat(chat, options),
    (client, options) => client.chatStream(chat, options),
    answers.v2Chat,
    answers.v2Stream,
  ),
  { name: 'LLM-21 what a chat says', reply: answers.v2Chat, run: (client) => client.chat(chat), says: billed },
  {
    name: 'LLM-21 what a streamed chat says',
    reply: answers.v2Stream,
    run: async (client) => collect(await client.chatStream(chat)),
    says: { ...says, 'gen_ai.response.id': '29f14a5a-11de-4cae-9800-25e4747408ea', 'tally.stream.chunks': 6 },
  },
  { name: 'a tool call', reply: answers.v2ToolCall, run: (client) => client.chat(chat) },
  {
    name: 'a streamed tool call',
    reply: answers.v2ToolStream,
    run: async (client) => collect(await client.chatStream(chat)),
    says: { 'gen_ai.response.finish_reasons': ['TOOL_CALL'] },
  },
  {
    name: 'LLM-22 embeddings',
    reply: answers.embeddings,
    run: (client) =>
      client.embed({
        model: 'embed-english-v3.0',
        texts: [CANARY],
        inputType: 'classification',
        embeddingTypes: ['float'],
      }),
    says: {
      'span.name': 'embeddings embed-english-v3.0',
      'gen_ai.usage.input_tokens': 2,
      'gen_ai.request.encoding_formats': ['float'],
    },
  },
  {
    name: 'LLM-23 a ranking',
    reply: answers.ranking,
    run: (client) => client.rerank({ model: 'rerank-v3.5', query: CANARY, documents, topN: 1 }),
    says: {
      'span.name': 'rerank rerank-v3.5',
      'tally.rerank.documents': 3,
      'tally.rerank.top_n': 1,
      'tally.usage.search_units': 1,
      'gen_ai.input.messages': undefined,
    },
  },
  {
    name: 'arguments of the wrong kind',
    reply: answers.refused(400),
    run: (client) => client.chat({ model: 'x', messages: null } as never),
  },
  {
    name: 'frozen arguments',
    reply: answers.v2Chat,
    run: (client) => client.chat(Object.freeze({ ...chat, messages: Object.freeze([...messages]) as never })),
  },
  {
    // The library waits a second before it tries again, so this is not tried in every way.
    name: 'retried by the library',
    replies: [answers.refused(503), answers.v2Chat],
    run: (client) => client.chat(chat, { maxRetries: 1 }),
    says: billed,
  },
  {
    name: 'calls that are not watched',
    spans: 0,
    reply: { body: { tokens: [1], token_strings: ['a'] } },
    run: (client) => client.tokenize({ text: CANARY, model: 'command' }),
  },
];

const v1: Operation<V1>[] = [
  ...common<V1>(
    (client, options) => client.chat({ model: chat.model, message: CANARY }, options),
    (client, options) => client.chatStream({ model: chat.model, message: CANARY }, options),
    answers.v1Chat,
    answers.v1Stream,
  ),
  {
    name: 'LLM-21 what a chat of v1 says',
    reply: answers.v1Chat,
    run: (client) => client.chat({ model: chat.model, message: CANARY, temperature: 0 }),
    says: { ...says, 'gen_ai.request.temperature': 0, 'gen_ai.response.id': '3e7f-response' },
  },
  {
    name: 'LLM-21 what a streamed chat of v1 says',
    reply: answers.v1Stream,
    run: async (client) => collect(await client.chatStream({ model: chat.model, message: CANARY })),
    says,
  },
  { name: 'the v2 API behind .v2', reply: answers.v2Chat, run: (client) => client.v2.chat(chat), says: billed },
];

for (const [name, module] of [
  ['cohere-ai 8', module8],
  ['cohere-ai 7', module7 as unknown as typeof module8],
] as const) {
  const options = () => ({ token: 'co-test-key', environment: h.fake.url });
  conform<V2>(h, {
    name: `${name} CohereClientV2`,
    package: 'cohere-ai',
    make: () => new module.CohereClientV2(options()),
    module,
    operations: v2,
  });
  conform<V1>(h, {
    name: `${name} CohereClient`,
    package: 'cohere-ai',
    make: () => new module.CohereClient(options()),
    module,
    operations: v1,
  });
}
