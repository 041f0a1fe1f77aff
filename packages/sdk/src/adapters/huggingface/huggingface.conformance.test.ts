import * as module from '@huggingface/inference';
import type { Reply } from '@tallyspan/fake-provider';
import { describe, expect, it } from 'vitest';
import { CANARY, collect, conform, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { waysToAwait, waysToRead } from '../../../test/ways.ts';
import { observe } from '../../observe.ts';
import { unwatch, watch } from '../../watch.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type Client = module.InferenceClient;

const chat = {
  model: 'meta-llama/Llama-3.3-70B-Instruct',
  messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }],
};
const prompt = { model: 'HuggingFaceH4/zephyr-7b-beta', inputs: `Say ${CANARY}.` };

const says = {
  'span.name': 'chat meta-llama/Llama-3.3-70B-Instruct',
  'gen_ai.provider.name': 'huggingface',
  'gen_ai.response.model': 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  'gen_ai.usage.input_tokens': 40,
  'gen_ai.usage.output_tokens': 12,
  'gen_ai.response.finish_reasons': ['stop'],
  'server.address': '127.0.0.1',
  'openai.api.type': undefined,
};
const read = async (stream: AsyncIterable<unknown>) => collect(stream);

const operations: Operation<Client>[] = [
  ...waysToAwait<Client>({
    name: 'chatCompletion',
    ask: (client) => client.chatCompletion(chat),
    reply: answers.chat,
    says,
  }),
  ...waysToRead<Client>({
    name: 'stream',
    open: (client) => client.chatCompletionStream(chat),
    reply: answers.streamed,
    says: {
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['stop'],
      'tally.stream.chunks': 2,
    },
  }),
  {
    name: 'the client itself',
    spans: 0,
    run: (client) =>
      Promise.resolve([
        client instanceof module.InferenceClient,
        client.constructor === module.InferenceClient,
        Object.keys(client),
        Object.getOwnPropertyNames(client).length,
        'chatCompletion' in client,
        client.chatCompletion === client.chatCompletion,
        client.chatCompletion.length,
      ]),
  },
  {
    name: 'frozen arguments and every setting',
    reply: answers.chat,
    run: (client) =>
      client.chatCompletion(
        Object.freeze({
          ...chat,
          max_tokens: 9,
          temperature: 0,
          top_p: 0.5,
          seed: 7,
          stop: ['E'],
          n: 2,
          frequency_penalty: 1,
        }),
      ),
    says: {
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.5,
      'gen_ai.request.seed': 7,
      'gen_ai.request.stop_sequences': ['E'],
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.frequency_penalty': 1,
    },
  },
  {
    name: '422 with a body that quotes the prompt',
    reply: answers.refused,
    run: (client) => client.chatCompletion(chat),
    says: { 'error.type': '422', statusMessage: 'HTTP 422', 'tally.request.id': 'Root=1-690a-2' },
  },
  {
    name: '429',
    reply: answers.exhausted,
    run: (client) => client.chatCompletion(chat),
    says: { 'error.type': '429' },
  },
  {
    name: 'a model that is still loading is asked again, inside the call',
    replies: [answers.loading, answers.chat],
    run: (client) => client.chatCompletion(chat),
    says,
  },
  {
    name: 'nobody there',
    reply: { dropBeforeHeaders: true },
    run: (client) => client.chatCompletion(chat),
    says: { 'error.type': 'TypeError' },
  },
  { name: 'null for arguments', run: (client) => client.chatCompletion(null as never) },
  {
    name: 'aborted before',
    run: (client) => client.chatCompletion(chat, { signal: AbortSignal.abort() }),
    says: { 'error.type': 'AbortError' },
  },
  {
    name: 'aborted while it waits',
    reply: { ...answers.chat, delayMs: 2000 },
    run: (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      return client.chatCompletion(chat, { signal: controller.signal });
    },
    says: { 'error.type': 'AbortError' },
  },
  {
    name: 'stream, with the usage its caller asked for',
    reply: answers.streamedWithUsage,
    run: (client) => read(client.chatCompletionStream({ ...chat, stream_options: { include_usage: true } })),
    says: { ...says, 'tally.stream.chunks': 3 },
  },
  {
    name: 'the stream itself',
    reply: answers.streamed,
    run: async (client) => {
      const stream = client.chatCompletionStream(chat);
      const facts = [
        Object.keys(stream),
        Object.prototype.toString.call(stream),
        stream[Symbol.asyncIterator]() === stream,
      ];
      return [facts, await read(stream)];
    },
  },
  {
    name: 'stream, left before it began',
    run: async (client) => client.chatCompletionStream(chat).return(undefined),
    says: { 'tally.ended_by': 'break' },
  },
  {
    name: 'stream, aborted while reading',
    reply: { ...answers.streamed, hangAfterChunks: 1 },
    run: async (client) => {
      const controller = new AbortController();
      for await (const chunk of client.chatCompletionStream(chat, { signal: controller.signal }))
        if (chunk) controller.abort();
    },
    says: { failed: true },
  },
  {
    name: 'stream, an error inside',
    reply: answers.failsInStream,
    run: (client) => read(client.chatCompletionStream(chat)),
    says: { failed: true },
  },
  {
    name: 'stream, garbage inside',
    reply: answers.garbage,
    run: (client) => read(client.chatCompletionStream(chat)),
    says: { 'error.type': 'SyntaxError' },
  },
  {
    name: 'stream, refused',
    reply: answers.refused,
    run: (client) => read(client.chatCompletionStream(chat)),
    says: { 'error.type': '422' },
  },
  {
    name: 'textGeneration',
    reply: answers.generated,
    run: (client) =>
      client.textGeneration({ ...prompt, parameters: { max_new_tokens: 9, temperature: 0.5, top_k: 3 } }),
    says: {
      'span.name': 'text_completion HuggingFaceH4/zephyr-7b-beta',
      // The library drops the usage, and nobody else may make one up.
      'gen_ai.usage.output_tokens': undefined,
      'gen_ai.usage.input_tokens': undefined,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.top_k': 3,
    },
  },
  {
    name: 'textGenerationStream',
    reply: answers.generatedStream,
    run: (client) => read(client.textGenerationStream(prompt)),
    says: {
      'gen_ai.usage.output_tokens': 9,
      'gen_ai.response.finish_reasons': ['eos_token'],
      'tally.stream.chunks': 3,
    },
  },
  {
    name: 'textGenerationStream in OpenAI’s words',
    reply: answers.completionStream,
    run: (client) => read(client.textGenerationStream(prompt)),
    says: {
      'gen_ai.usage.input_tokens': 40,
      'gen_ai.usage.output_tokens': 12,
      'gen_ai.response.finish_reasons': ['length'],
    },
  },
  {
    name: 'featureExtraction',
    reply: answers.embedded,
    run: (client) => client.featureExtraction({ ...prompt, dimensions: 3 }),
    says: { 'span.name': 'embeddings HuggingFaceH4/zephyr-7b-beta', 'gen_ai.embeddings.dimension.count': 3 },
  },
  {
    name: 'textToImage',
    reply: answers.picture,
    run: async (client) => {
      const blob: Blob = await client.textToImage({ ...prompt, parameters: { seed: 3 } }, { outputType: 'blob' });
      return [blob.type, [...(await blob.bytes())]];
    },
    says: { 'gen_ai.operation.name': 'image_generation', 'tally.usage.images': 1, 'gen_ai.request.seed': 3 },
  },
  {
    name: 'automaticSpeechRecognition',
    reply: answers.heard,
    run: (client) => client.automaticSpeechRecognition({ model: prompt.model, data: new Blob([CANARY]) }),
    says: { 'gen_ai.operation.name': 'transcription' },
  },
  {
    name: 'a client of an endpoint',
    reply: answers.chat,
    run: (client) => client.endpoint(`${h.fake.url}/mine`).chatCompletion(chat),
    says,
  },
  {
    name: 'a classification is nothing we read',
    reply: { body: [] },
    spans: 0,
    run: (client) => client.fillMask({ ...prompt, inputs: '[MASK]' }),
  },
];

