import Groq from 'groq-sdk';
import * as module from 'groq-sdk';
import { chatWays } from '../../../test/chat-ways.ts';
import { CANARY, collect, conform, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
const model = 'openai/gpt-oss-20b';
const hello = { model, messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }] };
const says = {
  'gen_ai.provider.name': 'groq',
  'gen_ai.request.model': model,
  'gen_ai.usage.input_tokens': 77,
  'gen_ai.usage.output_tokens': 31,
};

/** Groq's address ends before the path that OpenAI's has in it. */
const make = () =>
  new Groq({
    apiKey: 'gsk-test-key',
    baseURL: h.fake.url,
    maxRetries: 0,
    fetch: (input, init) => fetch(String(input).replace('/openai/v1/', '/v1/'), init),
  });

const own: Operation<Groq>[] = [
  {
    name: 'chat, its tokens and limits',
    reply: answers.chat,
    run: (client) => client.chat.completions.create(hello),
    says: { ...says, 'tally.rate_limit.requests_left': 14_399 },
  },
  {
    name: 'chat streamed, its tokens beside the choices',
    reply: answers.chatStream,
    run: async (client) => collect(await client.chat.completions.create({ ...hello, stream: true })),
    says: { ...says, 'gen_ai.response.finish_reasons': ['stop'] },
  },
  {
    name: 'audio.transcriptions.create',
    reply: answers.transcription,
    run: (client) =>
      client.audio.transcriptions.create({ model: 'whisper-large-v3-turbo', url: `https://example.com/${CANARY}.wav` }),
    says: { 'gen_ai.operation.name': 'transcription', 'tally.request.id': 'req_01jx', 'tally.cost.usd': undefined },
  },
  {
    name: 'audio.speech.create',
    reply: { headers: { 'content-type': 'audio/wav' }, body: new Uint8Array([82, 73, 70, 70]) },
    run: async (client) => {
      const response = await client.audio.speech.create({ model: 'playai-tts', voice: 'Fritz-PlayAI', input: CANARY });
      return [...new Uint8Array(await response.arrayBuffer())];
    },
    says: { 'gen_ai.operation.name': 'speech', 'tally.usage.input_characters': CANARY.length },
  },
  {
    name: 'embeddings.create',
    run: (client) => client.embeddings.create({ model: 'nomic-embed-text-v1_5', input: CANARY }),
    says: { 'gen_ai.operation.name': 'embeddings', 'gen_ai.provider.name': 'groq' },
  },
  {
    name: 'batches.retrieve, which tells no tokens',
    reply: answers.batch,
    run: (client) => client.batches.retrieve('batch_01jh6xa7reempvjyh6n3yst2zw'),
    says: {
      'gen_ai.operation.name': 'batch',
      'gen_ai.response.status': 'completed',
      'gen_ai.usage.input_tokens': undefined,
    },
  },
  {
    name: 'models stay the library’s own',
    spans: 0,
    reply: { body: { object: 'list', data: [{ id: model }] } },
    run: async (client) => (await client.models.list()).data.length,
  },
];

conform(h, {
  name: 'groq-sdk 1.6',
  package: 'groq-sdk',
  make,
  module,
  operations: [...own, ...(chatWays(h, model) as unknown as Operation<Groq>[])],
});
