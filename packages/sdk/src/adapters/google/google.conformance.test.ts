import * as module3 from '@google/genai';
import * as module2 from 'genai-2';
import { CANARY, collect, conform, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { waysToAwait, waysToRead } from '../../../test/ways.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type Client = module3.GoogleGenAI;

const ask = { model: 'gemini-2.5-flash', contents: `Say ${CANARY}.` };
const picture = { inlineData: { mimeType: 'image/png', data: 'A'.repeat(1024) } };
const asked = { 'gen_ai.operation.name': 'generate_content', 'gen_ai.request.model': 'gemini-2.5-flash' };
const wholeSays = {
  ...asked,
  'span.name': 'generate_content gemini-2.5-flash',
  'gen_ai.provider.name': 'gcp.gemini',
  'gen_ai.usage.input_tokens': 2012,
  'gen_ai.usage.output_tokens': 48,
  'gen_ai.usage.cache_read.input_tokens': 1900,
  'gen_ai.usage.reasoning.output_tokens': 41,
  'gen_ai.response.finish_reasons': ['STOP'],
  'gen_ai.response.model': 'gemini-2.5-flash-002',
  'gen_ai.response.id': 'kG4faMGpCI2Tz7IPp6ipoQs',
  'tally.response.service_tier': 'standard',
  'tally.cost.source': 'computed',
  'server.address': '127.0.0.1',
};
const streamSays = {
  ...asked,
  'gen_ai.request.stream': true,
  'gen_ai.usage.input_tokens': 12,
  'gen_ai.usage.output_tokens': 48,
  'gen_ai.usage.reasoning.output_tokens': 41,
  'gen_ai.response.finish_reasons': ['STOP'],
  'tally.stream.chunks': 3,
};

/** A tool that the library calls by itself. */
const weather: module3.CallableTool = {
  tool: () =>
    Promise.resolve({
      functionDeclarations: [{ name: 'weather', description: CANARY, parametersJsonSchema: { type: 'object' } }],
    }),
  callTool: (calls) =>
    Promise.resolve(calls.map(({ name }) => ({ functionResponse: { name: name!, response: { sky: CANARY } } }))),
};

const generate: Operation<Client>[] = [
  ...waysToAwait<Client>({
    name: 'INF-10 INF-52 generateContent',
    ask: (client) => client.models.generateContent(ask),
    reply: answers.whole,
    says: wholeSays,
  }),
  {
    name: 'the answer itself',
    reply: answers.whole,
    run: async (client) => {
      const answer = await client.models.generateContent(ask);
      return [answer.constructor.name, Object.keys(answer), answer.text, answer.sdkHttpResponse?.headers !== undefined];
    },
  },
  {
    name: 'every setting',
    reply: answers.twoCandidates,
    run: (client) =>
      client.models.generateContent({
        ...ask,
        config: {
          candidateCount: 2,
          maxOutputTokens: 64,
          temperature: 0,
          topP: 0.5,
          topK: 4,
          frequencyPenalty: 0.1,
          presencePenalty: 0.2,
          seed: 7,
          stopSequences: ['END'],
          responseMimeType: 'application/json',
          thinkingConfig: { thinkingLevel: module3.ThinkingLevel.HIGH },
          systemInstruction: `Never say ${CANARY}.`,
        },
      }),
    says: {
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.max_tokens': 64,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.5,
      'gen_ai.request.top_k': 4,
      'gen_ai.request.frequency_penalty': 0.1,
      'gen_ai.request.presence_penalty': 0.2,
      'gen_ai.request.seed': 7,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.output.type': 'json',
      'gen_ai.request.reasoning.level': 'high',
      'gen_ai.response.finish_reasons': ['STOP', 'MAX_TOKENS'],
    },
  },
  {
    name: 'frozen parameters',
    reply: answers.whole,
    run: (client) =>
      client.models.generateContent(Object.freeze({ ...ask, config: Object.freeze({ temperature: 0.5 }) })),
  },
  {
    name: 'null for parameters',
    spans: 0,
    run: (client) => client.models.generateContent(null as never),
  },
  {
    name: 'no model',
    run: (client) => client.models.generateContent({ contents: CANARY } as never),
    says: { failed: true },
  },
  {
    name: 'a prompt that is refused',
    reply: answers.blocked,
    run: (client) => client.models.generateContent(ask),
    says: {
      'gen_ai.response.finish_reasons': ['PROHIBITED_CONTENT'],
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': undefined,
    },
  },
  {
    name: 'LLM-18 pictures and speech in, a picture out, results of tools in the prompt',
    reply: answers.multimodal,
    run: (client) =>
      client.models.generateContent({
        ...ask,
        contents: [
          {
            role: 'user',
            parts: [{ text: CANARY }, picture, { fileData: { fileUri: 'gs://b/a.mp3', mimeType: 'audio/mpeg' } }],
          },
        ],
        config: { responseModalities: ['TEXT', 'IMAGE'], tools: [{ googleSearch: {} }] },
      }),
    says: {
      'gen_ai.usage.input_tokens': 350,
      'gen_ai.usage.output_tokens': 1295,
      'gen_ai.usage.image.input_tokens': 258,
      'gen_ai.usage.audio.input_tokens': 32,
      'gen_ai.usage.image.output_tokens': 1290,
      'gen_ai.output.type': 'image',
      'tally.usage.images': 1,
    },
  },
  {
    name: 'LLM-17 a loop of automatic function calls is one span for each call of the model',
    replies: [answers.toolCall, answers.whole],
    spans: 2,
    run: (client) => client.models.generateContent({ ...ask, config: { tools: [weather] } }),
    says: { 'gen_ai.usage.input_tokens': 30, 'gen_ai.usage.output_tokens': 5 },
  },
  {
    name: 'automatic function calls in a stream',
    replies: [answers.toolCallStreamed, answers.streamed],
    spans: 2,
    run: async (client) => collect(await client.models.generateContentStream({ ...ask, config: { tools: [weather] } })),
    says: { 'gen_ai.usage.input_tokens': 30, 'gen_ai.usage.output_tokens': 5, 'tally.stream.chunks': 1 },
  },
  {
    name: 'automatic function calls without continuation',
    replies: [answers.toolCall, answers.whole],
    spans: 2,
    run: (client) =>
      client.models.generateContent({ ...ask, config: { tools: [weather], automaticContinuation: false } }),
  },
  {
    name: 'a function call for the caller',
    reply: answers.toolCall,
    run: async (client) => (await client.models.generateContent(ask)).functionCalls,
  },
  {
    name: 'LLM-17 automatic continuation is one span with the usage of all its requests',
    replies: answers.continued,
    run: (client) => client.models.generateContent(ask),
    says: {
      'gen_ai.usage.input_tokens': 40,
      'gen_ai.usage.output_tokens': 25,
      'gen_ai.response.finish_reasons': ['STOP'],
    },
  },
  {
    name: 'automatic continuation of a stream',
    replies: answers.continuedStreamed,
    run: async (client) => collect(await client.models.generateContentStream(ask)),
    says: { 'gen_ai.usage.input_tokens': 40, 'gen_ai.usage.output_tokens': 25, 'tally.stream.chunks': 2 },
  },
  {
    name: 'continuation switched off',
    replies: answers.continued,
    run: (client) => client.models.generateContent({ ...ask, config: { automaticContinuation: false } }),
    says: { 'gen_ai.usage.output_tokens': 20, 'gen_ai.response.finish_reasons': ['CONTINUATION'] },
  },
  {
    name: 'continued by the caller',
    replies: answers.continued,
    spans: 2,
    run: async (client) => {
      const config = { automaticContinuation: false };
      const first = await client.models.generateContent({ ...ask, config });
      const { continuationToken } = first.candidates![0]!;
      return client.models.generateContent({ ...ask, config: { ...config, continuationToken } } as never);
    },
  },
  {
    name: 'the same parameters again, with continuation and without',
    replies: [answers.whole, answers.whole],
    spans: 2,
    run: async (client) => {
      const params: module3.GenerateContentParameters = { ...ask, config: {} };
      const first = await client.models.generateContent(params);
      params.config!.automaticContinuation = false;
      return [first, await client.models.generateContent(params)];
    },
  },
  {
    name: '400 with a body that quotes the prompt',
    reply: answers.refused,
    run: (client) => client.models.generateContent(ask),
    says: { ...asked, 'error.type': '400', statusMessage: 'HTTP 400' },
  },
  {
    name: '429',
    reply: answers.exhausted,
    run: (client) => client.models.generateContent(ask),
    says: { 'error.type': '429' },
  },
  {
    name: 'a retry is inside the call',
    replies: [answers.overloaded, answers.whole],
    run: (client) =>
      client.models.generateContent({
        ...ask,
        config: { httpOptions: { retryOptions: { attempts: 2, initialDelay: 0.001, jitter: 0 } as never } },
      }),
    says: wholeSays,
  },
  {
    name: 'no JSON in the answer',
    reply: { body: 'oops' },
    run: (client) => client.models.generateContent(ask),
    says: { 'error.type': 'SyntaxError' },
  },
  {
    name: 'connection cut before an answer',
    reply: { dropBeforeHeaders: true },
    run: (client) => client.models.generateContent(ask),
    says: { failed: true },
  },
  {
    name: 'aborted before',
    run: (client) => client.models.generateContent({ ...ask, config: { abortSignal: AbortSignal.abort() } }),
    says: { 'error.type': 'AbortError' },
  },
  {
    name: 'aborted while it waits',
    reply: { ...answers.whole, delayMs: 2000 },
    run: (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      return client.models.generateContent({ ...ask, config: { abortSignal: controller.signal } });
    },
    says: { 'error.type': 'AbortError' },
  },
  {
    name: 'timeout',
    reply: { ...answers.whole, delayMs: 2000 },
    run: (client) => client.models.generateContent({ ...ask, config: { httpOptions: { timeout: 20 } } }),
    says: { failed: true },
  },
  {
    name: 'the method taken off its object',
    reply: answers.whole,
    run: (client) => {
      const { generateContent } = client.models;
      return generateContent(ask);
    },
  },
];

const stream: Operation<Client>[] = [
  ...waysToRead<Client>({
    name: 'generateContentStream',
    open: (client) => client.models.generateContentStream(ask),
    reply: answers.streamed,
    says: streamSays,
  }),
  {
    name: 'stream without continuation',
    reply: answers.streamed,
    run: async (client) =>
      collect(await client.models.generateContentStream({ ...ask, config: { automaticContinuation: false } })),
    says: streamSays,
  },
  {
    name: 'the stream itself',
    reply: answers.streamed,
    run: async (client) => {
      const answer = await client.models.generateContentStream(ask);
      const facts = [Object.keys(answer), answer[Symbol.asyncIterator]() === answer, String(answer)];
      return [facts, await collect(answer)];
    },
  },
  {
    name: 'stream, aborted while reading',
    reply: answers.keepsTalking(answers.streamed),
    run: async (client) => {
      const controller = new AbortController();
      const config = { abortSignal: controller.signal };
      for await (const chunk of await client.models.generateContentStream({ ...ask, config }))
        if (chunk) controller.abort();
    },
    says: { 'error.type': 'AbortError', 'tally.ended_by': 'aborted' },
  },
  {
    name: 'stream, error inside',
    reply: answers.failsInStream,
    run: async (client) => collect(await client.models.generateContentStream(ask)),
    says: { failed: true },
  },
  {
    name: 'stream, garbage inside',
    reply: answers.garbage,
    run: async (client) => collect(await client.models.generateContentStream(ask)),
    says: { failed: true },
  },
  {
    name: 'stream, refused',
    reply: answers.refused,
    run: async (client) => collect(await client.models.generateContentStream(ask)),
    says: { 'error.type': '400' },
  },
];

/** On the Gemini API, version 2 of the library drops what embeddings used. */
const others = (embeddingTokens: number | undefined): Operation<Client>[] => [
  {
    name: 'LLM-17 chat, one message',
    reply: answers.whole,
    run: async (client) => {
      const chat = client.chats.create({ model: ask.model, config: { temperature: 0.3 } });
      return [await chat.sendMessage({ message: CANARY }), chat.getHistory()];
    },
    says: { ...wholeSays, 'gen_ai.request.temperature': 0.3 },
  },
  {
    name: 'chat, two messages',
    replies: [answers.whole, answers.whole],
    spans: 2,
    run: async (client) => {
      const chat = client.chats.create({
        model: ask.model,
        history: [
          { role: 'user', parts: [{ text: 'Hi' }] },
          { role: 'model', parts: [{ text: 'Hello' }] },
        ],
      });
      return [
        await chat.sendMessage({ message: 'a' }),
        await chat.sendMessage({ message: ['b', picture] }),
        chat.getHistory().length,
      ];
    },
  },
  {
    name: 'LLM-17 chat, streamed',
    reply: answers.streamed,
    run: async (client) => {
      const chat = client.chats.create({ model: ask.model });
      return [await collect(await chat.sendMessageStream({ message: CANARY })), chat.getHistory()];
    },
    says: streamSays,
  },
  {
    name: 'chat, a stream that is left',
    reply: answers.streamed,
    run: async (client) => {
      const chat = client.chats.create({ model: ask.model });
      for await (const chunk of await chat.sendMessageStream({ message: CANARY }))
        return [chunk.text, chat.getHistory()];
    },
    says: { 'tally.ended_by': 'break' },
  },
  {
    name: 'chat, refused, then well',
    replies: [answers.refused, answers.whole],
    spans: 2,
    run: async (client) => {
      const chat = client.chats.create({ model: ask.model });
      const refused = await chat.sendMessage({ message: CANARY }).catch((error: Error) => error.name);
      return [refused, await chat.sendMessage({ message: CANARY })];
    },
  },
  {
    name: 'LLM-17 embedContent',
    reply: answers.embedded,
    run: (client) =>
      client.models.embedContent({
        model: 'gemini-embedding-001',
        contents: [CANARY, 'b'],
        config: { outputDimensionality: 2 },
      }),
    says: {
      'span.name': 'embeddings gemini-embedding-001',
      'gen_ai.usage.input_tokens': embeddingTokens,
      'gen_ai.embeddings.dimension.count': 2,
    },
  },
  {
    name: 'embedContent, refused',
    reply: answers.refused,
    run: (client) => client.models.embedContent({ model: 'gemini-embedding-001', contents: CANARY }),
    says: { 'error.type': '400' },
  },
  {
    name: 'countTokens is no call of the model',
    reply: answers.counted,
    spans: 0,
    run: (client) => client.models.countTokens(ask),
  },
  {
    name: 'images are made on Vertex AI only',
    run: (client) => client.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: CANARY }),
    says: { 'span.name': 'image_generation imagen-4.0-generate-001', failed: true },
  },
];

