import type { AnsweredContent, AskedContent, Message, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';

/** The messages of a prompt, as the model gets them or as the program gave them: both have the same parts. */
export function promptContent({
  prompt,
  messages,
  instructions,
  tools,
}: Readonly<Record<string, unknown>>): AskedContent {
  const all = list(prompt).length > 0 ? list(prompt) : list(messages);
  const system = typeof instructions === 'string' ? instructions : text(fields(instructions).content);
  return {
    ...(system === undefined ? {} : { system: [{ type: 'text', content: system }] }),
    input: all.map(message),
    tools: list(tools).map(tool),
  };
}

function message(value: unknown): Message {
  const { role, content } = fields(value);
  const parts = typeof content === 'string' ? [{ type: 'text', content }] : list(content).map(part);
  return { role: text(role) ?? 'user', parts };
}

/** A part of a prompt, of an answer, or of a stream that was put together. */
export function part(value: unknown): Part {
  const given = fields(value);
  switch (given.type) {
    case 'text':
    case 'reasoning':
      return { type: given.type, content: String(given.text) };
    case 'tool-call': {
      const { toolCallId, toolName, input } = given;
      return { type: 'tool_call', ...named(toolCallId), name: text(toolName) ?? '', arguments: input };
    }
    case 'tool-result': {
      const output = fields(given.output);
      return { type: 'tool_call_response', ...named(given.toolCallId), response: output.value ?? given.output };
    }
    case 'file':
    case 'image':
      return file(given);
    default:
      return { type: text(given.type) ?? 'unknown' };
  }
}

function named(id: unknown): { id?: string } {
  const known = text(id);
  return known === undefined ? {} : { id: known };
}

/** Bytes never go along: a link says where the file is, a type and a size what it was. */
function file({ mediaType, data, image }: Readonly<Record<string, unknown>>): Part {
  const given = data ?? image;
  const type = text(mediaType) ?? 'image/*';
  const modality = type.split('/')[0] ?? 'image';
  if (given instanceof URL) return { type: 'uri', modality, uri: given.href };
  if (typeof given === 'string') return { type: 'blob', modality, mime_type: type, content: given };
  return { type: 'blob', modality, mime_type: type, content: '' };
}

function tool(value: unknown): unknown {
  const { type, name, description, inputSchema } = fields(value);
  return { type, name, description, parameters: inputSchema };
}

export function answerContent(content: unknown, finishReason: string | undefined): AnsweredContent {
  const parts = list(content).map(part);
  return { output: [{ role: 'assistant', parts, finish_reason: finishReason ?? 'error' }] };
}
