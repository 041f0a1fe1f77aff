import type {
  Response,
  ResponseOutputItem,
  ResponseOutputText,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import { type Answer, answerOf, argumentsText } from '../answer/answer.ts';
import { number, object, text } from '../json.ts';
import type { Tokens } from '../reply.ts';
import type { WireCall } from '../wire/call.ts';
import type { Outgoing } from '../wire/outgoing.ts';
import { unknownResponse } from './errors.ts';
import { openaiHeaders } from './headers.ts';
import { responseEvents } from './response-events.ts';
import { readResponsesRequest } from './responses-request.ts';

/** A response as it is sent: `output_text` is added by the client library. */
export type WireResponse = Omit<Response, 'output_text'>;

/** So many responses can be asked for later; older ones are forgotten. */
const storedMax = 100;

/** POST /v1/responses. Source: OpenAI API reference, "Responses". */
export function responses(call: WireCall): Outgoing {
  const { request, reply, makeId, stored } = call;
  const response = responseOf(call, answerOf(readResponsesRequest(request), reply));
  const outgoing = { status: 200, headers: openaiHeaders(makeId, reply), body: response };
  const events = responseEvents(response, reply.pieces);
  if (request.body.store !== false) {
    stored.set(response.id, { ...outgoing, events });
    if (stored.size > storedMax) stored.delete(stored.keys().next().value!);
  }
  return request.body.stream === true ? { ...outgoing, events } : outgoing;
}

/** GET /v1/responses/{id}, whole or, with `?stream=true&starting_after=3`, its events once more. */
export function storedResponse({ request, reply, makeId, stored }: WireCall): Outgoing {
  const id = request.path.split('/').at(-1)!;
  const found = stored.get(id);
  if (found === undefined) return unknownResponse(id, makeId);
  const { events = [], ...whole } = { ...found, headers: openaiHeaders(makeId, reply) };
  if (request.query.get('stream') !== 'true') return whole;
  const after = Number(request.query.get('starting_after') ?? -1);
  return { ...whole, events: events.filter(({ data }) => Number(object(data).sequence_number) > after) };
}

function responseOf({ request, reply, makeId, nowSeconds }: WireCall, answer: Answer): WireResponse {
  const { body } = request;
  const isIncomplete = answer.finish === 'length' || answer.finish === 'content_filter';
  const failed = answer.finish === 'failed';
  const tier = body.service_tier;
  return {
    id: reply.id ?? makeId('resp_', 48),
    object: 'response',
    created_at: nowSeconds,
    status: failed ? 'failed' : isIncomplete ? 'incomplete' : 'completed',
    completed_at: failed || isIncomplete ? null : nowSeconds,
    background: false,
    access_programs: null,
    error: failed ? { code: 'server_error', message: 'The model failed to generate a response.' } : null,
    incomplete_details: isIncomplete
      ? { reason: answer.finish === 'length' ? 'max_output_tokens' : 'content_filter' }
      : null,
    instructions: text(body.instructions) ?? null,
    max_output_tokens: number(body.max_output_tokens) ?? null,
    max_tool_calls: null,
    model: answer.model,
    output: failed ? [] : outputOf(answer, makeId, isIncomplete),
    parallel_tool_calls: body.parallel_tool_calls !== false,
    previous_response_id: text(body.previous_response_id) ?? null,
    prompt_cache_key: text(body.prompt_cache_key) ?? null,
    reasoning: (body.reasoning as Response['reasoning']) ?? { effort: null, summary: null },
    safety_identifier: null,
    service_tier: tier === 'flex' || tier === 'priority' ? tier : 'default',
    temperature: number(body.temperature) ?? 1,
    text: (body.text as Response['text']) ?? { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: (body.tool_choice as Response['tool_choice'] | undefined) ?? 'auto',
    tools: (body.tools as Response['tools'] | undefined) ?? [],
    top_logprobs: 0,
    top_p: number(body.top_p) ?? 1,
    truncation: 'disabled',
    ...(!failed && { usage: usageOf(answer.tokens) }),
    metadata: (body.metadata as Response['metadata'] | undefined) ?? {},
  };
}

/** What it thought, then what it said, then what it wants called. */
function outputOf(answer: Answer, makeId: WireCall['makeId'], isIncomplete: boolean): ResponseOutputItem[] {
  const status = isIncomplete ? 'incomplete' : 'completed';
  const output: ResponseOutputItem[] = [];
  if (answer.tokens.reasoning > 0 || answer.thinking !== undefined) {
    const summary = answer.thinking === undefined ? [] : [{ type: 'summary_text' as const, text: answer.thinking }];
    output.push({ id: makeId('rs_', 48), type: 'reasoning', summary });
  }
  const said = answer.texts[0] ?? '';
  if (answer.refusal !== undefined) {
    const content = [{ type: 'refusal' as const, refusal: answer.refusal }];
    output.push({ id: makeId('msg_', 48), type: 'message', role: 'assistant', status, content });
  } else if (said !== '' || answer.toolCalls.length === 0) {
    const content: ResponseOutputText[] = [{ type: 'output_text', text: said, annotations: [], logprobs: [] }];
    output.push({ id: makeId('msg_', 48), type: 'message', role: 'assistant', status, content });
  }
  for (const call of answer.toolCalls) {
    const { name } = call;
    const callId = call.id ?? makeId('call_', 24);
    output.push({
      id: makeId('fc_', 48),
      type: 'function_call',
      call_id: callId,
      name,
      arguments: argumentsText(call),
      status,
    });
  }
  return output;
}

/** Cached and written tokens are inside `input_tokens`, reasoning is inside `output_tokens`. */
function usageOf(tokens: Tokens): ResponseUsage {
  return {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: tokens.cacheRead, cache_write_tokens: tokens.cacheWrite },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: tokens.reasoning },
    total_tokens: tokens.input + tokens.output,
  };
}
