import type {
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { piecesOf } from '../answer/answer.ts';
import type { ServerSentEvent } from '../wire/outgoing.ts';
import type { WireResponse } from './responses.ts';

/** An event before it gets its number. */
type Unnumbered<Event> = Event extends { sequence_number: number }
  ? Omit<Event, 'sequence_number' | 'response'> & { response?: WireResponse }
  : never;
type Emitted = Unnumbered<ResponseStreamEvent>;

/**
 * The events of a streamed response, in the order of the API:
 *
 *     response.created, response.in_progress,
 *     for each item: response.output_item.added, what is inside it piece by piece, response.output_item.done,
 *     response.completed | response.incomplete | response.failed
 *
 * Source: OpenAI API reference, "Streaming events". There is no `[DONE]`.
 */
export function responseEvents(response: WireResponse, pieces: number | undefined): ServerSentEvent[] {
  const { usage: _, ...begun } = {
    ...response,
    status: 'in_progress' as const,
    completed_at: null,
    error: null,
    incomplete_details: null,
    output: [],
  };
  const emitted: Emitted[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...response.output.flatMap((item, index) => itemEvents(item, index, pieces)),
    { type: end(response), response },
  ];
  return emitted.map((event, at) => ({ event: event.type, data: { ...event, sequence_number: at } }));
}

function end({ status }: WireResponse) {
  return status === 'failed'
    ? 'response.failed'
    : status === 'incomplete'
      ? 'response.incomplete'
      : 'response.completed';
}

function itemEvents(item: ResponseOutputItem, index: number, pieces: number | undefined): Emitted[] {
  switch (item.type) {
    case 'message':
      return messageEvents(item, index, pieces);
    case 'reasoning':
      return reasoningEvents(item, index, pieces);
    case 'function_call':
      return functionCallEvents(item, index);
    default:
      return [
        { type: 'response.output_item.added', output_index: index, item },
        { type: 'response.output_item.done', output_index: index, item },
      ];
  }
}

function messageEvents(item: ResponseOutputMessage, index: number, pieces: number | undefined): Emitted[] {
  const at = { item_id: item.id, output_index: index, content_index: 0 };
  const parts = item.content.flatMap((part): Emitted[] => {
    if (part.type === 'refusal') {
      return [
        { type: 'response.content_part.added', ...at, part: { ...part, refusal: '' } },
        ...piecesOf(part.refusal, pieces).map((delta): Emitted => ({ type: 'response.refusal.delta', ...at, delta })),
        { type: 'response.refusal.done', ...at, refusal: part.refusal },
        { type: 'response.content_part.done', ...at, part },
      ];
    }
    return [
      { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
      ...piecesOf(part.text, pieces).map((delta): Emitted => ({
        type: 'response.output_text.delta',
        ...at,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
      { type: 'response.content_part.done', ...at, part },
    ];
  });
  return [
    { type: 'response.output_item.added', output_index: index, item: { ...item, status: 'in_progress', content: [] } },
    ...parts,
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

function reasoningEvents(item: ResponseReasoningItem, index: number, pieces: number | undefined): Emitted[] {
  const parts = item.summary.flatMap((part, summaryIndex): Emitted[] => {
    const at = { item_id: item.id, output_index: index, summary_index: summaryIndex };
    return [
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      ...piecesOf(part.text, pieces).map((delta): Emitted => ({
        type: 'response.reasoning_summary_text.delta',
        ...at,
        delta,
      })),
      { type: 'response.reasoning_summary_text.done', ...at, text: part.text },
      { type: 'response.reasoning_summary_part.done', ...at, part },
    ];
  });
  return [
    { type: 'response.output_item.added', output_index: index, item: { ...item, summary: [] } },
    ...parts,
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

function functionCallEvents(item: ResponseFunctionToolCall, index: number): Emitted[] {
  const at = { item_id: item.id!, output_index: index };
  const pieces = item.arguments.match(/.{1,12}/gs) ?? [];
  return [
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { ...item, status: 'in_progress', arguments: '' },
    },
    ...pieces.map((delta): Emitted => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
    { type: 'response.output_item.done', output_index: index, item },
  ];
}
