import type { MakeId } from '../ids.ts';
import type { Reply } from '../reply.ts';

/** What OpenAI sends with every answer. Source: OpenAI API reference, "Debugging requests". */
export function openaiHeaders(makeId: MakeId, reply: Reply): Record<string, string> {
  return {
    'openai-organization': 'fake-organization',
    'openai-processing-ms': String(reply.delayMs ?? 1),
    'openai-version': '2020-10-01',
    'x-request-id': makeId('req_', 32),
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-remaining-tokens': '1999000',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '30ms',
  };
}
