import { nanosFromUsd } from '../units.ts';
import type { Reader } from './column.ts';
import { fields, type Reading } from './reading.ts';

/**
 * LiteLLM, library and proxy, in its own form (before `gen_ai_latest_experimental`). Source: BerriAI/litellm `integrations/opentelemetry.py`.
 *
 * `litellm_request` is the call; its child `raw_gen_ai_request` is the same call as it went over the wire, and never counts.
 *
 * Tokens: the conventions' names, input including the cache, output including reasoning. Its cost is what a gateway says, with its
 * contracts and discounts; a cost of 0 is how it says that it knows no price, and a cache hit still carries the cost of the first time.
 */
export const litellm: Reader = {
  columns: [{ fact: 'userId', type: 'string', name: 'metadata.user_api_key_end_user_id' }],
  spanNames: { litellm_request: 'chat', raw_gen_ai_request: 'chat' },
  marks: ['gen_ai.cost.', 'llm.', 'hidden_params'],
  read,
};

function read(reading: Reading): void {
  if (reading.wire.name === 'raw_gen_ai_request') reading.say('uncounted', 'repeat');
  const usd = reading.peek('gen_ai.cost.total_cost');
  if (typeof usd !== 'number' || !(usd > 0 && usd < 1e9)) return;
  const { cache_hit: hit, cache_key: key } = fields(reading.peekJson('hidden_params'));
  const free = hit === true || hit === 'True' || typeof key === 'string';
  if (reading.offer('costNanoUsd', free ? 0n : nanosFromUsd(usd))) {
    reading.offer('costSource', 'provider');
    reading.take('gen_ai.cost.total_cost');
  }
}
