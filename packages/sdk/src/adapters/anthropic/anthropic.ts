import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { messages } from './messages.ts';

/** The `@anthropic-ai/sdk` package. */
export const anthropic: Adapter = {
  provider: () => 'anthropic',
  baseUrl: (client) => text(fields(client).baseURL),
  package: '@anthropic-ai/sdk',
  versions: '>=1',
  clients: ['Anthropic'],
  detect(client) {
    const { create, countTokens } = fields(fields(client).messages);
    return typeof create === 'function' && typeof countTokens === 'function';
  },
  calls: {
    'messages.create': messages,
    'beta.messages.create': messages,
  },
  helpers: [
    'messages.stream',
    'messages.parse',
    'beta.messages.stream',
    'beta.messages.parse',
    'beta.messages.toolRunner',
  ],
  derives: ['withOptions'],
};
