import { type AnsweredContent, type AskedContent, type Message, type Part, recent } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import { dataPart, imagePart } from './chat-content.ts';
import { finishReasons } from './responses-finish.ts';

type ResponseObject = Readonly<Record<string, unknown>>;

/** Items of the responses API → messages of the conventions. `instructions` are passed beside the input, so they are the system's. */
export const responsesContent = { asked: askedContent, answered: answeredContent };

function askedContent([body]: readonly [unknown, unknown?]): AskedContent {
  const { instructions, input, tools } = fields(body);
  return {
    system: typeof instructions === 'string' ? [{ type: 'text', content: instructions }] : [],
    input:
      typeof input === 'string'
        ? [{ role: 'user', parts: [{ type: 'text', content: input }] }]
        : recent(input).map(inputItem),
    // Tools of the provider's own have no name but their kind.
    tools: list(tools).map((tool) => ({ name: fields(tool).type, ...fields(tool) })),
  };
}

/** An item of the conversation: what somebody said, a tool's call, or what the tool answered. */
function inputItem(value: unknown): Message {
  const item = fields(value);
  const said = text(item.role);
  if (said !== undefined || item.content !== undefined)
    return { role: said ?? 'user', parts: contentParts(item.content) };
  const role = text(item.type)?.endsWith('_output') ? 'tool' : 'assistant';
  return { role, parts: itemParts(item) };
}

function answeredContent(response: ResponseObject): AnsweredContent {
  const parts = list(response.output).flatMap((item) => itemParts(fields(item)));
  const partial = text(response.partial);
  if (parts.length === 0 && partial) parts.push({ type: 'text', content: partial });
  return parts.length === 0
    ? {}
    : { output: [{ role: 'assistant', parts, finish_reason: finishReasons(response)?.[0] ?? 'error' }] };
}

function itemParts(item: Fields): Part[] {
  switch (item.type) {
    case 'message':
      return contentParts(item.content);
    case 'reasoning':
      return list(item.summary).map((summary) => ({ type: 'reasoning', content: text(fields(summary).text) ?? '' }));
    case 'function_call':
      return [toolCall(item, item.name, item.arguments)];
    case 'custom_tool_call':
      return [toolCall(item, item.name, item.input)];
    case 'mcp_call':
      return [toolCall(item, item.name, item.arguments), toolResponse(item, item.output ?? item.error)];
    case 'web_search_call':
    case 'file_search_call':
    case 'computer_call':
      return [toolCall(item, item.type, item.action ?? item.queries)];
    case 'code_interpreter_call':
      return [toolCall(item, item.type, item.code)];
    case 'image_generation_call':
      return [{ type: 'blob', modality: 'image', content: text(item.result) ?? '' }];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [toolResponse(item, item.output)];
    case 'computer_call_output':
      return contentParts([item.output]);
    default:
      return [{ type: text(item.type) ?? 'unknown' }];
  }
}

type Fields = Readonly<Record<string, unknown>>;

function idOf(item: Fields): { id?: string } {
  const id = text(item.call_id) ?? text(item.id);
  return id === undefined ? {} : { id };
}

function toolCall(item: Fields, name: unknown, given: unknown): Part {
  return { type: 'tool_call', ...idOf(item), name: text(name) ?? '', arguments: given };
}

function toolResponse(item: Fields, response: unknown): Part {
  return { type: 'tool_call_response', ...idOf(item), response };
}

function contentParts(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return recent(content).map((value): Part => {
    const part = fields(value);
    switch (part.type) {
      case 'input_text':
      case 'output_text':
        return { type: 'text', content: String(part.text) };
      case 'refusal':
        return { type: 'refusal', content: String(part.refusal) };
      case 'input_image':
      case 'computer_screenshot':
        return typeof part.image_url === 'string'
          ? imagePart(part.image_url)
          : { type: 'file', modality: 'image', file_id: String(part.file_id) };
      case 'input_file':
        if (typeof part.file_data === 'string') return dataPart(part.file_data, 'file');
        return typeof part.file_url === 'string'
          ? { type: 'uri', modality: 'file', uri: part.file_url }
          : { type: 'file', modality: 'file', file_id: String(part.file_id) };
      case 'input_audio': {
        const { data, format } = fields(part.input_audio);
        return { type: 'blob', modality: 'audio', mime_type: `audio/${String(format)}`, content: String(data) };
      }
      default:
        return { type: text(part.type) ?? 'unknown' };
    }
  });
}
