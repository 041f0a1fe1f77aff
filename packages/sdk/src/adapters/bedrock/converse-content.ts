import type { AnsweredContent, AskedContent, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import { inputOf } from './aws.ts';
import type { ConverseResult } from './converse.ts';

/** Converse's content blocks → parts of the conventions. Amazon Nova's own bodies have the same blocks. */
export const converseContent = {
  asked(args: readonly unknown[]): AskedContent {
    return converseAsked(inputOf(args));
  },
  answered({ output, stopReason }: ConverseResult): AnsweredContent {
    const { role, content } = fields(output?.message);
    const said = parts(content);
    if (said.length === 0) return {};
    return { output: [{ role: text(role) ?? 'assistant', parts: said, finish_reason: text(stopReason) ?? 'error' }] };
  },
};

export function converseAsked({ system, messages, toolConfig }: Readonly<Record<string, unknown>>): AskedContent {
  return {
    system: parts(system),
    input: list(messages).map((value) => {
      const { role, content } = fields(value);
      return { role: text(role) ?? 'user', parts: parts(content) };
    }),
    tools: list(fields(toolConfig).tools).flatMap((value) => {
      const { name, description, inputSchema } = fields(fields(value).toolSpec);
      return name === undefined ? [] : [{ type: 'function', name, description, parameters: fields(inputSchema).json }];
    }),
  };
}

function parts(content: unknown): Part[] {
  return list(content).map((value): Part => {
    const block = fields(value);
    if (typeof block.text === 'string') return { type: 'text', content: block.text };
    if (block.reasoningContent !== undefined)
      return { type: 'reasoning', content: text(fields(fields(block.reasoningContent).reasoningText).text) ?? '' };
    if (block.toolUse !== undefined) {
      const { toolUseId, name, input } = fields(block.toolUse);
      return { type: 'tool_call', ...named(toolUseId), name: text(name) ?? '', arguments: input };
    }
    if (block.toolResult !== undefined) {
      const { toolUseId, content: response } = fields(block.toolResult);
      return { type: 'tool_call_response', ...named(toolUseId), response: list(response).map(plain) };
    }
    const kind = ['image', 'document', 'video', 'audio'].find((name) => block[name] !== undefined);
    return kind === undefined ? { type: Object.keys(block)[0] ?? 'unknown' } : media(kind, fields(block[kind]));
  });
}

function named(id: unknown): { id?: string } {
  const known = text(id);
  return known === undefined ? {} : { id: known };
}

/** Of what a tool answered, bytes are left out. */
function plain(value: unknown): unknown {
  const { text: said, json } = fields(value);
  return said ?? json ?? { type: Object.keys(fields(value))[0] };
}

/** Bytes are never recorded: what kind they were is. */
function media(modality: string, { format, source }: Readonly<Record<string, unknown>>): Part {
  const uri = text(fields(fields(source).s3Location).uri);
  if (uri !== undefined) return { type: 'uri', modality, uri };
  return { type: 'blob', modality, mime_type: `${modality}/${String(format)}`, content: '' };
}
