import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { chat, chatStream } from './chat.ts';
import { embed, rerank } from './embed.ts';

/** The `cohere-ai` package: `CohereClient` (v1, with the v2 API behind `.v2`), and `CohereClientV2`, whose methods are its own. */
export const cohere: Adapter = {
  provider: () => 'cohere',
  baseUrl(client) {
    const { _options, options } = fields(client);
    const { baseUrl, environment } = fields(_options ?? options);
    return text(baseUrl) ?? text(environment) ?? 'https://api.cohere.com';
  },
  package: 'cohere-ai',
  versions: '>=7',
  clients: ['CohereClient'],
  sample: [{ token: 'unused' }],
  detect(client) {
    const { chat: talk, chatStream: stream, embed: embedding, rerank: ranking } = fields(client);
    return [talk, stream, embedding, ranking].every((method) => typeof method === 'function');
  },
  calls: {
    chat,
    chatStream,
    embed,
    rerank,
    'v2.chat': chat,
    'v2.chatStream': chatStream,
    'v2.embed': embed,
    'v2.rerank': rerank,
  },
  helpers: [],
  derives: [],
};
