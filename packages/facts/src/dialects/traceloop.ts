import type { Reader } from './column.ts';
import { messagesJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { type Reading } from './reading.ts';

/**
 * OpenLLMetry (Traceloop): the conventions of its day, `llm.*` names of before them, and `traceloop.*` for what is around a call.
 * Numbered messages are read by `tracekit.ts`. Source: @traceloop/ai-semantic-conventions 0.27, traceloop/openllmetry.
 *
 * Tokens: input includes the cache and output includes reasoning wherever the provider's figure does; for Anthropic its releases
 * before 2026 wrote the provider's `input_tokens`, which exclude the cache. `read.ts` notices where the parts exceed the total.
 */
export const traceloop: Reader = {
  columns: [
    { fact: 'inputTokens', type: 'int', name: 'llm.usage.prompt_tokens' },
    { fact: 'outputTokens', type: 'int', name: 'llm.usage.completion_tokens' },
    { fact: 'cacheReadTokens', type: 'int', name: 'gen_ai.usage.cache_read_input_tokens' },
    { fact: 'cacheWriteTokens', type: 'int', name: 'gen_ai.usage.cache_creation_input_tokens' },
    { fact: 'reasoningTokens', type: 'int', name: 'gen_ai.usage.reasoning_tokens' },
    { fact: 'requestModel', type: 'string', name: 'llm.request.model' },
    { fact: 'responseModel', type: 'string', name: 'llm.response.model' },
    { fact: 'provider', type: 'string', name: 'llm.vendor' },
    { fact: 'stream', type: 'bool', name: 'llm.is_streaming' },
    { fact: 'topK', type: 'int', name: 'llm.top_k' },
    { fact: 'frequencyPenalty', type: 'double', name: 'llm.frequency_penalty' },
    { fact: 'presencePenalty', type: 'double', name: 'llm.presence_penalty' },
    { fact: 'stopSequences', type: 'strings', name: 'llm.chat.stop_sequences' },
    { fact: 'workflow', type: 'string', name: 'traceloop.workflow.name' },
    { fact: 'sessionId', type: 'string', name: 'traceloop.association.properties.session_id' },
    { fact: 'userId', type: 'string', name: 'traceloop.association.properties.user_id' },
  ],
  kinds: {
    attribute: 'traceloop.span.kind',
    operations: { workflow: 'invoke_workflow', agent: 'invoke_agent', tool: 'execute_tool', task: '', session: '' },
  },
  marks: ['traceloop.', 'llm.request.type'],
  read,
};

const TYPES: ReadonlyMap<string, string> = new Map([
  ['chat', 'chat'],
  ['completion', 'text_completion'],
  ['embedding', 'embeddings'],
  ['rerank', 'rerank'],
]);

function read(reading: Reading): void {
  const { facts } = reading;
  const operation = TYPES.get(reading.peekText('llm.request.type') ?? '');
  if (reading.offer('operation', operation)) reading.take('llm.request.type');
  const entity = reading.peekText('traceloop.entity.name');
  if (facts.operation === 'invoke_agent' && reading.offer('agent', entity)) reading.take('traceloop.entity.name');
  if (facts.operation === 'execute_tool') {
    if (reading.offer('toolName', entity)) reading.take('traceloop.entity.name');
    reading.offerFrom('toolArguments', 'traceloop.entity.input', plainJson);
    reading.offerFrom('toolResult', 'traceloop.entity.output', plainJson);
  } else if (facts.operation === 'chat') {
    reading.offerFrom('inputMessages', 'traceloop.entity.input', (value) => messagesJson(value, 'user'));
    reading.offerFrom('outputMessages', 'traceloop.entity.output', (value) => messagesJson(value, 'assistant'));
  }
}
