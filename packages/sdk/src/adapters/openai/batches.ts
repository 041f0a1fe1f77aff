import type { Answered, Facts } from '@tallyspan/facts';
import { call, type InnerCall } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { refused, reported } from './reported.ts';
import { responseUsage } from './usage.ts';

type Batch = Readonly<Record<string, unknown>>;

/**
 * `batches.create`: requests that the provider answers within a day at half the price. Nothing is billed yet.
 * Source: OpenAI API reference, "Batch".
 */
export const batchCreated = call<readonly [body: unknown, options?: unknown], Batch>({
  operation: 'batch',
  asked: () => ({}),
  answered: (batch, answering) => ({ ...reported(answering), ...stateOf(batch) }),
  refused,
});

/**
 * `batches.retrieve` and `batches.cancel`. When the batch is over, its usage is known; the first look at it in this process records
 * it, as a call below this one. Another process that looks, too, counts it again: look in one place.
 */
export const batchSeen = call<readonly [id: unknown, options?: unknown], Batch>({
  operation: 'batch',
  asked: ([id]) => ({ responseId: text(id) }),
  answered: (batch, answering) => ({ ...reported(answering), ...stateOf(batch) }),
  refused,
  failed: ({ status }) => (status === 'failed' || status === 'expired' ? status : undefined),
  inner(batch, { asked, first }): InnerCall[] {
    const { id, status, model, endpoint, usage } = batch;
    if (!ENDED.has(String(status)) || !fields(usage).input_tokens || !first(`openai-batch:${String(id)}`)) return [];
    const facts: Facts = {
      operation: operations[String(endpoint)] ?? 'chat',
      provider: asked.provider,
      serverAddress: asked.serverAddress,
      serverPort: asked.serverPort,
      // The price of a batch is another one.
      responseServiceTier: 'batch',
      responseId: text(id),
      requestModel: text(model),
      ...responseUsage(usage),
    };
    return [{ facts }];
  },
});

/** Cancelled and expired ones are billed for what was done. */
const ENDED = new Set(['completed', 'cancelled', 'expired']);

/** What the requests of a batch ask for. One file holds requests of one kind. */
const operations: Record<string, string> = {
  '/v1/embeddings': 'embeddings',
  '/v1/completions': 'text_completion',
  '/v1/moderations': 'moderation',
  '/v1/images/generations': 'image_generation',
  '/v1/images/edits': 'image_generation',
};

function stateOf({ id, status, model }: Batch): Answered {
  return { responseId: text(id), responseStatus: text(status), responseModel: text(model) };
}
