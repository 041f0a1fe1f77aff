import type { AttributeValue } from '../facts.ts';
import type { Reader } from './column.ts';
import { messagesJson, toolsJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, list, type Reading } from './reading.ts';

/**
 * Datadog's LLM Observability (`_ml_obs.*`, dd-trace 6 and ddtrace), as a Collector hands it on: a tag may be JSON text or a map.
 * Source: DataDog/dd-trace-js `llmobs/constants/tags.js`.
 *
 * Tokens: `input_tokens` includes what was read from and written to the cache (its Anthropic integration adds them),
 * `output_tokens` includes `reasoning_output_tokens`.
 */
export const datadog: Reader = {
  columns: [
    { fact: 'requestModel', type: 'string', name: '_ml_obs.meta.model_name' },
    { fact: 'provider', type: 'string', name: '_ml_obs.meta.model_provider' },
    { fact: 'sessionId', type: 'string', name: '_ml_obs.session_id' },
  ],
  kinds: {
    attribute: '_ml_obs.meta.span.kind',
    operations: {
      llm: 'chat',
      embedding: 'embeddings',
      retrieval: 'retrieval',
      tool: 'execute_tool',
      agent: 'invoke_agent',
      workflow: 'invoke_workflow',
      task: '',
      experiment: 'evaluation',
    },
  },
  marks: ['_ml_obs.'],
  read,
};

function read(reading: Reading): void {
  const { facts, wire } = reading;
  const metric = (name: string) => count(metrics(reading)[name] ?? reading.peek(`_ml_obs.metrics.${name}`));
  const written1h = metric('ephemeral_1h_input_tokens');
  reading.offerUsage({
    inputTokens: metric('input_tokens'),
    outputTokens: metric('output_tokens'),
    cacheReadTokens: metric('cache_read_input_tokens'),
    cacheWriteTokens: metric('cache_write_input_tokens'),
    cacheWrite1hTokens: written1h,
    reasoningTokens: metric('reasoning_output_tokens'),
  });
  const seconds = metrics(reading).time_to_first_token;
  if (typeof seconds === 'number' && seconds >= 0) reading.offer('timeToFirstChunk', seconds);
  reading.offerFrom('toolDefinitions', '_ml_obs.meta.tool_definitions', (value) => toolsJson(list(value)));
  reading.offerFrom('inputMessages', '_ml_obs.meta.input.messages', (value) => messagesJson(value, 'user'));
  reading.offerFrom('outputMessages', '_ml_obs.meta.output.messages', (value) => messagesJson(value, 'assistant'));
  if (facts.operation === 'execute_tool') {
    reading.offer('toolName', wire.name);
    reading.offerFrom('toolArguments', '_ml_obs.meta.input.value', plainJson);
    reading.offerFrom('toolResult', '_ml_obs.meta.output.value', plainJson);
  } else if (facts.operation === 'invoke_agent') reading.offer('agent', wire.name);
}

function metrics(reading: Reading): Readonly<Record<string, AttributeValue>> {
  return fields(reading.peekJson('_ml_obs.metrics')) as Record<string, AttributeValue>;
}
