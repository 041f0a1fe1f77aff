/**
 * Anybody's messages in the shape of the conventions' JSON schemas (`gen-ai-input-messages.json`, v1.41.1):
 *
 *   { role: 'tool', tool_call_id: 'c1', content: '…' }   →  { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: '…' }] }
 *   { role: 'user', content: [{ type: 'text', text }] }  →  { role: 'user', parts: [{ type: 'text', content }] }
 *
 * Understands what OpenAI (both APIs), Anthropic, Gemini, LangChain and the AI SDK send. A part of an unknown kind stays as it came.
 */
import { type Fields, fields, fromJson, list, text } from './reading.ts';

export interface Part {
  type: string;
  [key: string]: unknown;
}

export interface Message {
  role: string;
  parts: Part[];
  name?: string;
  finish_reason?: string;
}

/** Messages as JSON text; undefined when there is nothing that looks like one. `role` is for texts that say none. */
export function messagesJson(value: unknown, role: 'user' | 'assistant'): string | undefined {
  const messages = toMessages(value, role);
  return messages.length > 0 ? JSON.stringify(messages) : undefined;
}

export function toMessages(value: unknown, role: 'user' | 'assistant'): Message[] {
  if (typeof value === 'string') return value === '' ? [] : [{ role, parts: [textPart(value)] }];
  if (Array.isArray(value)) return fromList(value, role);
  const holder = fields(value);
  for (const key of HOLDERS) if (holder[key] !== undefined) return toMessages(holder[key], role);
  if (Array.isArray(holder.choices)) return holder.choices.map(choice);
  if (Array.isArray(holder.candidates)) return holder.candidates.map(candidate);
  if (Array.isArray(holder.generations)) return list(holder.generations).flat().map(generation);
  if (isMessage(holder)) return [message(holder, role)];
  return [];
}

/** Where a request or an answer keeps its messages. */
const HOLDERS = ['messages', 'contents', 'input', 'prompt', 'output', 'outputs'] as const;

function fromList(items: readonly unknown[], role: 'user' | 'assistant'): Message[] {
  if (items.length === 1 && Array.isArray(items[0])) return fromList(items[0], role);
  const first = fields(items[0]);
  if (items.length > 0 && !isMessage(first)) {
    const parts = items.map(toPart).filter((part) => part !== undefined);
    return parts.length > 0 ? [{ role, parts }] : [];
  }
  return items.map((item) =>
    typeof item === 'string' ? { role, parts: [textPart(item)] } : message(fields(item), role),
  );
}

const LANGCHAIN_ROLES: Readonly<Record<string, string>> = {
  human: 'user',
  ai: 'assistant',
  system: 'system',
  tool: 'tool',
  HumanMessage: 'user',
  AIMessage: 'assistant',
  AIMessageChunk: 'assistant',
  SystemMessage: 'system',
  ToolMessage: 'tool',
  model: 'assistant',
};

function isMessage(item: Fields): boolean {
  return typeof item.role === 'string' || Array.isArray(item.parts) || langchain(item) !== undefined;
}

/** LangChain serialises a message as its constructor, or with its role as `type`. */
function langchain(item: Fields): { role: string; said: Fields } | undefined {
  if (item.lc !== undefined && Array.isArray(item.id)) {
    const role = LANGCHAIN_ROLES[String(item.id.at(-1))];
    return role === undefined ? undefined : { role, said: fields(item.kwargs) };
  }
  const type = text(item.type);
  if (type === undefined || !Object.hasOwn(LANGCHAIN_ROLES, type) || !('content' in item || 'data' in item))
    return undefined;
  return { role: LANGCHAIN_ROLES[type]!, said: 'data' in item ? fields(item.data) : item };
}

function message(item: Fields, fallback: string): Message {
  const serialised = langchain(item);
  if (serialised !== undefined && typeof item.role !== 'string') return spoken(serialised.said, serialised.role);
  const role = text(item.role) ?? fallback;
  return spoken(item, Object.hasOwn(LANGCHAIN_ROLES, role) ? LANGCHAIN_ROLES[role]! : role);
}

function spoken(said: Fields, role: string): Message {
  const parts: Part[] = [];
  const answers = text(said.tool_call_id) ?? text(said.toolCallId);
  if (role === 'tool' && (answers !== undefined || typeof said.content === 'string')) {
    parts.push(response(answers ?? text(said.id), said.content));
  } else {
    parts.push(...contentParts(said.parts ?? said.content));
    if (typeof said.reasoning_content === 'string')
      parts.unshift({ type: 'reasoning', content: said.reasoning_content });
    if (typeof said.refusal === 'string') parts.push({ type: 'refusal', content: said.refusal });
  }
  for (const called of list(fromJson(said.tool_calls) ?? said.toolCalls)) parts.push(toolCall(fields(called)));
  const name = text(said.name);
  const reason = text(said.finish_reason);
  return { role, parts, ...(name ? { name } : {}), ...(reason ? { finish_reason: reason } : {}) };
}

