/** Rename the copy to `<library>.conformance.test.ts`: here nothing runs it, as the skeleton is not registered. */
import { CANARY, collect, conform, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { refused, streamed, whole } from './fixtures/answers.ts';
import * as module from './library.ts';

const h = harness();
type Client = module.Skeleton;
const request = () => ({ model: 'bones-1', prompt: `Say ${CANARY}.` });
const says = {
  'span.name': 'chat bones-1',
  'gen_ai.provider.name': 'skeleton',
  'gen_ai.response.model': 'bones-1-2026',
  'gen_ai.usage.input_tokens': 26,
  'gen_ai.usage.output_tokens': 3,
  'server.address': '127.0.0.1',
};

const operations: Operation<Client>[] = [
  { name: 'create', reply: whole, run: (client) => client.chat.create(request()), says },
  {
    name: 'create, streamed, read to the end',
    reply: streamed,
    run: async (client) =>
      collect((await client.chat.create({ ...request(), stream: true })) as AsyncIterable<unknown>),
    says,
  },
  {
    name: 'the helper for streams, left after one chunk',
    reply: streamed,
    run: async (client) => {
      for await (const chunk of (await client.chat.stream(request())) as AsyncIterable<unknown>) return chunk;
    },
  },
  {
    name: 'refused',
    reply: refused,
    run: (client) => client.chat.create(request()),
    says: { failed: true, 'error.type': '429' },
  },
];

conform(h, {
  name: 'skeleton 1',
  package: 'skeleton',
  make: () => new module.Skeleton({ apiKey: 'k', baseURL: h.fake.url }),
  module,
  operations,
});
