import { call } from '../../adapter.ts';
import { fields, number, text } from '../../read.ts';
import { refused, reported } from './reported.ts';
import { requestModel } from './request.ts';
import { responseUsage } from './usage.ts';

type Args = readonly [body: unknown, options?: unknown];

/** `audio.speech.create` answers sound, whole or streamed, which is the caller's. It is billed by the character. Source: OpenAI API reference, "Create speech". */
export const speech = call<Args, unknown>({
  operation: 'speech',
  asked([body], { client }) {
    const asked = fields(body);
    const { input } = asked;
    return {
      requestModel: requestModel(asked, client),
      outputType: 'speech',
      // What is billed; surrogate pairs are one character.
      ...(typeof input === 'string' ? { inputCharacters: characters(input) } : {}),
    };
  },
  answered: (_, answering) => reported(answering),
  refused,
  content: {
    asked([body]) {
      const { input, instructions } = fields(body);
      return {
        system: typeof instructions === 'string' ? [{ type: 'text', content: instructions }] : [],
        input: typeof input === 'string' ? [{ role: 'user', parts: [{ type: 'text', content: input }] }] : [],
      };
    },
    answered: () => ({}),
  },
});

/**
 * `audio.transcriptions.create` and `audio.translations.create`: billed by token (GPT models) or by second (Whisper), which the answer
 * tells. A format of plain text tells neither. Source: OpenAI API reference, "Create transcription", `usage`.
 */
export const transcription = call<Args, unknown, unknown>({
  operation: 'transcription',
  asked([body], { client }) {
    const asked = fields(body);
    return {
      requestModel: requestModel(asked, client),
      stream: asked.stream === true ? true : undefined,
      temperature: number(asked.temperature),
      outputType: 'text',
    };
  },
  answered(result, answering) {
    const { usage, duration, x_groq } = fields(result);
    const { type, seconds } = fields(usage);
    const told = reported(answering, usage);
    return {
      ...told,
      requestId: told.requestId ?? text(fields(x_groq).id),
      audioSeconds: type === 'tokens' ? undefined : (number(seconds) ?? number(duration)),
      ...(type === 'duration' ? {} : responseUsage(usage)),
    };
  },
  refused,
  /** The last event carries text and usage. */
  fold(soFar, event, keepContent) {
    const { type, delta, text: all, usage } = fields(event);
    if (type === 'transcript.text.done') return { usage, text: keepContent ? all : undefined };
    if (!keepContent || typeof delta !== 'string') return soFar ?? {};
    return { text: `${text(fields(soFar).text) ?? ''}${delta}` };
  },
  content: {
    asked([body]) {
      const { prompt } = fields(body);
      return {
        input: typeof prompt === 'string' ? [{ role: 'user', parts: [{ type: 'text', content: prompt }] }] : [],
      };
    },
    answered(result) {
      const heard = text(result) ?? text(fields(result).text);
      if (heard === undefined) return {};
      return { output: [{ role: 'assistant', parts: [{ type: 'text', content: heard }], finish_reason: 'stop' }] };
    },
  },
});

/** Real inputs have 4,096 characters at most; of what is far beyond that (and refused) the length is near enough. */
function characters(input: string): number {
  let pairs = 0;
  if (input.length > 65_536) return input.length;
  for (let at = 0; at < input.length - 1; at++) {
    const code = input.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00) pairs++;
  }
  return input.length - pairs;
}