function choice(value: unknown): Message {
  const { message: said, text: completion, finish_reason: reason } = fields(value);
  const answered =
    typeof completion === 'string'
      ? { role: 'assistant', parts: [textPart(completion)] }
      : message(fields(said), 'assistant');
  return typeof reason === 'string' ? { ...answered, finish_reason: reason } : answered;
}

function candidate(value: unknown): Message {
  const { content, finishReason } = fields(value);
  const said = message(fields(content), 'assistant');
  return typeof finishReason === 'string' ? { ...said, finish_reason: finishReason } : said;
}

function generation(value: unknown): Message {
  const { message: said, text: plain } = fields(value);
  return said === undefined
    ? { role: 'assistant', parts: [textPart(text(plain) ?? '')] }
    : message(fields(said), 'assistant');
}

function contentParts(content: unknown): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)];
  if (!Array.isArray(content)) {
    const part = toPart(content);
    return part === undefined ? [] : [part];
  }
  return content.map(toPart).filter((part) => part !== undefined);
}

export function textPart(content: string): Part {
  return { type: 'text', content };
}

/** A part of anybody's message. */
export function toPart(item: unknown): Part | undefined {
  if (typeof item === 'string') return textPart(item);
  const part = fields(item);
  const type = text(part.type);
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return textPart(text(part.content) ?? text(part.text) ?? '');
    case 'thinking':
    case 'reasoning':
      return { type: 'reasoning', content: text(part.content) ?? text(part.thinking) ?? text(part.text) ?? '' };
    case 'tool_call':
      return 'name' in part ? (part as Part) : toolCall(part);
    case 'tool-call':
    case 'tool_use':
    case 'function_call':
    case 'function':
      return toolCall(part);
    case 'tool-result':
      return response(text(part.toolCallId), part.output ?? part.result);
    case 'tool_result':
      return response(text(part.tool_use_id), part.content);
    case 'function_call_output':
      return response(text(part.call_id), part.output);
    case 'image_url':
      return image(text(fields(part.image_url).url) ?? text(part.image_url) ?? '');
    case 'input_image':
      return image(text(part.image_url) ?? '');
    case 'message':
      return contentParts(part.content)[0];
    case undefined:
      return untyped(part);
    default:
      return { ...part, type };
  }
}

/** Gemini's and Bedrock's parts say what they are by the field they have. */
function untyped(part: Fields): Part | undefined {
  if (typeof part.text === 'string')
    return part.thought === true ? { type: 'reasoning', content: part.text } : textPart(part.text);
  const called = part.functionCall ?? part.function_call ?? part.toolUse;
  if (called !== undefined) return toolCall(fields(called));
  const answered = fields(part.functionResponse ?? part.function_response);
  if (answered.name !== undefined || answered.response !== undefined)
    return response(text(answered.id), answered.response);
  const result = fields(part.toolResult);
  if (result.toolUseId !== undefined) return response(text(result.toolUseId), result.content);
  const blob = fields(part.inlineData ?? part.inline_data);
  if (typeof blob.data === 'string') {
    const mime = text(blob.mimeType) ?? text(blob.mime_type) ?? '';
    return { type: 'blob', modality: mime.split('/')[0] || 'document', mime_type: mime, content: blob.data };
  }
  return undefined;
}

function image(url: string): Part {
  const inline = /^data:([^;,]+)[^,]*,/.exec(url);
  if (!inline) return { type: 'uri', modality: 'image', uri: url };
  return { type: 'blob', modality: 'image', mime_type: inline[1]!, content: url.slice(inline[0].length) };
}

function response(id: string | undefined, answered: unknown): Part {
  return { type: 'tool_call_response', ...(id ? { id } : {}), response: answered ?? null };
}

/** OpenAI says `function.arguments`, Anthropic `input`, Gemini `args`, the AI SDK `toolName` and `input`. */
export function toolCall(called: Fields): Part {
  const inside = fields(called.function);
  const id = text(called.id) ?? text(called.call_id) ?? text(called.toolCallId) ?? text(called.toolUseId);
  const name = text(inside.name) ?? text(called.name) ?? text(called.toolName) ?? '';
  const given = inside.arguments ?? called.arguments ?? called.input ?? called.args;
  return {
    type: 'tool_call',
    ...(id ? { id } : {}),
    name,
    ...(given === undefined ? {} : { arguments: fromJson(given) ?? given }),
  };
}

/** Anybody's tools as `{ type: 'function', name, description, parameters }`. */
export function toolsJson(tools: readonly unknown[]): string | undefined {
  const known = tools.map((tool) => toolDefinition(fields(fromJson(tool)))).filter((tool) => tool !== undefined);
  return known.length > 0 ? JSON.stringify(known) : undefined;
}

function toolDefinition(given: Fields): Part | undefined {
  const tool = typeof given.function === 'object' ? fields(given.function) : given;
  const name = text(tool.name);
  if (name === undefined) return undefined;
  const parameters = tool.parameters ?? tool.inputSchema ?? tool.input_schema ?? tool.parametersJsonSchema;
  return {
    type: text(given.type) ?? 'function',
    name,
    ...(typeof tool.description === 'string' ? { description: tool.description } : {}),
    ...(parameters === undefined ? {} : { parameters: fromJson(parameters) ?? parameters }),
  };
}
