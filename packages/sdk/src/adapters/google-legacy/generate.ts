import { type AnyCall, call } from '../../adapter.ts';
import type { Asking } from '../../adapter.ts';
import type { AskedContent } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import { foldGemini, geminiContent, geminiFacts, type GeminiResult, generationFacts } from '../google/answer.ts';
import { messages, system, tools } from '../google/content.ts';

type Args = readonly [request: unknown, options?: unknown];
/** `{ response }`; what a stream adds up to, and what its `response` promises, is the response itself. */
type Result = GeminiResult | { response: GeminiResult };

/** `GenerativeModel.generateContent`. The model is chosen when the `GenerativeModel` is made. Source: `generative-ai.d.ts` of the package. */
export const generateContent = call<Args, Result, unknown>({
  operation: 'generate_content',
  asked: ([request], { self }) => ({
    requestModel: modelOf(self),
    ...generationFacts(fields(request).generationConfig ?? settings(self).generationConfig),
  }),
  answered: (result) => geminiFacts(responseIn(result)),
  fold: foldGemini,
  content: { asked: askedContent, answered: (result) => geminiContent(responseIn(result)) },
});

/** `{ stream, response }`: the library reads the whole in any case, and `response` promises it. */
const stream = (result: unknown): unknown => fields(result).stream;

function streaming(made: AnyCall, beside: NonNullable<AnyCall['beside']>): AnyCall {
  return { ...made, stream, beside, asked: (...args) => ({ ...made.asked(...args), stream: true }) };
}

export const generateContentStream = streaming(generateContent, { name: 'response' });
/** The session waits for `response` itself, to add it to its turns, and reports a failure. */
export const sendMessageStream = streaming(generateContent, { name: 'response', handled: true });

/** `models/gemini-1.5-flash`, as the library spells it, is `gemini-1.5-flash`, as its user does. */
export function modelOf(self: unknown): string | undefined {
  return text(fields(self).model)?.replace(/^models\//, '');
}

/** A model holds its settings itself, a chat in what it was started with. */
function settings(self: unknown): Readonly<Record<string, unknown>> {
  const { params } = fields(self);
  return fields(params ?? self);
}

function responseIn(result: Result): GeminiResult {
  return 'response' in result ? result.response : result;
}

function askedContent([request]: Args, { self }: Asking): AskedContent {
  const { contents, systemInstruction, tools: given } = fields(request);
  const { _history: turns } = fields(self);
  const known = settings(self);
  return {
    system: system(systemInstruction ?? known.systemInstruction),
    input: [...messages(turns === undefined ? undefined : list(turns)), ...messages(contents ?? request)],
    tools: tools(given ?? known.tools),
  };
}
