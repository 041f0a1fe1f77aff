import * as module from '@google/generative-ai';
import { CANARY, collect, conform, type Operation, turn } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { waysToAwait, waysToRead } from '../../../test/ways.ts';
import * as gemini from '../google/fixtures/answers.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();

/** What a program holds: the factory, from which models and chats are made as it goes. */
type Client = module.GoogleGenerativeAI;
const model = (client: Client, more: Partial<module.ModelParams> = {}) =>
  client.getGenerativeModel({ model: 'gemini-1.5-flash', ...more }, { baseUrl: h.fake.url });
const prompt = `Say ${CANARY}.`;

const says = {
  'span.name': 'generate_content gemini-1.5-flash',
  'gen_ai.provider.name': 'gcp.gemini',
  'gen_ai.request.model': 'gemini-1.5-flash',
  'gen_ai.usage.input_tokens': 2012,
  'gen_ai.usage.output_tokens': 48,
  'gen_ai.usage.cache_read.input_tokens': 1900,
  'gen_ai.response.model': 'gemini-2.5-flash-002',
  'gen_ai.response.finish_reasons': ['STOP'],
  'server.address': '127.0.0.1',
};
const streamSays = {
  'gen_ai.request.stream': true,
  'gen_ai.usage.input_tokens': 12,
  'gen_ai.usage.output_tokens': 48,
  'gen_ai.response.finish_reasons': ['STOP'],
};

