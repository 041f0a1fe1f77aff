import { type Call, call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { chat as openaiChat } from '../openai/chat.ts';
import { wireRequest, wireResult, wireUsage } from './wire.ts';

type Args = readonly [request: unknown, options?: unknown];

/** OpenAI's reading of the same wire format. */
const wire = openaiChat as unknown as Call<Args, unknown, unknown>;
const content = wire.content!;

const spec: Call<Args, unknown, unknown> = {
  operation: 'chat',
  asked: ([request], asking) => ({
    ...wire.asked([wireRequest(request)], asking),
    apiType: undefined,
    agentId: text(fields(request).agentId),
  }),
  answered: (result, answering) => wire.answered(wireResult(result), answering),
  content: {
    asked: ([request], asking) => content.asked([wireRequest(request)], asking),
    answered: (result) => content.answered(wireResult(result)),
  },
};

/** `chat.complete`, `chat.parse` and `agents.complete`. */
export const chat = call(spec);

/** A folded stream is in the wire's names already. */
const streamed: Call<Args, unknown, unknown> = {
  ...spec,
  asked: (args, asking) => ({ ...spec.asked(args, asking), stream: true }),
  answered: (result, answering) => wire.answered(result, answering),
  fold: (soFar, event, keepContent) => wire.fold!(soFar, wireResult(fields(event).data), keepContent),
  content: { ...spec.content!, answered: (result) => content.answered(result) },
};
export const chatStream = call(streamed);

/** Fill in the middle: a prompt and what follows it, instead of messages. Source: Mistral API reference, "FIM completion". */
const middle = (request: unknown) => {
  const { prompt, suffix } = fields(request);
  return [prompt, suffix].flatMap((part) => text(part) ?? []);
};
const fimAsked = {
  asked: ([request]: Args) => ({
    input: middle(request).map((part) => ({ role: 'user', parts: [{ type: 'text' as const, content: part }] })),
  }),
};
export const fim = call<Args, unknown, unknown>({
  ...spec,
  operation: 'text_completion',
  content: { ...spec.content!, ...fimAsked },
});
export const fimStream = call<Args, unknown, unknown>({
  ...streamed,
  operation: 'text_completion',
  content: { ...streamed.content!, ...fimAsked },
});

/** `embeddings.create`. Vectors are never read. Source: Mistral API reference, "Embeddings". */
export const embeddings = call<Args, unknown>({
  operation: 'embeddings',
  asked([request]) {
    const { model, outputDimension } = fields(request);
    return { requestModel: text(model), embeddingDimensions: count(outputDimension) };
  },
  answered(result) {
    const { id, model, usage } = fields(result);
    return { responseId: text(id), responseModel: text(model), inputTokens: count(wireUsage(usage)?.prompt_tokens) };
  },
  content: {
    asked([request]) {
      const { inputs } = fields(request);
      const texts = typeof inputs === 'string' ? [inputs] : list(inputs).flatMap((input) => text(input) ?? []);
      return { input: texts.map((each) => ({ role: 'user', parts: [{ type: 'text', content: each }] })) };
    },
    answered: () => ({}),
  },
});
