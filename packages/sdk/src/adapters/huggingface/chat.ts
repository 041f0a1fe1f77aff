import { type AnyCall, type Call, call } from '../../adapter.ts';
import { chat as openaiChat, type ChatResult } from '../openai/chat.ts';
import { addUsage } from '../openai/stream-usage.ts';
import { gateway, refused, routed } from './routing.ts';

type Args = readonly [args: unknown, options?: unknown];
type Read = Call<Args, ChatResult, unknown>;
const read = openaiChat as unknown as Read;

/** `chatCompletion`: OpenAI's words, whoever computes. */
const whole: Read = {
  ...read,
  asked: ([args, ...rest], asking) => ({
    ...read.asked([args, ...rest], asking),
    ...routed(args, asking),
    apiType: undefined,
  }),
  answered: (result, answering) => ({ ...read.answered(result, answering), ...gateway(answering.asked) }),
  refused,
};
delete whole.enrich;

export const chatCompletion: AnyCall = call(whole);

/** `chatCompletionStream` streams without being told so. */
export const chatCompletionStream: AnyCall = call<Args, ChatResult, unknown>({
  ...whole,
  asked: (args, asking) => ({ ...whole.asked(args, asking), stream: true }),
  lazy: true,
  enrich: ([args, ...rest]) => addUsage(streaming(args), rest, () => true),
});

/** The library writes `stream: true` into the copy it sends. A class of the caller's stays what it is. */
function streaming(args: unknown): unknown {
  const plain = typeof args === 'object' && args !== null && Object.getPrototypeOf(args) === Object.prototype;
  return plain ? { ...args, stream: true } : args;
}