const operations: Operation<Client>[] = [
  ...waysToAwait<Client>({
    name: 'INF-10 INF-53 generateContent',
    ask: (client) => model(client).generateContent(prompt),
    reply: gemini.whole,
    says,
  }),
  // Where it is cut, nobody looks after its `response`: what the process then says must be the same too.
  ...waysToRead<Client>({
    name: 'generateContentStream',
    open: async (client) => (await model(client).generateContentStream(prompt)).stream,
    reply: gemini.streamed,
    says: { ...streamSays, 'tally.stream.chunks': 3 },
  }),
  {
    name: 'every setting, of the model',
    reply: gemini.twoCandidates,
    run: (client) =>
      model(client, {
        systemInstruction: CANARY,
        generationConfig: {
          temperature: 0,
          topP: 0.5,
          topK: 3,
          maxOutputTokens: 9,
          candidateCount: 2,
          stopSequences: ['E'],
        },
      }).generateContent([prompt, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }]),
    says: {
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.5,
      'gen_ai.request.top_k': 3,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.stop_sequences': ['E'],
      'gen_ai.response.finish_reasons': ['STOP', 'MAX_TOKENS'],
    },
  },
  {
    name: 'settings of the request stand in for the model’s',
    reply: gemini.whole,
    run: (client) =>
      model(client, { generationConfig: { temperature: 1, topK: 3 } }).generateContent({
        contents: [{ role: 'user', parts: [{ text: prompt }] }],
        generationConfig: { temperature: 0.5 },
      }),
    says: { 'gen_ai.request.temperature': 0.5, 'gen_ai.request.top_k': undefined },
  },
  {
    name: 'a model by its full name, and a tuned one',
    replies: [gemini.whole, gemini.whole],
    spans: 2,
    run: async (client) => [
      await model(client, { model: 'models/gemini-1.5-flash' }).generateContent(prompt),
      await model(client, { model: 'tunedModels/mine' }).generateContent(prompt),
    ],
    says: { 'gen_ai.request.model': 'gemini-1.5-flash' },
  },
  {
    name: 'a model of cached content',
    reply: gemini.whole,
    run: (client) =>
      client
        .getGenerativeModelFromCachedContent(
          { name: 'cachedContents/1', model: 'models/gemini-1.5-flash', contents: [] },
          {},
          { baseUrl: h.fake.url },
        )
        .generateContent(prompt),
    says,
  },
  {
    name: 'a prompt that is refused',
    reply: gemini.blocked,
    run: (client) => model(client).generateContent(prompt),
    says: { 'gen_ai.response.finish_reasons': ['PROHIBITED_CONTENT'] },
  },
  {
    name: 'a function call for the caller',
    reply: gemini.toolCall,
    run: async (client) =>
      (
        await model(client, {
          tools: [{ functionDeclarations: [{ name: 'weather', description: CANARY }] }],
        }).generateContent(prompt)
      ).response.functionCalls(),
  },
  { name: 'null for a request', run: (client) => model(client).generateContent(null as never), says: { failed: true } },
  {
    name: '400 with a body that quotes the prompt',
    reply: gemini.refused,
    run: (client) => model(client).generateContent(prompt),
    says: { 'error.type': '400', statusMessage: 'HTTP 400' },
  },
  {
    name: '429',
    reply: gemini.exhausted,
    run: (client) => model(client).generateContent(prompt),
    says: { 'error.type': '429' },
  },
  {
    name: 'no JSON in the answer',
    reply: { body: 'oops' },
    run: (client) => model(client).generateContent(prompt),
    says: { 'error.type': 'SyntaxError' },
  },
  {
    name: 'connection cut before an answer',
    reply: { dropBeforeHeaders: true },
    run: (client) => model(client).generateContent(prompt),
    says: { 'error.type': 'GoogleGenerativeAIError' },
  },
  {
    name: 'aborted while it waits',
    reply: { ...gemini.whole, delayMs: 2000 },
    run: (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      return model(client).generateContent(prompt, { signal: controller.signal });
    },
    says: { 'error.type': 'GoogleGenerativeAIAbortError' },
  },
  {
    name: 'timeout',
    reply: { ...gemini.whole, delayMs: 2000 },
    run: (client) => model(client).generateContent(prompt, { timeout: 20 }),
    says: { 'error.type': 'GoogleGenerativeAIAbortError' },
  },
  {
    name: 'generateContentStream, only the response awaited',
    reply: gemini.streamed,
    run: async (client) => (await model(client).generateContentStream(prompt)).response,
    says: streamSays,
  },
  {
    name: 'generateContentStream, stream and response',
    reply: gemini.streamed,
    run: async (client) => {
      const { stream, response } = await model(client).generateContentStream(prompt);
      return [await collect(stream), await response];
    },
    says: streamSays,
  },
  {
    name: 'generateContentStream, response, then stream',
    reply: gemini.streamed,
    run: async (client) => {
      const { stream, response } = await model(client).generateContentStream(prompt);
      return [await response, await collect(stream)];
    },
    says: streamSays,
  },
  {
    name: 'generateContentStream, nothing of it read',
    reply: gemini.streamed,
    run: async (client) => Object.keys(await model(client).generateContentStream(prompt)),
    says: streamSays,
  },
  {
    name: 'the stream itself',
    reply: gemini.streamed,
    run: async (client) => {
      const result = await model(client).generateContentStream(prompt);
      const facts = [
        Object.keys(result.stream),
        result.response.constructor.name,
        result.stream[Symbol.asyncIterator]() === result.stream,
      ];
      return [facts, await collect(result.stream)];
    },
  },
  {
    name: 'stream, refused',
    reply: gemini.refused,
    run: async (client) => collect((await model(client).generateContentStream(prompt)).stream),
    says: { 'error.type': '400' },
  },
  {
    name: 'stream, cut by the server, response awaited',
    reply: { ...gemini.streamed, dropAfterChunks: 2 },
    run: async (client) => (await model(client).generateContentStream(prompt)).response,
    says: { failed: true, 'tally.ended_by': 'cut' },
  },
  {
    name: 'stream, garbage inside',
    reply: gemini.garbage,
    run: async (client) => {
      const { stream, response } = await model(client).generateContentStream(prompt);
      return Promise.allSettled([collect(stream), response]);
    },
    says: { failed: true },
  },
  {
    name: 'chat, two messages',
    replies: [gemini.whole, gemini.whole],
    spans: 2,
    run: async (client) => {
      const chat = model(client).startChat({ generationConfig: { temperature: 0.3 } });
      return [await chat.sendMessage(prompt), await chat.sendMessage(['and', prompt]), await chat.getHistory()];
    },
    says: { ...says, 'gen_ai.request.temperature': 0.3 },
  },
  {
    name: 'chat, refused',
    reply: gemini.refused,
    run: (client) => model(client).startChat().sendMessage(prompt),
    says: { 'error.type': '400' },
  },
  {
    name: 'chat, streamed',
    reply: gemini.streamed,
    run: async (client) => {
      const chat = model(client).startChat();
      const { stream } = await chat.sendMessageStream(prompt);
      return [await collect(stream), await chat.getHistory()];
    },
    says: streamSays,
  },
  {
    name: 'chat, streamed, only the response awaited',
    reply: gemini.streamed,
    run: async (client) => (await model(client).startChat().sendMessageStream(prompt)).response,
    says: streamSays,
  },
  {
    name: 'chat, streamed and cut: the session looks after the response',
    reply: { ...gemini.streamed, dropAfterChunks: 2 },
    run: async (client) => collect((await model(client).startChat().sendMessageStream(prompt)).stream),
    says: { failed: true },
  },
  {
    name: 'chat, streamed and cut, nothing of it read',
    reply: { ...gemini.streamed, dropAfterChunks: 2 },
    run: async (client) => {
      const result = await model(client).startChat().sendMessageStream(prompt);
      await turn();
      return Object.keys(result);
    },
    says: { failed: true },
  },
  {
    name: 'embedContent',
    reply: answers.embedded,
    run: (client) => model(client, { model: 'text-embedding-004' }).embedContent(prompt),
    says: {
      'span.name': 'embeddings text-embedding-004',
      'gen_ai.usage.input_tokens': undefined,
      'tally.cost.usd': undefined,
    },
  },
  {
    name: 'batchEmbedContents',
    reply: answers.embeddedBatch,
    run: (client) =>
      model(client, { model: 'text-embedding-004' }).batchEmbedContents({
        requests: [{ content: { role: 'user', parts: [{ text: prompt }] } }],
      }),
    says: { 'span.name': 'embeddings text-embedding-004' },
  },
  {
    name: 'embedContent, refused',
    reply: gemini.refused,
    run: (client) => model(client).embedContent(prompt),
    says: { 'error.type': '400' },
  },
  {
    name: 'countTokens is no call of the model',
    reply: gemini.counted,
    spans: 0,
    run: (client) => model(client).countTokens(prompt),
  },
];

conform(h, {
  name: 'LLM-17 @google/generative-ai 0.24',
  package: '@google/generative-ai',
  make: () => new module.GoogleGenerativeAI('AIza-key'),
  module,
  operations,
});
