import type { Asked } from '../answer/answer.ts';
import { list, number, object, text } from '../json.ts';
import type { RecordedRequest } from '../recorded-request.ts';

/** What a messages request asks for. Source: Anthropic API reference, "Create a Message". */
export function readMessagesRequest({ body, model }: RecordedRequest): Asked {
  const messages = list(body.messages).map(object);
  const choice = object(body.tool_choice);
  const thinking = object(body.thinking).type;
  return {
    model: model ?? '',
    input: JSON.stringify([body.system ?? '', messages]),
    choices: 1,
    outputTokensMax: number(body.max_tokens),
    schema: object(object(body.output_config).format).schema,
    wantsThinking: thinking === 'enabled' || thinking === 'adaptive',
    tools: list(body.tools)
      .map(object)
      .filter((tool) => tool.input_schema !== undefined)
      .map((tool) => ({ name: text(tool.name) ?? '', schema: tool.input_schema })),
    toolChoice: toolChoice(choice.type, text(choice.name)),
    hasToolResult: messages.some(({ content }) => list(content).some((block) => object(block).type === 'tool_result')),
  };
}

function toolChoice(type: unknown, name: string | undefined): Asked['toolChoice'] {
  if (type === 'tool' && name !== undefined) return { name };
  return type === 'any' ? 'required' : type === 'none' ? 'none' : 'auto';
}