conform(h, {
  name: '@huggingface/inference 4',
  package: '@huggingface/inference',
  make: () => new module.InferenceClient('hf_token', { endpointUrl: h.fake.url }),
  operations,
});

/** A client that is routed: its requests are sent to the fake, and the hub's word on the model is known. */
function routed(token = 'hf_token'): Client {
  const reroute: typeof fetch = (input, init) =>
    String(input).includes('/api/models/')
      ? Promise.resolve(Response.json(answers.mapping))
      : fetch(`${h.fake.url}${new URL(String(input)).pathname}`, init);
  return new module.InferenceClient(token, { fetch: reroute });
}

function reply(...replies: Reply[]): void {
  h.fake.respond(() => replies.shift());
}

describe('Hugging Face', () => {
  it.each([
    ['together', 'hf_token', 'together', 'router.huggingface.co', 'huggingface'],
    ['fireworks-ai', 'hf_token', 'fireworks', 'router.huggingface.co', 'huggingface'],
    ['together', 'own-key', 'together', 'api.together.xyz', undefined],
    ['auto', 'hf_token', 'huggingface', 'router.huggingface.co', undefined],
    [undefined, 'hf_token', 'huggingface', 'router.huggingface.co', undefined],
  ] as const)('LLM-05 provider %s with %s is %s at %s', async (provider, token, name, host, gateway) => {
    reply(answers.chat);
    await watch(routed(token)).chatCompletion({ ...chat, ...(provider && { provider }) });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.provider.name': name,
      'server.address': host,
      'server.port': 443,
    });
    expect((await h.span()).attributes['tally.gateway.name']).toBe(gateway);
  });

  it('a model may name its provider', async () => {
    reply(answers.chat);
    await watch(routed()).chatCompletion({ ...chat, model: `${chat.model}:groq` });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.provider.name': 'groq',
      'gen_ai.request.model': `${chat.model}:groq`,
    });
  });

  it('COST-08 a provider with a price list makes a cost; Hugging Face’s own choice is unpriced, never 0', async () => {
    reply(answers.chat, answers.chat);
    const client = watch(routed());
    await client.chatCompletion({ ...chat, provider: 'together' });
    await client.chatCompletion(chat);
    const [together, auto] = await h.spans();
    expect(together!.attributes['tally.cost.source']).toBe('computed');
    expect(auto!.attributes['tally.cost.usd']).toBeUndefined();
  });

  it('asks a stream for its usage, and the caller sees nothing of it', async () => {
    reply(answers.streamedWithUsage);
    const chunks = (await collect(watch(routed()).chatCompletionStream(chat))) as object[];
    expect(chunks).toHaveLength(2);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
    expect(h.fake.requests.at(-1)!.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 40,
      'gen_ai.usage.output_tokens': 12,
    });
  });

  it('with streamUsage off the request stays what it was', async () => {
    reply(answers.streamed);
    await collect(watch(routed(), { streamUsage: 'off' }).chatCompletionStream(chat));
    expect(h.fake.requests.at(-1)!.body).not.toHaveProperty('stream_options');
  });

  it('watch answers a proxy, as nothing can be put on the client; twice is once, and unwatch gives the client itself back', async () => {
    const client = routed();
    const watched = watch(client);
    expect(watched).not.toBe(client);
    expect(watch(watched)).toBe(watched);
    expect(watch(client)).toBe(watched);
    reply(answers.chat, answers.chat, answers.chat);
    await client.chatCompletion(chat);
    expect(await h.spans()).toEqual([]);
    await watched.chatCompletion(chat);
    expect(await h.spans()).toHaveLength(1);
    expect(unwatch(watched)).toBe(client);
    await watched.chatCompletion(chat);
    expect(await h.spans()).toHaveLength(1);
  });

  it('LLM-19 the class may be observed: each of its clients is watched as it is made', async () => {
    const { InferenceClient } = observe(module);
    reply(answers.chat, answers.chat);
    const client = new InferenceClient('hf_token', { endpointUrl: h.fake.url });
    expect(client).toBeInstanceOf(module.InferenceClient);
    await client.chatCompletion(chat);
    expect(await h.spans()).toHaveLength(1);
    await new module.InferenceClient('hf_token', { endpointUrl: h.fake.url }).chatCompletion(chat);
    expect(await h.spans()).toHaveLength(1);
  });
});
