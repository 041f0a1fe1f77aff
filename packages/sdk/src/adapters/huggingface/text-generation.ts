import { type AnyCall, type Call, call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { chatUsage } from '../openai/usage.ts';
import { gateway, refused, routed } from './routing.ts';

/** What `textGeneration` answers, as far as it is read; a folded stream has the same shape. */
interface Result {
  generated_text?: string;
  details?: unknown;
  usage?: unknown;
}
type Args = readonly [args: unknown, options?: unknown];

/**
 * `textGeneration`. Of whole answers the library keeps the text, and sometimes the reason of the end. Streams come as they are: OpenAI's
 * completions from Hugging Face's router, or the words of Text Generation Inference, whose last chunk has `details`: `generated_tokens`
 * counts the output, and the input is counted by the tokens of `prefill`, which is empty unless they were asked for.
 */
const whole: Call<Args, Result, unknown> = {
  operation: 'text_completion',
  asked([args], asking) {
    const { model, parameters } = fields(args);
    const asked = fields(parameters);
    const stop = list(asked.stop ?? asked.stop_sequences).filter((item) => typeof item === 'string');
    return {
      requestModel: text(model),
      ...routed(args, asking),
      maxTokens: count(asked.max_new_tokens),
      temperature: number(asked.temperature),
      topP: number(asked.top_p),
      topK: number(asked.top_k),
      frequencyPenalty: number(asked.frequency_penalty),
      seed: number(asked.seed),
      stopSequences: stop.length === 0 ? undefined : stop,
    };
  },
  answered({ details, usage }, { asked }) {
    const { finish_reason, generated_tokens, prefill } = fields(details);
    const reason = text(finish_reason);
    const { inputTokens, outputTokens } = chatUsage(usage);
    return {
      inputTokens: inputTokens ?? (list(prefill).length || undefined),
      outputTokens: outputTokens ?? count(generated_tokens),
      finishReasons: reason === undefined ? undefined : [reason],
      ...gateway(asked),
    };
  },
  refused,
  fold(soFar, chunk, keepContent) {
    const result = soFar ?? {};
    const { token, details, choices, usage } = fields(chunk);
    const [choice] = list(choices).map(fields);
    if (details) result.details = details;
    if (choice?.finish_reason) result.details = { finish_reason: choice.finish_reason };
    if (usage) result.usage = usage;
    if (!keepContent) return result;
    const { text: piece, special } = fields(token);
    const more = text(choice?.text) ?? (special === true ? undefined : text(piece));
    if (more !== undefined) result.generated_text = `${result.generated_text ?? ''}${more}`;
    return result;
  },
  content: {
    asked: ([args]) => ({
      input: [{ role: 'user', parts: [{ type: 'text', content: text(fields(args).inputs) ?? '' }] }],
    }),
    answered: ({ generated_text, details }) => ({
      output: [
        {
          role: 'assistant',
          parts: [{ type: 'text', content: generated_text ?? '' }],
          finish_reason: text(fields(details).finish_reason) ?? 'stop',
        },
      ],
    }),
  },
};

export const textGeneration: AnyCall = call(whole);

export const textGenerationStream: AnyCall = call<Args, Result, unknown>({
  ...whole,
  asked: (args, asking) => ({ ...whole.asked(args, asking), stream: true }),
  lazy: true,
});
