import type { Adapter } from '../adapter.ts';
import { anthropic } from './anthropic/anthropic.ts';
import { bedrock } from './bedrock/bedrock.ts';
import { bedrockAgent } from './bedrock-agent/bedrock-agent.ts';
import { cohere } from './cohere/cohere.ts';
import { google } from './google/google.ts';
import { googleLegacy } from './google-legacy/google-legacy.ts';
import { groq } from './groq/groq.ts';
import { huggingface } from './huggingface/huggingface.ts';
import { mistral } from './mistral/mistral.ts';
import { ollama } from './ollama/ollama.ts';
import { openai } from './openai/openai.ts';
import { together } from './together/together.ts';

/** Every library we know, one line each. A test compares this list with the folders beside it. */
export const adapters: readonly Adapter[] = [
  anthropic,
  bedrock,
  bedrockAgent,
  cohere,
  google,
  googleLegacy,
  groq,
  huggingface,
  mistral,
  ollama,
  openai,
  together,
];

/** The adapter whose library made this client, or undefined. Never throws, whatever the object does. */
export function adapterOf(client: unknown): Adapter | undefined {
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) return undefined;
  return adapters.find((adapter) => {
    try {
      return adapter.detect(client);
    } catch {
      return false;
    }
  });
}
