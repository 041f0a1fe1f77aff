import type { AnsweredContent, AskedContent, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import type { Args, MessageResult } from './messages.ts';

/** Anthropic's content blocks → parts of the conventions. `system` is passed beside the messages, so it is an instruction. */
export const messagesContent = {
  asked([body]: Args): AskedContent {
    const { system, messages, tools } = fields(body);
    return {
      system: blocks(system),
      input: list(messages).map((value) => {
        const { role, content } = fields(value);
        return { role: text(role) ?? 'user', parts: blocks(content) };
      }),
      tools: list(tools).map((value) => {
        const { name, description, input_schema } = fields(value);
        return { type: 'function', name, description, parameters: input_schema };
      }),
    };
  },
  answered(result: MessageResult): AnsweredContent {
    const parts = blocks(result.content);
    if (parts.length === 0) return {};
    return { output: [{ role: 'assistant', parts, finish_reason: text(result.stop_reason) ?? 'error' }] };
  },
};

function blocks(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return list(content).map((value): Part => {
    const block = fields(value);
    const id = text(block.id) ?? text(block.tool_use_id);
    switch (block.type) {
      case 'text':
        return { type: 'text', content: text(block.text) ?? '' };
      case 'thinking':
        return { type: 'reasoning', content: text(block.thinking) ?? '' };
      case 'tool_use':
      case 'server_tool_use':
      case 'mcp_tool_use':
        return {
          type: 'tool_call',
          ...(id ? { id } : {}),
          name: text(block.name) ?? '',
          arguments: block.input_json ?? block.input,
        };
      case 'image':
      case 'document': {
        const { type, media_type, data, url, file_id } = fields(block.source);
        const modality = block.type;
        if (type === 'url') return { type: 'uri', modality, uri: String(url) };
        if (type === 'file') return { type: 'file', modality, file_id: String(file_id) };
        return { type: 'blob', modality, mime_type: String(media_type), content: String(data) };
      }
      default:
        // `tool_result`, and one kind for each tool that the provider runs.
        if (typeof block.type === 'string' && block.type.endsWith('tool_result'))
          return { type: 'tool_call_response', ...(id ? { id } : {}), response: resultOf(block.content) };
        return { type: text(block.type) ?? 'unknown' };
    }
  });
}

/** What a tool answered. Of pictures and documents only the kind is kept: their bytes are inside. */
function resultOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((value: unknown) => {
    const { type, source, text: said } = fields(value);
    return said ?? (source === undefined ? value : { type });
  });
}
