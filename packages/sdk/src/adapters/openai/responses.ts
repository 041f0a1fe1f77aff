import { call } from '../../adapter.ts';
import type { AnsweredContent, AskedContent, Message, Part } from '../../content.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { imagePart } from './chat-content.ts';
import { responseUsage } from './usage.ts';

type ResponseObject = Readonly<Record<string, unknown>>;
type Args = readonly [body: unknown, options?: unknown];

/** `responses.create`, which `parse` and `stream` call inside. Source: OpenAI API reference, "Responses". */
export const responses = call<Args, ResponseObject, unknown>({
  operation: 'chat',

  asked([body]) {
    const asked = fields(body);
    const tier = text(asked.service_tier);
    return {
      requestModel: text(asked.model),
      stream: asked.stream === true ? true : undefined,
      apiType: 'responses',
      maxTokens: count(asked.max_output_tokens),
      temperature: number(asked.temperature),
      topP: number(asked.top_p),
      requestServiceTier: tier === 'auto' ? undefined : tier,
      outputType: outputType(asked.text),
      reasoningLevel: text(fields(asked.reasoning).effort),
      previousResponseId: text(asked.previous_response_id),
      conversationId: text(asked.conversation) ?? text(fields(asked.conversation).id),
    };
  },

  answered(response) {
    return {
      responseId: text(response.id),
      responseModel: text(response.model),
      responseServiceTier: text(response.service_tier),
      finishReasons: finishReasons(response),
      ...responseUsage(response.usage),
    };
  },

  /** The closing event carries the whole response; the opening ones name it in case the stream is cut. */
  fold(soFar, event, keepContent) {
    const { response, type, delta } = fields(event);
    if (response !== undefined) return fields(response);
    if (!keepContent || type !== 'response.output_text.delta' || typeof delta !== 'string') return soFar ?? {};
    const { partial } = fields(soFar);
    return { ...soFar, partial: `${text(partial) ?? ''}${delta}` };
  },

  content: { asked: askedContent, answered: answeredContent },
});

/**
 * Responses have a status instead of a finish reason. `completed` is the provider's `stop`, or `tool_calls` when it asks for one;
 * `incomplete` says why in its details.
 */
function finishReasons(response: ResponseObject): string[] | undefined {
  switch (response.status) {
    case 'completed':
      return [list(response.output).some((item) => fields(item).type === 'function_call') ? 'tool_calls' : 'stop'];
    case 'incomplete': {
      const reason = text(fields(response.incomplete_details).reason);
      return [reason === 'max_output_tokens' ? 'length' : (reason ?? 'error')];
    }
    case 'failed':
    case 'cancelled':
      return ['error'];
    default:
      return undefined;
  }
}

function outputType(format: unknown): string | undefined {
  const type = text(fields(fields(format).format).type);
  return type === 'json_object' || type === 'json_schema' ? 'json' : type === 'text' ? 'text' : undefined;
}

function askedContent([body]: Args): AskedContent {
  const { instructions, input, tools } = fields(body);
  return {
    system: typeof instructions === 'string' ? [{ type: 'text', content: instructions }] : [],
    input:
      typeof input === 'string'
        ? [{ role: 'user', parts: [{ type: 'text', content: input }] }]
        : list(input).map(inputItem),
    tools: [...list(tools)],
  };
}

function inputItem(value: unknown): Message {
  const item = fields(value);
  if (item.type === 'function_call_output') {
    const id = text(item.call_id);
    return { role: 'tool', parts: [{ type: 'tool_call_response', ...(id ? { id } : {}), response: item.output }] };
  }
  if (item.type === 'function_call') return { role: 'assistant', parts: [toolCall(item)] };
  return { role: text(item.role) ?? 'user', parts: contentParts(item.content) };
}

function answeredContent(response: ResponseObject): AnsweredContent {
  const parts = list(response.output).flatMap((value): Part[] => {
    const item = fields(value);
    switch (item.type) {
      case 'message':
        return contentParts(item.content);
      case 'function_call':
        return [toolCall(item)];
      case 'reasoning':
        return list(item.summary).map((summary) => ({ type: 'reasoning', content: text(fields(summary).text) ?? '' }));
      default:
        return [{ type: text(item.type) ?? 'unknown' }];
    }
  });
  const partial = text(response.partial);
  if (parts.length === 0 && partial) parts.push({ type: 'text', content: partial });
  return parts.length === 0
    ? {}
    : { output: [{ role: 'assistant', parts, finish_reason: finishReasons(response)?.[0] ?? 'error' }] };
}

function toolCall(item: Readonly<Record<string, unknown>>): Part {
  const id = text(item.call_id);
  return { type: 'tool_call', ...(id ? { id } : {}), name: text(item.name) ?? '', arguments: item.arguments };
}

function contentParts(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return list(content).map((value): Part => {
    const part = fields(value);
    switch (part.type) {
      case 'input_text':
      case 'output_text':
        return { type: 'text', content: String(part.text) };
      case 'refusal':
        return { type: 'refusal', content: String(part.refusal) };
      case 'input_image':
        return typeof part.image_url === 'string'
          ? imagePart(part.image_url)
          : { type: 'file', modality: 'image', file_id: String(part.file_id) };
      default:
        return { type: text(part.type) ?? 'unknown' };
    }
  });
}
