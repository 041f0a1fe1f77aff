import type { Asked } from '../answer/answer.ts';
import { list, number, object, text } from '../json.ts';
import type { RecordedRequest } from '../recorded-request.ts';

/** What a responses request asks for. Source: OpenAI API reference, "Create a model response". */
export function readResponsesRequest({ body, model }: RecordedRequest): Asked {
  const choice = body.tool_choice;
  const named = text(object(choice).name);
  return {
    model: model ?? '',
    input: JSON.stringify([body.instructions ?? '', body.input ?? '']),
    choices: 1,
    outputTokensMax: number(body.max_output_tokens),
    schema: object(object(body.text).format).schema,
    wantsThinking: typeof object(body.reasoning).summary === 'string',
    tools: list(body.tools)
      .map(object)
      .filter(({ type }) => type === 'function')
      .map((tool) => ({ name: text(tool.name) ?? '', schema: tool.parameters })),
    toolChoice: named !== undefined ? { name: named } : choice === 'none' || choice === 'required' ? choice : 'auto',
    hasToolResult: list(body.input).some((item) => object(item).type === 'function_call_output'),
  };
}
