import type { AnsweredContent, AskedContent, Message, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import type { Args, ChatResult } from './chat.ts';

/** Cohere's messages → parts of the conventions. v1 keeps the newest message beside the history, and calls roles otherwise. */
export const chatContent = {
  asked([request]: Args): AskedContent {
    const { messages, message, chatHistory, preamble, tools } = fields(request);
    const all = Array.isArray(messages)
      ? messages.map((each) => messageOf(fields(each)))
      : [...list(chatHistory).map((each) => messageOf(fields(each))), messageOf({ role: 'USER', message })];
    return {
      ...(typeof preamble === 'string' && { system: [{ type: 'text', content: preamble }] }),
      input: all,
      tools: list(tools).map((each) => {
        const { function: declared, name, description, parameterDefinitions } = fields(each);
        const v2 = fields(declared);
        return {
          type: 'function',
          name: v2.name ?? name,
          description: v2.description ?? description,
          parameters: v2.parameters ?? parameterDefinitions,
        };
      }),
    };
  },
  answered(result: ChatResult): AnsweredContent {
    const { content, toolCalls } = fields(result.message);
    const parts = [...blocks(content ?? result.text), ...calls(toolCalls ?? result.toolCalls)];
    if (parts.length === 0) return {};
    return { output: [{ role: 'assistant', parts, finish_reason: text(result.finishReason) ?? 'error' }] };
  },
};

const roles: Record<string, string> = { USER: 'user', CHATBOT: 'assistant', SYSTEM: 'system', TOOL: 'tool' };

function messageOf(given: Readonly<Record<string, unknown>>): Message {
  const role = text(given.role) ?? 'user';
  const id = text(given.toolCallId);
  if (id !== undefined) return { role: 'tool', parts: [{ type: 'tool_call_response', id, response: given.content }] };
  const parts = [...blocks(given.content ?? given.message), ...calls(given.toolCalls)];
  return { role: roles[role] ?? role, parts };
}

function blocks(content: unknown): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', content }];
  return list(content).map((each): Part => {
    const { type, text: said, thinking, imageUrl } = fields(each);
    if (type === 'thinking') return { type: 'reasoning', content: text(thinking) ?? '' };
    if (type !== 'image_url') return { type: text(type) ?? 'unknown', content: text(said) ?? '' };
    const url = text(fields(imageUrl).url) ?? '';
    const data = /^data:([\w/+.-]+);base64,/.exec(url.slice(0, 100));
    return data
      ? { type: 'blob', modality: 'image', mime_type: data[1]!, content: url.slice(data[0].length) }
      : { type: 'uri', modality: 'image', uri: url };
  });
}

function calls(toolCalls: unknown): Part[] {
  return list(toolCalls).map((each): Part => {
    const { id, function: called, name, parameters } = fields(each);
    const v2 = fields(called);
    const known = text(id);
    return {
      type: 'tool_call',
      ...(known && { id: known }),
      name: text(v2.name) ?? text(name) ?? '',
      arguments: v2.arguments ?? parameters,
    };
  });
}
