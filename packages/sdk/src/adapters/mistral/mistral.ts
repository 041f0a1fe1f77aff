import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { chat, chatStream, embeddings, fim, fimStream } from './chat.ts';

/**
 * The `@mistralai/mistralai` package. Its helpers `parse` and `parseStream` do not call `complete` and `stream`, so each is a call of
 * its own. Resources are made when first asked for, and know where they send to as the client does.
 */
export const mistral: Adapter = {
  provider: () => 'mistral_ai',
  baseUrl(client) {
    const { _baseURL } = fields(client);
    return _baseURL instanceof URL ? _baseURL.href : text(_baseURL);
  },
  package: '@mistralai/mistralai',
  versions: '>=1',
  clients: ['Mistral'],
  detect(client) {
    const { chat: talk, fim: middle } = fields(client);
    return typeof fields(talk).complete === 'function' && typeof fields(middle).complete === 'function';
  },
  calls: {
    'chat.complete': chat,
    'chat.stream': chatStream,
    'chat.parse': chat,
    'chat.parseStream': chatStream,
    'agents.complete': chat,
    'agents.stream': chatStream,
    'fim.complete': fim,
    'fim.stream': fimStream,
    'embeddings.create': embeddings,
  },
  helpers: [],
  derives: [],
};