const vertex: Operation<Client>[] = [
  {
    name: 'LLM-17 generateContent',
    reply: answers.vertex,
    run: (client) => client.models.generateContent(ask),
    says: {
      ...asked,
      'gen_ai.provider.name': 'gcp.vertex_ai',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.response.finish_reasons': ['MAX_TOKENS'],
      'tally.response.service_tier': 'on_demand',
      'tally.cost.source': 'computed',
    },
  },
  {
    name: 'generateContentStream',
    reply: answers.streamed,
    run: async (client) => collect(await client.models.generateContentStream(ask)),
    says: { ...streamSays, 'gen_ai.provider.name': 'gcp.vertex_ai' },
  },
  {
    name: 'a chat',
    reply: answers.vertex,
    run: (client) => client.chats.create({ model: ask.model }).sendMessage({ message: CANARY }),
  },
  {
    name: 'embedContent counts each text',
    reply: answers.vertexEmbedded,
    run: (client) => client.models.embedContent({ model: 'text-embedding-005', contents: ['a', CANARY] }),
    says: { 'gen_ai.usage.input_tokens': 9, 'tally.usage.input_characters': 27 },
  },
  {
    name: 'LLM-17 generateImages',
    reply: answers.vertexImages,
    run: (client) =>
      client.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: CANARY, config: { numberOfImages: 2 } }),
    says: {
      'span.name': 'image_generation imagen-4.0-generate-001',
      'tally.request.images': 2,
      'tally.usage.images': 1,
      'gen_ai.output.type': 'image',
    },
  },
  {
    name: 'upscaleImage',
    reply: answers.vertexImages,
    run: (client) =>
      client.models.upscaleImage({
        model: 'imagen-4.0-upscale-preview',
        image: { imageBytes: 'AAAA', mimeType: 'image/png' },
        upscaleFactor: 'x2',
      }),
    says: { 'gen_ai.operation.name': 'image_generation' },
  },
  {
    name: 'refused',
    reply: answers.exhausted,
    run: (client) => client.models.generateContent(ask),
    says: { 'error.type': '429' },
  },
];

for (const [major, module] of [
  ['3', module3],
  ['2', module2 as unknown as typeof module3],
] as const) {
  const subject = { package: '@google/genai', module, normalise: withoutDates };
  conform(h, {
    ...subject,
    name: `LLM-17 @google/genai ${major}`,
    make: () => new module.GoogleGenAI({ apiKey: 'AIza-key', httpOptions: { baseUrl: h.fake.url } }),
    operations: [...generate, ...stream, ...others(major === '3' ? 11 : undefined)],
  });
  conform(h, {
    ...subject,
    name: `LLM-17 @google/genai ${major} on Vertex AI`,
    make: () => new module.GoogleGenAI({ vertexai: true, apiKey: 'AIza-key', httpOptions: { baseUrl: h.fake.url } }),
    operations: vertex,
  });
}

/** Each answer carries its response's headers. */
function withoutDates(text: string): string {
  return text.replaceAll(/"date":"[^"]*"/g, '"date":""');
}
