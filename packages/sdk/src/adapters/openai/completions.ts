import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { takesStreamOptions } from './hosts.ts';
import { refused, reported } from './reported.ts';
import { asked } from './request.ts';
import { addUsage } from './stream-usage.ts';
import { chatUsage } from './usage.ts';

interface Result {
  id?: unknown;
  model?: unknown;
  system_fingerprint?: unknown;
  usage?: unknown;
  choices?: { index: number; text?: string; finish_reason?: unknown }[];
}
type Args = readonly [body: unknown, options?: unknown];

/** `completions.create`, the legacy API that continues a text. Source: OpenAI API reference, "Completions". */
export const completions = call<Args, Result, unknown>({
  operation: 'text_completion',

  asked: ([body], { client }) => asked(fields(body), client),

  answered(result, answering) {
    const reasons = list(result.choices).map((choice) => text(fields(choice).finish_reason) ?? 'error');
    const told = reported(answering, result.usage);
    return {
      ...told,
      responseId: text(result.id),
      responseModel: text(result.model),
      systemFingerprint: text(result.system_fingerprint),
      finishReasons: reasons.length === 0 ? undefined : reasons,
      ...chatUsage(result.usage, told.provider ?? answering.asked.provider),
    };
  },
  refused,

  fold(soFar, chunk, keepContent) {
    const result = soFar ?? { choices: [] };
    const { choices, usage, id, model, system_fingerprint } = fields(chunk);
    if (id) result.id = id;
    if (model) result.model = model;
    if (system_fingerprint) result.system_fingerprint = system_fingerprint;
    if (usage) result.usage = usage;
    for (const part of list(choices)) {
      const { index, text: more, finish_reason } = fields(part);
      const at = count(index) ?? 0;
      let choice = result.choices!.find((candidate) => candidate.index === at);
      if (!choice) result.choices!.push((choice = { index: at }));
      if (finish_reason) choice.finish_reason = finish_reason;
      if (keepContent && typeof more === 'string') choice.text = `${choice.text ?? ''}${more}`;
    }
    return result;
  },

  content: {
    asked([body]) {
      const { prompt } = fields(body);
      const texts = typeof prompt === 'string' ? [prompt] : list(prompt).filter((item) => typeof item === 'string');
      return { input: texts.map((content) => ({ role: 'user', parts: [{ type: 'text', content }] })) };
    },
    answered: ({ choices }) => ({
      output: list(choices).map((choice) => {
        const { text: content, finish_reason } = fields(choice);
        return {
          role: 'assistant',
          parts: [{ type: 'text', content: text(content) ?? '' }],
          finish_reason: text(finish_reason) ?? 'error',
        };
      }),
    }),
  },

  enrich: ([body, ...rest], serverAddress, { client }) =>
    addUsage(body, rest, (plain) => takesStreamOptions(serverAddress, client, plain)),
});
