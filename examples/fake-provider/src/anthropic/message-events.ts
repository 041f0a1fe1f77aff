import type {
  ContentBlock,
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/messages';
import { piecesOf } from '../answer/answer.ts';
import type { ServerSentEvent } from '../wire/outgoing.ts';

/**
 * The events of a streamed message:
 *
 *     message_start (the figures of the input; one output token so far), ping,
 *     for each block: content_block_start, content_block_delta …, content_block_stop,
 *     message_delta (why it stopped, and all figures so far), message_stop
 *
 * Source: Anthropic API reference, "Streaming Messages".
 */
export function messageEvents(message: Message, pieces: number | undefined): ServerSentEvent[] {
  const { stop_reason, stop_sequence, stop_details, container, usage } = message;
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details } =
    usage;
  const begun = { ...usage, output_tokens: 1, output_tokens_details: null };
  const events: (RawMessageStreamEvent | { type: 'ping' })[] = [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, stop_details: null, usage: begun },
    },
    { type: 'ping' },
    ...message.content.flatMap((block, index) => blockEvents(block, index, pieces)),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage: {
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        output_tokens_details,
        server_tool_use: null,
      },
    },
    { type: 'message_stop' },
  ];
  return events.map((event) => ({ event: event.type, data: event }));
}

function blockEvents(block: ContentBlock, index: number, pieces: number | undefined): RawMessageStreamEvent[] {
  const { empty, deltas } = taken(block, pieces);
  return [
    { type: 'content_block_start', index, content_block: empty },
    ...deltas.map((delta): RawMessageStreamEvent => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

/** A block taken apart: how it starts, and what fills it. */
function taken(
  block: ContentBlock,
  pieces: number | undefined,
): { empty: ContentBlock; deltas: RawContentBlockDelta[] } {
  switch (block.type) {
    case 'text':
      return {
        empty: { ...block, text: '' },
        deltas: piecesOf(block.text, pieces).map((text) => ({ type: 'text_delta', text })),
      };
    case 'thinking':
      return {
        empty: { ...block, thinking: '', signature: '' },
        deltas: [
          ...piecesOf(block.thinking, pieces).map((thinking): RawContentBlockDelta => ({
            type: 'thinking_delta',
            thinking,
          })),
          { type: 'signature_delta', signature: block.signature },
        ],
      };
    case 'tool_use': {
      const json = typeof block.input === 'string' ? block.input : JSON.stringify(block.input);
      const parts = ['', ...(json.match(/.{1,12}/gs) ?? [])];
      return {
        empty: { ...block, input: {} },
        deltas: parts.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      };
    }
    default:
      return { empty: block, deltas: [] };
  }
}
