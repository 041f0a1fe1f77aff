import type { AnsweredContent, AskedContent, Message, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';

const roles: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant', generic: 'user', function: 'tool' };

/** Messages of LangChain → messages of the conventions. Text models are given plain prompts. */
export function promptContent(prompts: unknown): AskedContent {
  return { input: list(prompts).map((prompt) => (typeof prompt === 'string' ? said(prompt) : message(prompt))) };
}

export function answerContent(generations: readonly unknown[]): AnsweredContent {
  return {
    output: generations.map((generation) => {
      const { text: written, message: answered, generationInfo } = fields(generation);
      const made = answered === undefined ? said(String(written), 'assistant') : message(answered);
      return { ...made, finish_reason: text(fields(generationInfo).finish_reason) ?? 'stop' };
    }),
  };
}

function said(content: string, role = 'user'): Message {
  return { role, parts: [{ type: 'text', content }] };
}

function message(value: unknown): Message {
  const given = fields(value);
  const type = text(given.type) ?? 'human';
  const role = roles[type] ?? type;
  if (type === 'tool') {
    const id = text(given.tool_call_id);
    return { role, parts: [{ type: 'tool_call_response', ...(id ? { id } : {}), response: given.content }] };
  }
  const parts: Part[] =
    typeof given.content === 'string' ? textParts(given.content) : list(given.content).map(contentPart);
  for (const call of list(given.tool_calls)) {
    const { id, name, args } = fields(call);
    const known = text(id);
    parts.push({ type: 'tool_call', ...(known ? { id: known } : {}), name: text(name) ?? '', arguments: args });
  }
  return { role, parts };
}

function textParts(content: string): Part[] {
  return content === '' ? [] : [{ type: 'text', content }];
}

function contentPart(value: unknown): Part {
  if (typeof value === 'string') return { type: 'text', content: value };
  const part = fields(value);
  switch (part.type) {
    case 'text':
      return { type: 'text', content: String(part.text) };
    case 'reasoning':
    case 'thinking':
      return { type: 'reasoning', content: String(part.reasoning ?? part.thinking) };
    case 'image_url': {
      const uri = text(part.image_url) ?? text(fields(part.image_url).url) ?? '';
      // Inline bytes are summed up, never kept.
      return uri.startsWith('data:')
        ? { type: 'blob', modality: 'image', content: uri.slice(uri.indexOf(',') + 1) }
        : { type: 'uri', modality: 'image', uri };
    }
    default:
      return { type: text(part.type) ?? 'unknown' };
  }
}
