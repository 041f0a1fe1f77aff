import type { AnsweredContent, AskedContent, Message, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import type { ChatResult } from './chat.ts';

/** Chat messages → messages of the conventions. A `system` message stays among the messages, as it was sent there. */
export const chatContent = {
  asked([body]: readonly [unknown, unknown?]): AskedContent {
    const { messages, tools } = fields(body);
    return { input: list(messages).map(message), tools: [...list(tools).map(tool)] };
  },
  answered({ choices }: ChatResult): AnsweredContent {
    return {
      output: list(choices).map((choice) => {
        const { message: said, finish_reason } = fields(choice);
        return { ...message(said), finish_reason: text(finish_reason) ?? 'error' };
      }),
    };
  },
};

function message(value: unknown): Message {
  const { role, content, name, refusal, tool_calls, tool_call_id } = fields(value);
  const parts: Part[] = [];
  if (role === 'tool') {
    const id = text(tool_call_id);
    parts.push({ type: 'tool_call_response', ...(id ? { id } : {}), response: content });
  } else {
    parts.push(...contentParts(content));
    if (typeof refusal === 'string') parts.push({ type: 'refusal', content: refusal });
    for (const toolCall of list(tool_calls)) parts.push(toolCallPart(fields(toolCall)));
  }
  const named = text(name);
  return { role: text(role) ?? 'assistant', parts, ...(named ? { name: named } : {}) };
}

function contentParts(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return list(content).map((item): Part => {
    const part = fields(item);
    switch (part.type) {
      case 'text':
        return { type: 'text', content: String(part.text) };
      case 'refusal':
        return { type: 'refusal', content: String(part.refusal) };
      case 'image_url':
        return imagePart(text(fields(part.image_url).url) ?? '');
      case 'input_audio': {
        const { data, format } = fields(part.input_audio);
        return { type: 'blob', modality: 'audio', mime_type: `audio/${String(format)}`, content: String(data) };
      }
      default:
        return { type: text(part.type) ?? 'unknown' };
    }
  });
}

/** An image is a link or a `data:` URL; the bytes of the latter are summed up later. */
export function imagePart(url: string): Part {
  const inline = /^data:([^;,]+)[^,]*,/.exec(url);
  if (!inline) return { type: 'uri', modality: 'image', uri: url };
  return { type: 'blob', modality: 'image', mime_type: inline[1]!, content: url.slice(inline[0].length) };
}

function toolCallPart({ id, function: called }: Readonly<Record<string, unknown>>): Part {
  const { name, arguments: given } = fields(called);
  const known = text(id);
  return { type: 'tool_call', ...(known ? { id: known } : {}), name: text(name) ?? '', arguments: given };
}

function tool(value: unknown): unknown {
  const { type, function: described } = fields(value);
  const { name, description, parameters } = fields(described);
  return { type, name, description, parameters };
}
