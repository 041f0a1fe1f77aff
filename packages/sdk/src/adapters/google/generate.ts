import { type AnyCall, call, type Choice } from '../../adapter.ts';
import type { AskedContent } from '../../content.ts';
import { fields, text } from '../../read.ts';
import { foldGemini, geminiContent, geminiFacts, type GeminiResult, generationFacts } from './answer.ts';
import { messages, system, tools } from './content.ts';

type Args = readonly [params: unknown];

/** `models.generateContent`. Source: Gemini API reference, "GenerateContentResponse". */
const whole = call<Args, GeminiResult, unknown>({
  operation: 'generate_content',
  asked: ([params]) => ({ requestModel: text(fields(params).model), ...generationFacts(fields(params).config) }),
  answered: geminiFacts,
  fold: foldGemini,
  content: { asked: askedContent, answered: geminiContent },
});

const streamed: AnyCall = {
  ...whole,
  asked: (...args: Parameters<AnyCall['asked']>) => ({ ...whole.asked(...args), stream: true }),
};

function askedContent([params]: Args): AskedContent {
  const { contents, config } = fields(params);
  const { systemInstruction, tools: given } = fields(config);
  return { system: system(systemInstruction), input: messages(contents), tools: tools(given) };
}

/**
 * One model call is one `generateContentWithContinuation`: the library asks again by itself while the server hands out continuation
 * tokens, and adds the usage up. Each of these requests goes through `generateContentInternal`, which is a model call of its own only
 * where continuation is switched off. A loop of automatic function calls makes several model calls, each a span, as everywhere.
 */
export const continued: Choice = { choose: begins(whole) };
export const continuedStream: Choice = { choose: begins(streamed) };
export const request: Choice = { choose: standsAlone(whole) };
export const streamRequest: Choice = { choose: standsAlone(streamed) };

/** Parameters of a call that is recorded already. Its first request has the very same object, at once. */
const recorded = new WeakSet<object>();

function begins(made: AnyCall): Choice['choose'] {
  return ([params]) => {
    if (typeof params === 'object' && params !== null) recorded.add(params);
    return made;
  };
}

function standsAlone(made: AnyCall): Choice['choose'] {
  return ([params]) => {
    if (typeof params === 'object' && params !== null && recorded.delete(params)) return undefined;
    const { continuationToken, automaticContinuation } = fields(fields(params).config);
    // Later requests carry the token that the one before was given; only where continuation is off it is the caller's own.
    const later = continuationToken !== undefined && (automaticContinuation ?? true) !== false;
    return later ? undefined : made;
  };
}
