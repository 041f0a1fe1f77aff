import type { Asked } from '@tallyspan/facts';
import { call } from '../../adapter.ts';
import { count, fields, number, text } from '../../read.ts';
import { chatContent, generateContent } from './content.ts';
import { ollamaUsage } from './usage.ts';

/** What `chat` and `generate` answer, as far as it is read; a folded stream has the same shape. */
export interface OllamaResult {
  model?: unknown;
  done_reason?: unknown;
  /** Of `chat`. */
  message?: { role?: unknown; content: string; thinking: string; tool_calls: unknown[] };
  /** Of `generate`. */
  response?: string;
  thinking?: string;
}
type Args = readonly [request: unknown];

/** `ollama.chat`. Source: docs/api.md of ollama/ollama. */
export const chat = call<Args, OllamaResult, unknown>({
  operation: 'chat',
  asked: ([request]) => generationFacts(request),
  answered,
  fold(soFar, chunk, keepContent) {
    const result = merged(soFar, chunk);
    const { role, content, thinking, tool_calls } = fields(fields(chunk).message);
    const message = (result.message ??= { role: undefined, content: '', thinking: '', tool_calls: [] });
    message.role ??= role;
    if (!keepContent) return result;
    message.content += text(content) ?? '';
    message.thinking += text(thinking) ?? '';
    if (Array.isArray(tool_calls)) message.tool_calls.push(...(tool_calls as unknown[]));
    return result;
  },
  content: chatContent,
});

/** `ollama.generate`: one prompt, one text. Source: docs/api.md of ollama/ollama. */
export const generate = call<Args, OllamaResult, unknown>({
  operation: 'text_completion',
  asked: ([request]) => generationFacts(request),
  answered,
  fold(soFar, chunk, keepContent) {
    const result = merged(soFar, chunk);
    const { response, thinking } = fields(chunk);
    if (!keepContent) return result;
    result.response = `${result.response ?? ''}${text(response) ?? ''}`;
    result.thinking = `${result.thinking ?? ''}${text(thinking) ?? ''}`;
    return result;
  },
  content: generateContent,
});

function generationFacts(request: unknown): Asked {
  const { model, stream, format, think, options } = fields(request);
  const { num_predict, temperature, top_p, top_k, seed, frequency_penalty, presence_penalty, stop } = fields(options);
  return {
    requestModel: text(model),
    stream: stream === true ? true : undefined,
    // Negative: no limit, or as much as the context holds.
    maxTokens: count(num_predict),
    temperature: number(temperature),
    topP: number(top_p),
    topK: number(top_k),
    seed: number(seed),
    frequencyPenalty: number(frequency_penalty),
    presencePenalty: number(presence_penalty),
    stopSequences: Array.isArray(stop) && stop.every((item) => typeof item === 'string') ? stop : undefined,
    outputType: format === 'json' || typeof format === 'object' ? 'json' : undefined,
    reasoningLevel: text(think),
  };
}

function answered(result: OllamaResult): ReturnType<typeof ollamaUsage> {
  const reason = text(result.done_reason);
  return {
    responseModel: text(result.model),
    finishReasons: reason === undefined ? undefined : [reason],
    ...ollamaUsage(result),
  };
}

/** The last chunk has the counts and the reason; the others say the model again. */
function merged(soFar: OllamaResult | undefined, chunk: unknown): OllamaResult {
  const { message: _message, response: _response, thinking: _thinking, context: _context, ...known } = fields(chunk);
  return Object.assign(soFar ?? {}, known);
}
