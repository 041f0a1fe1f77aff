import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { refused, reported } from '../openai/reported.ts';
import { chatUsage } from '../openai/usage.ts';

/** `rerank.create`, billed by the token. Source: Together API reference, "Rerank". */
export const rerank = call<readonly [body: unknown, options?: unknown], unknown>({
  operation: 'rerank',
  asked([body]) {
    const { model, documents, top_n } = fields(body);
    return { requestModel: text(model), documentCount: list(documents).length, topN: count(top_n) };
  },
  answered(result, answering) {
    const { id, model, usage } = fields(result);
    return { ...reported(answering, usage), responseId: text(id), responseModel: text(model), ...chatUsage(usage) };
  },
  refused,
  content: {
    asked([body]) {
      const { query } = fields(body);
      return { input: typeof query === 'string' ? [{ role: 'user', parts: [{ type: 'text', content: query }] }] : [] };
    },
    answered: () => ({}),
  },
});
