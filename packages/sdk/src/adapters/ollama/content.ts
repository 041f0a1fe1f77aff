import type { AnsweredContent, AskedContent, Message, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import type { OllamaResult } from './generate.ts';

type Args = readonly [request: unknown];

export const chatContent = {
  asked([request]: Args): AskedContent {
    const { messages, tools } = fields(request);
    return { input: list(messages).map(message), tools: [...list(tools).map(tool)] };
  },
  answered: ({ message: said, done_reason }: OllamaResult): AnsweredContent =>
    said === undefined ? {} : { output: [{ ...message(said), finish_reason: text(done_reason) ?? 'error' }] },
};

export const generateContent = {
  asked([request]: Args): AskedContent {
    const { prompt, system, images } = fields(request);
    return { system: written('text', system), input: [message({ role: 'user', content: prompt, images })] };
  },
  answered: ({ response, thinking, done_reason }: OllamaResult): AnsweredContent => ({
    output: [
      { ...message({ role: 'assistant', content: response, thinking }), finish_reason: text(done_reason) ?? 'error' },
    ],
  }),
};

function message(value: unknown): Message {
  const { role, content, thinking, images, tool_calls, tool_name } = fields(value);
  if (role === 'tool') {
    const id = text(tool_name);
    return { role, parts: [{ type: 'tool_call_response', ...(id ? { id } : {}), response: content }] };
  }
  const calls = list(tool_calls).map((each) => fields(fields(each).function));
  return {
    role: text(role) ?? 'assistant',
    parts: [
      ...written('reasoning', thinking),
      ...written('text', content),
      ...list(images).map(image),
      ...calls.map(({ name, arguments: given }): Part => ({
        type: 'tool_call',
        name: text(name) ?? '',
        arguments: given,
      })),
    ],
  };
}

function written(type: 'text' | 'reasoning', content: unknown): Part[] {
  const said = text(content);
  return said === undefined ? [] : [{ type, content: said }];
}

/** Bytes, base64, or the path of a file. The library sends base64, so a picture given as bytes counts as that, without encoding it here. */
function image(given: unknown): Part {
  const content = typeof given === 'string' ? given : ' '.repeat(Math.ceil(bytesIn(given) / 3) * 4);
  return { type: 'blob', modality: 'image', content };
}

function bytesIn(value: unknown): number {
  return ArrayBuffer.isView(value) ? value.byteLength : 0;
}

function tool(value: unknown): unknown {
  const { type, function: described } = fields(value);
  const { name, description, parameters } = fields(described);
  return { type, name, description, parameters };
}
