import type { Adapter } from '../../adapter.ts';
import { baseUrl, providerAt } from '../openai/hosts.ts';
import { dialect } from '../openai/openai.ts';
import { isTogether } from '../openai/shape.ts';
import { rerank } from './rerank.ts';

/** The `together-ai` package: OpenAI's words, made by the same generator, and a reranker. */
export const together: Adapter = {
  provider: (client) => providerAt(baseUrl(client) ?? '') ?? 'together',
  baseUrl,
  package: 'together-ai',
  versions: '>=0.10',
  clients: ['Together'],
  detect: isTogether,
  calls: { ...dialect, 'rerank.create': rerank },
  helpers: ['chat.completions.stream'],
  derives: ['withOptions'],
};
