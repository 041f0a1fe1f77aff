import type { Asked } from '../answer/answer.ts';
import { list, number, object, text } from '../json.ts';
import type { RecordedRequest } from '../recorded-request.ts';

/** What a chat completion request asks for. Source: OpenAI API reference, "Create chat completion". */
export function readChatRequest({ body, model }: RecordedRequest): Asked {
  const messages = list(body.messages).map(object);
  const choice = body.tool_choice;
  const named = text(object(object(choice).function).name);
  return {
    model: model ?? '',
    input: JSON.stringify(messages),
    choices: number(body.n) ?? 1,
    outputTokensMax: number(body.max_completion_tokens) ?? number(body.max_tokens),
    schema: object(object(body.response_format).json_schema).schema,
    wantsThinking: false,
    tools: list(body.tools)
      .map((tool) => object(object(tool).function))
      .map((tool) => ({ name: text(tool.name) ?? '', schema: tool.parameters })),
    toolChoice: named !== undefined ? { name: named } : choice === 'none' || choice === 'required' ? choice : 'auto',
    hasToolResult: messages.some(({ role }) => role === 'tool'),
  };
}
