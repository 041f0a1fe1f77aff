import type { Adapter } from '../adapter.ts';
import { anthropic } from './anthropic/anthropic.ts';
import { cohere } from './cohere/cohere.ts';
import { openai } from './openai/openai.ts';

/** Every library we know, one line each. A test compares this list with the folders beside it. */
export const adapters: readonly Adapter[] = [anthropic, cohere, openai];

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
