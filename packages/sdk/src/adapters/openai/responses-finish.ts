import { fields, list, text } from '../../read.ts';

type ResponseObject = Readonly<Record<string, unknown>>;

/**
 * Responses have a status instead of a finish reason. `completed` is the provider's `stop`, or `tool_calls` when it asks for one;
 * `incomplete` says why in its details.
 */
export function finishReasons(response: ResponseObject): string[] | undefined {
  switch (response.status) {
    case 'completed':
      return [list(response.output).some(isToolCall) ? 'tool_calls' : 'stop'];
    case 'incomplete': {
      const reason = text(fields(response.incomplete_details).reason);
      return [reason === 'max_output_tokens' ? 'length' : (reason ?? 'error')];
    }
    case 'failed':
    case 'cancelled':
      return ['error'];
    default:
      return undefined;
  }
}

/** Tools of the caller's own; what the provider runs itself is no reason to stop. */
function isToolCall(item: unknown): boolean {
  const { type } = fields(item);
  return type === 'function_call' || type === 'custom_tool_call';
}
