import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { embed } from './embed.ts';
import { chat, generate } from './generate.ts';

/** The `ollama` package: `new Ollama()`, the instance it exports, and its build for browsers. */
export const ollama: Adapter = {
  provider: () => 'ollama',
  // Behind a proxy of the page the host is empty.
  baseUrl: (client) => text(fields(fields(client).config).host),
  package: 'ollama',
  versions: '>=0.5',
  clients: ['Ollama'],
  sample: [{}],
  detect(client) {
    const { chat: talk, generate: complete, embeddings, ongoingStreamedRequests } = fields(client);
    return (
      [talk, complete, embeddings].every((method) => typeof method === 'function') &&
      Array.isArray(ongoingStreamedRequests)
    );
  },
  calls: { chat, generate, embed, embeddings: embed },
  helpers: [],
  derives: [],
};
