import type OpenAI from 'openai';
import * as module7 from 'openai';
import * as module6 from 'openai-6';
import { chatWays } from '../../../test/chat-ways.ts';
import { CANARY, collect, conform, type Operation } from '../../../test/conformance.ts';
import { harness, majors } from '../../../test/harness.ts';

const h = harness();
const hello = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }] };
const format = {
  type: 'json_schema' as const,
  json_schema: { name: 'p', strict: true, schema: { type: 'object', properties: {} } },
};
const operations: Operation<OpenAI>[] = [
  ...chatWays(h, 'gpt-4o'),
  {
    name: 'chat.completions.parse',
    run: (client) => client.chat.completions.parse({ ...hello, response_format: format }),
    reply: { text: '{"a":1}' },
  },
  {
    name: 'parse of a cut answer',
    run: (client) => client.chat.completions.parse({ ...hello, response_format: format }),
    reply: { text: '{"a"', finish: 'length' },
  },
  {
    name: 'chat.completions.stream',
    run: async (client) => {
      const events: string[] = [];
      const stream = client.chat.completions.stream(hello);
      for (const event of ['content', 'chunk', 'end', 'finalContent', 'error', 'abort'] as const)
        stream.on(event, () => events.push(event));
      return [await stream.finalContent(), await stream.totalUsage().catch((error: Error) => error.message), events];
    },
  },
  {
    name: 'chat.completions.stream with tools and a format',
    run: async (client) => {
      const tools = [
        {
          type: 'function' as const,
          function: { name: 'find', strict: true, parameters: { type: 'object', properties: {} } },
        },
      ];
      return client.chat.completions.stream({ ...hello, tools, response_format: format }).finalChatCompletion();
    },
    reply: { text: '{"a":1}' },
  },
  {
    name: 'chat.completions.stream aborted',
    run: async (client) => {
      const stream = client.chat.completions.stream(hello);
      stream.on('chunk', () => stream.abort());
      return stream.done();
    },
    reply: { text: 'a b c d', hangAfterChunks: 3 },
  },
  { name: 'responses.create', run: (client) => client.responses.create({ model: 'gpt-4o', input: 'Hi.' }) },
  {
    name: 'responses.create streamed',
    run: async (client) => collect(await client.responses.create({ model: 'gpt-4o', input: 'Hi.', stream: true })),
  },
  {
    name: 'responses.stream',
    run: async (client) => client.responses.stream({ model: 'gpt-4o', input: 'Hi.' }).finalResponse(),
  },
  {
    name: 'responses.parse',
    run: (client) =>
      client.responses.parse({
        model: 'gpt-4o',
        input: 'Hi.',
        text: { format: { ...format.json_schema, type: 'json_schema' } },
      }),
    reply: { text: '{"a":1}' },
  },
  {
    name: 'embeddings, default encoding',
    run: (client) => client.embeddings.create({ model: 'text-embedding-3-small', input: 'hi' }),
  },
  {
    name: 'embeddings, floats',
    run: (client) =>
      client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format: 'float' }),
  },
];

const modules: Record<string, unknown> = { 'openai 7': module7, 'openai 6': module6 };
for (const [name, Client] of majors)
  conform(h, { name, package: 'openai', make: () => h.openai(Client), module: modules[name], operations });
