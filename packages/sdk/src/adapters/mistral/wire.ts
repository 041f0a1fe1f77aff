import { fields, list, text } from '../../read.ts';

/**
 * On the wire Mistral speaks OpenAI's dialect of chat completions; its SDK renames everything to camel case. Here the names are
 * turned back, so that what reads OpenAI's reads Mistral's. Shallow: content stays the caller's own.
 * Source: Mistral API reference, "Chat completion".
 */
type Fields = Readonly<Record<string, unknown>>;

export function wireRequest(request: unknown): Fields {
  const asked = fields(request);
  return {
    model: asked.model,
    messages: list(asked.messages).map((message) => wireMessage(message)),
    tools: asked.tools,
    max_tokens: asked.maxTokens,
    temperature: asked.temperature,
    top_p: asked.topP,
    seed: asked.randomSeed,
    stop: asked.stop,
    n: asked.n,
    presence_penalty: asked.presencePenalty,
    frequency_penalty: asked.frequencyPenalty,
    response_format: asked.responseFormat,
    reasoning_effort: asked.reasoningEffort,
    service_tier: asked.serviceTier,
  };
}

/** A whole answer, or a chunk of a stream. */
export function wireResult(result: unknown): Fields {
  const { id, model, usage, choices } = fields(result);
  return {
    id,
    model,
    usage: wireUsage(usage),
    service_tier: fields(usage).serviceTier ?? fields(usage).service_tier,
    choices: list(choices).map((choice) => {
      const { index, finishReason, message, delta } = fields(choice);
      return {
        index,
        finish_reason: finishReason,
        ...(message !== undefined && { message: wireMessage(message) }),
        ...(delta !== undefined && { delta: wireMessage(delta) }),
      };
    }),
  };
}

/** Cached tokens are inside `promptTokens`. Names the SDK does not know pass as they came. */
export function wireUsage(usage: unknown): Fields | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const given = fields(usage);
  const extra = fields(given.additionalProperties);
  return {
    prompt_tokens: given.promptTokens,
    completion_tokens: given.completionTokens,
    prompt_tokens_details: given.prompt_tokens_details ?? extra.prompt_tokens_details,
    completion_tokens_details: given.completion_tokens_details ?? extra.completion_tokens_details,
  };
}

function wireMessage(message: unknown): Fields {
  const { role, content, toolCalls, toolCallId, name } = fields(message);
  return {
    role,
    content: Array.isArray(content) ? said(content) : content,
    ...(Array.isArray(content) && { reasoning_content: thought(content) }),
    ...(toolCalls !== undefined && toolCalls !== null && { tool_calls: toolCalls }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(name !== undefined && { name }),
  };
}

/** Text alone is text; with images or files among it, a list of parts. */
function said(chunks: readonly unknown[]): unknown {
  const shown = chunks.map(fields).filter(({ type }) => type !== 'thinking');
  if (shown.every(({ type }) => type === 'text')) return shown.map((chunk) => text(chunk.text) ?? '').join('');
  return shown.map((chunk) => {
    if (chunk.type === 'image_url') {
      const { imageUrl } = chunk;
      return { type: 'image_url', image_url: typeof imageUrl === 'string' ? { url: imageUrl } : imageUrl };
    }
    return chunk.type === 'input_audio' ? { type: 'input_audio', input_audio: { data: chunk.inputAudio } } : chunk;
  });
}

function thought(chunks: readonly unknown[]): string | undefined {
  const thinking = chunks.map(fields).filter(({ type }) => type === 'thinking');
  return text(thinking.flatMap((chunk) => list(chunk.thinking).map((part) => text(fields(part).text) ?? '')).join(''));
}
