import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import { type Answer, answerOf, argumentsText, piecesOf } from '../answer/answer.ts';
import { object } from '../json.ts';
import type { Tokens } from '../reply.ts';
import type { WireCall } from '../wire/call.ts';
import type { Outgoing, ServerSentEvent } from '../wire/outgoing.ts';
import { readChatRequest } from './chat-request.ts';
import { openaiHeaders } from './headers.ts';

/** POST /v1/chat/completions. Source: OpenAI API reference, "Chat Completions". */
export function chatCompletions(call: WireCall): Outgoing {
  const { request, reply, makeId } = call;
  const answer = answerOf(readChatRequest(request), reply);
  const completion = completionOf(call, answer);
  const events = request.body.stream === true ? chunksOf(call, answer, completion) : undefined;
  return { status: 200, headers: openaiHeaders(makeId, reply), body: completion, ...(events && { events }) };
}

function completionOf({ reply, makeId, nowSeconds, request }: WireCall, answer: Answer) {
  const choices = answer.texts.map((text, index): ChatCompletion.Choice => {
    const toolCalls = answer.toolCalls.map((call) => ({
      id: call.id ?? makeId('call_', 24),
      type: 'function' as const,
      function: { name: call.name, arguments: argumentsText(call) },
    }));
    const message: ChatCompletion.Choice['message'] = {
      role: 'assistant',
      content: answer.refusal !== undefined || (text === '' && toolCalls.length > 0) ? null : text,
      refusal: answer.refusal ?? null,
      annotations: [],
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    };
    return { index, message, logprobs: null, finish_reason: answer.finish === 'failed' ? 'stop' : answer.finish };
  });
  const tier = request.body.service_tier;
  return {
    id: reply.id ?? makeId('chatcmpl-', 29),
    object: 'chat.completion',
    created: nowSeconds,
    model: answer.model,
    choices,
    usage: usageOf(answer.tokens),
    service_tier: tier === 'flex' || tier === 'priority' ? tier : 'default',
    system_fingerprint: 'fp_f4ke00b0bb',
  } satisfies ChatCompletion;
}

/** Cached tokens are inside `prompt_tokens`, reasoning is inside `completion_tokens`. */
function usageOf(tokens: Tokens): CompletionUsage {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: {
      cached_tokens: tokens.cacheRead,
      audio_tokens: tokens.inputAudio,
      ...(tokens.cacheWrite > 0 && { cache_write_tokens: tokens.cacheWrite }),
    },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: tokens.outputAudio,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** Without `include_usage` no chunk has a `usage` at all; with it every chunk has null and one more, without choices, has the figures. */
function chunksOf({ request, reply }: WireCall, answer: Answer, completion: ChatCompletion): ServerSentEvent[] {
  const withUsage = object(request.body.stream_options).include_usage === true;
  const { id, created, model, service_tier, system_fingerprint, usage } = completion;
  const chunk = (choices: ChatCompletionChunk.Choice[], figures: CompletionUsage | null = null) => ({
    data: {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      service_tier: service_tier ?? null,
      system_fingerprint: system_fingerprint ?? '',
      choices,
      ...(withUsage && { usage: figures }),
    } satisfies ChatCompletionChunk,
  });
  const perChoice = completion.choices.map((choice) => deltasOf(choice, reply.pieces));
  const longest = Math.max(...perChoice.map((deltas) => deltas.length));
  const inTurn = Array.from({ length: longest }, (_, at) =>
    perChoice.flatMap((deltas, index) => {
      const delta = deltas[at];
      return delta === undefined ? [] : [chunk([{ index, delta, logprobs: null, finish_reason: null }])];
    }),
  ).flat();
  const ends = completion.choices.map(({ index, finish_reason }) =>
    chunk([{ index, delta: {}, logprobs: null, finish_reason }]),
  );
  const last = withUsage ? [chunk([], usage)] : [];
  return [...inTurn, ...ends, ...last, { data: '[DONE]' }];
}

/** The role comes first, with an empty content; a tool call begins with its id and name, then come pieces of its arguments. */
function deltasOf({ message }: ChatCompletion.Choice, pieces: number | undefined): ChatCompletionChunk.Choice.Delta[] {
  const deltas: ChatCompletionChunk.Choice.Delta[] = [
    { role: 'assistant', content: message.content === null ? null : '', refusal: null },
  ];
  for (const content of piecesOf(message.content ?? '', pieces)) deltas.push({ content });
  for (const refusal of piecesOf(message.refusal ?? '', pieces)) deltas.push({ refusal });
  message.tool_calls?.forEach((toolCall, index) => {
    if (toolCall.type !== 'function') return;
    const { name, arguments: all } = toolCall.function;
    deltas.push({ tool_calls: [{ index, id: toolCall.id, type: 'function', function: { name, arguments: '' } }] });
    for (const more of all.match(/.{1,12}/gs) ?? [])
      deltas.push({ tool_calls: [{ index, function: { arguments: more } }] });
  });
  return deltas;
}
