import type { Adapter } from '../../adapter.ts';
import { fields } from '../../read.ts';
import { chat } from './chat.ts';
import { embeddings } from './embeddings.ts';
import { baseUrl, provider } from './hosts.ts';
import { responses } from './responses.ts';

/** The `openai` package, and every host that speaks its dialect. */
export const openai: Adapter = {
  provider,
  baseUrl,
  package: 'openai',
  versions: '>=6',
  clients: ['OpenAI', 'AzureOpenAI'],
  detect(client) {
    const { chat: chatResource, embeddings: embeddingsResource } = fields(client);
    return (
      typeof fields(fields(chatResource).completions).create === 'function' &&
      typeof fields(embeddingsResource).create === 'function'
    );
  },
  calls: {
    'chat.completions.create': chat,
    'responses.create': responses,
    'embeddings.create': embeddings,
  },
  helpers: [
    'chat.completions.parse',
    'chat.completions.stream',
    'chat.completions.runTools',
    'responses.parse',
    'responses.stream',
  ],
  derives: ['withOptions'],
};
