import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { batchCreate, batchLook, batchResults } from './batches.ts';
import { messages } from './messages.ts';
import { silence } from './native-spans.ts';

/** The `@anthropic-ai/sdk` package. `countTokens` is no inference and is left alone. */
export const anthropic: Adapter = {
  // The clients of other platforms (Bedrock, Vertex AI, Foundry) have the same methods, and say where they are.
  provider: (client) => text(fields(client)._genAIProviderName) ?? 'anthropic',
  baseUrl: (client) => text(fields(client).baseURL),
  package: '@anthropic-ai/sdk',
  versions: '>=0.137',
  clients: ['Anthropic'],
  detect(client) {
    // Not `countTokens`: some platforms have none.
    const { create, stream } = fields(fields(client).messages);
    return typeof create === 'function' && typeof stream === 'function';
  },
  calls: {
    'messages.create': messages,
    'messages.batches.create': batchCreate,
    'messages.batches.retrieve': batchLook,
    'messages.batches.cancel': batchLook,
    'messages.batches.results': batchResults,
    'beta.messages.create': messages,
    'beta.messages.batches.create': batchCreate,
    'beta.messages.batches.retrieve': batchLook,
    'beta.messages.batches.cancel': batchLook,
    'beta.messages.batches.results': batchResults,
  },
  helpers: [
    'messages.stream',
    'messages.parse',
    'beta.messages.stream',
    'beta.messages.parse',
    'beta.messages.toolRunner',
    'beta.messages.thread',
    'beta.messages._toolRunnerThread',
  ],
  derives: ['withOptions'],
  silence,
};
