import type { ContentBlock, Message, StopReason, Usage } from '@anthropic-ai/sdk/resources/messages';
import { type Answer, answerOf, argumentsText } from '../answer/answer.ts';
import { countTokens } from '../answer/defaults.ts';
import type { MakeId } from '../ids.ts';
import type { Finish, Tokens } from '../reply.ts';
import type { WireCall } from '../wire/call.ts';
import type { Outgoing } from '../wire/outgoing.ts';
import { messageEvents } from './message-events.ts';
import { readMessagesRequest } from './messages-request.ts';

/** POST /v1/messages. Source: Anthropic API reference, "Messages". */
export function messages(call: WireCall): Outgoing {
  const { request, reply, makeId } = call;
  const message = messageOf(call, answerOf(readMessagesRequest(request), reply));
  const outgoing = { status: 200, headers: anthropicHeaders(makeId), body: message };
  return request.body.stream === true ? { ...outgoing, events: messageEvents(message, reply.pieces) } : outgoing;
}

/** POST /v1/messages/count_tokens. */
export function countedTokens({ request, reply, makeId }: WireCall): Outgoing {
  const tokens = reply.usage?.input ?? countTokens(readMessagesRequest(request).input);
  return { status: 200, headers: anthropicHeaders(makeId), body: { input_tokens: tokens } };
}

function anthropicHeaders(makeId: MakeId): Record<string, string> {
  return {
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-input-tokens-limit': '2000000',
    'anthropic-ratelimit-input-tokens-remaining': '1999000',
    'anthropic-ratelimit-output-tokens-limit': '400000',
    'anthropic-ratelimit-output-tokens-remaining': '399000',
    'request-id': makeId('req_', 24),
  };
}

const stopReasons: Readonly<Record<Finish, StopReason>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  failed: 'end_turn',
};

function messageOf({ reply, makeId }: WireCall, answer: Answer): Message {
  return {
    id: reply.id ?? makeId('msg_', 24),
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: contentOf(answer, makeId),
    stop_reason: answer.refusal === undefined ? stopReasons[answer.finish] : 'refusal',
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: usageOf(answer.tokens),
  };
}

/** What it thought, then what it said, then what it wants called. */
function contentOf(answer: Answer, makeId: MakeId): ContentBlock[] {
  const content: ContentBlock[] = [];
  if (answer.thinking !== undefined)
    content.push({ type: 'thinking', thinking: answer.thinking, signature: makeId('', 64) });
  const said = answer.refusal ?? answer.texts[0] ?? '';
  if (said !== '') content.push({ type: 'text', text: said, citations: null });
  for (const call of answer.toolCalls) {
    const id = call.id ?? makeId('toolu_', 24);
    content.push({
      type: 'tool_use',
      id,
      name: call.name,
      input: inputOf(argumentsText(call)),
      caller: { type: 'direct' },
    });
  }
  return content;
}

/** Arguments that are no JSON stay text: a stream sends them as they are. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Cached tokens are beside `input_tokens`; thinking is inside `output_tokens`. */
function usageOf(tokens: Tokens): Usage {
  return {
    input_tokens: tokens.input - tokens.cacheRead - tokens.cacheWrite,
    cache_creation_input_tokens: tokens.cacheWrite,
    cache_read_input_tokens: tokens.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: tokens.cacheWrite - tokens.cacheWrite1h,
      ephemeral_1h_input_tokens: tokens.cacheWrite1h,
    },
    output_tokens: tokens.output,
    output_tokens_details: tokens.reasoning > 0 ? { thinking_tokens: tokens.reasoning } : null,
    server_tool_use: null,
    service_tier: 'standard',
    speed: null,
    inference_geo: null,
  };
}
