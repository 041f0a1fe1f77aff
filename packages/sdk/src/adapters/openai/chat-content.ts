import { type AnsweredContent, type AskedContent, type Message, type Part, recent } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import type { ChatResult } from './chat.ts';

/** Chat messages → messages of the conventions. A `system` message stays among the messages, as it was sent there. */
export const chatContent = {
  asked([body]: readonly [unknown, unknown?]): AskedContent {
    const { messages, tools } = fields(body);
    return { input: recent(messages).map(message), tools: [...list(tools).map(tool)] };
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
  const { role, content, name, refusal, tool_calls, tool_call_id, audio, reasoning, reasoning_content } = fields(value);
  const parts: Part[] = [];
  const thought = text(reasoning_content) ?? text(reasoning);
  if (thought !== undefined) parts.push({ type: 'reasoning', content: thought });
  if (role === 'tool') {
    const id = text(tool_call_id);
    parts.push({ type: 'tool_call_response', ...(id ? { id } : {}), response: content });
  } else {
    parts.push(...contentParts(content));
    if (typeof refusal === 'string') parts.push({ type: 'refusal', content: refusal });
    if (typeof audio === 'object' && audio !== null) parts.push(...spokenParts(fields(audio)));
    for (const toolCall of list(tool_calls)) parts.push(toolCallPart(fields(toolCall)));
  }
  const named = text(name);
  return { role: text(role) ?? 'assistant', parts, ...(named ? { name: named } : {}) };
}

function contentParts(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return recent(content).map((item): Part => {
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
      case 'file': {
        const { file_id, file_data } = fields(part.file);
        if (typeof file_data === 'string') return dataPart(file_data, 'file');
        return { type: 'file', modality: 'file', file_id: String(file_id) };
      }
      case 'video_url':
        return dataPart(text(fields(part.video_url).url) ?? '', 'video');
      default:
        return { type: text(part.type) ?? 'unknown' };
    }
  });
}

/** A spoken answer: what was said, and how many bytes of sound. An earlier one is sent back by its id. */
function spokenParts({ id, transcript, data }: Readonly<Record<string, unknown>>): Part[] {
  const parts: Part[] = [];
  if (typeof transcript === 'string') parts.push({ type: 'text', content: transcript });
  if (typeof data === 'string') parts.push({ type: 'blob', modality: 'audio', content: data });
  else if (typeof id === 'string') parts.push({ type: 'file', modality: 'audio', file_id: id });
  return parts;
}

/** An image is a link or a `data:` URL; the bytes of the latter are summed up later. */
export function imagePart(url: string): Part {
  return dataPart(url, 'image');
}

export function dataPart(url: string, modality: string): Part {
  const inline = /^data:([^;,]{1,100})[^,]{0,200},/.exec(url);
  if (!inline) return { type: 'uri', modality, uri: url };
  return { type: 'blob', modality, mime_type: inline[1]!, content: url.slice(inline[0].length) };
}

/** A tool of one's own format is called with plain text. */
function toolCallPart({ id, function: called, custom }: Readonly<Record<string, unknown>>): Part {
  const { name, arguments: given, input } = fields(called ?? custom);
  const known = text(id);
  return { type: 'tool_call', ...(known ? { id: known } : {}), name: text(name) ?? '', arguments: given ?? input };
}

function tool(value: unknown): unknown {
  const { type, function: described, custom } = fields(value);
  const { name, description, parameters } = fields(described ?? custom);
  return { type, name, description, parameters };
}
