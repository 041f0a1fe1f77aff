import type { Adapter } from '../../adapter.ts';
import { baseUrl, providerAt } from '../openai/hosts.ts';
import { dialect } from '../openai/openai.ts';
import { isGroq } from '../openai/shape.ts';

/** The `groq-sdk` package: OpenAI's words, made by the same generator. Groq's own address ends before `/openai/v1`. */
export const groq: Adapter = {
  provider: (client) => providerAt(baseUrl(client) ?? '') ?? 'groq',
  baseUrl,
  package: 'groq-sdk',
  versions: '>=0.9',
  clients: ['Groq'],
  detect: isGroq,
  calls: dialect,
  helpers: [],
  derives: ['withOptions'],
};
