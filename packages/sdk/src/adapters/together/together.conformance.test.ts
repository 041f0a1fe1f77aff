import Together from 'together-ai';
import * as module from 'together-ai';
import { chatWays } from '../../../test/chat-ways.ts';
import { CANARY, collect, conform, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
const model = 'meta-llama/Llama-3.3-70B-Instruct-Turbo';
const hello = { model, messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }] };
const says = {
  'gen_ai.provider.name': 'together',
  'gen_ai.request.model': model,
  'gen_ai.usage.input_tokens': 38,
  'gen_ai.usage.output_tokens': 9,
};

const own: Operation<Together>[] = [
  {
    name: 'chat, its tokens and limits',
    reply: answers.chat,
    run: (client) => client.chat.completions.create(hello),
    says: {
      ...says,
      'gen_ai.usage.cache_read.input_tokens': 16,
      'gen_ai.response.finish_reasons': ['eos'],
      'tally.rate_limit.requests_left': 9,
      'tally.rate_limit.tokens_left': 29_959,
    },
  },
  {
    name: 'chat streamed, its tokens on the last choice',
    reply: answers.chatStream,
    run: async (client) =>
      collect(
        (await client.chat.completions.create({
          ...hello,
          stream: true,
          stream_options: { include_usage: true },
        } as never)) as never,
      ),
    says,
  },
  {
    name: 'chat.completions.stream calls create inside',
    run: (client) => client.chat.completions.stream(hello as never).finalContent(),
    says: { 'gen_ai.provider.name': 'together' },
  },
  {
    name: 'completions.create',
    reply: answers.completion,
    run: (client) => client.completions.create({ model, prompt: CANARY, max_tokens: 9 }),
    says: { ...says, 'gen_ai.operation.name': 'text_completion', 'gen_ai.response.finish_reasons': ['length'] },
  },
  {
    name: 'embeddings.create',
    run: (client) => client.embeddings.create({ model: 'BAAI/bge-base-en-v1.5', input: CANARY }),
    says: { 'gen_ai.operation.name': 'embeddings' },
  },
  {
    name: 'images.generate',
    reply: answers.image,
    run: (client) => client.images.generate({ model: 'black-forest-labs/FLUX.1-schnell', prompt: CANARY }),
    says: { 'gen_ai.operation.name': 'image_generation', 'tally.usage.images': 1, 'tally.cost.usd': undefined },
  },
  {
    name: 'LLM-23 rerank.create',
    reply: answers.rerank,
    run: (client) =>
      client.rerank.create({
        model: 'Salesforce/Llama-Rank-v1',
        query: CANARY,
        documents: [CANARY, 'b', 'c'],
        top_n: 2,
      }),
    says: {
      'span.name': 'rerank Salesforce/Llama-Rank-v1',
      'tally.rerank.documents': 3,
      'tally.rerank.top_n': 2,
      'gen_ai.usage.input_tokens': 1_837,
    },
  },
  {
    name: 'audio.speech.create',
    reply: { headers: { 'content-type': 'audio/wav' }, body: new Uint8Array([82, 73, 70, 70]) },
    run: async (client) => {
      const response = await client.audio.speech.create({ model: 'cartesia/sonic', voice: 'calm lady', input: CANARY });
      return [...new Uint8Array(await (response as unknown as Response).arrayBuffer())];
    },
    says: { 'gen_ai.operation.name': 'speech', 'tally.usage.input_characters': CANARY.length },
  },
  {
    name: 'batches.retrieve, which tells no tokens',
    reply: answers.batch,
    run: (client) => client.batches.retrieve('batch-01'),
    says: { 'gen_ai.operation.name': 'batch', 'gen_ai.response.status': 'IN_PROGRESS' },
  },
];

conform(h, {
  name: 'together-ai 0.52',
  package: 'together-ai',
  make: () => new Together({ apiKey: 'tgp-test-key', baseURL: h.fake.openaiBaseUrl, maxRetries: 0 }),
  module,
  operations: [...own, ...(chatWays(h, model) as unknown as Operation<Together>[])],
});
