import type { Reader } from './column.ts';
import { messagesJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, list, type Reading, text } from './reading.ts';

/**
 * Pydantic Logfire and pydantic-ai (formats 1 to 6). Source: pydantic/pydantic-ai `_instrumentation.py` and `models/instrumented.py`,
 * @pydantic/logfire-api 0.9.
 *
 * Tokens: `gen_ai.usage.*` follow the conventions (its price library adds Anthropic's cache to the input), the details are parts.
 * `gen_ai.aggregated_usage.*` repeats what the calls of a run used and is never read as usage.
 */
export const logfire: Reader = {
  columns: [
    {
      fact: 'cacheReadTokens',
      type: 'int',
      name: 'gen_ai.usage.details.cache_read_tokens',
      also: ['gen_ai.usage.details.cache_read_input_tokens'],
    },
    {
      fact: 'cacheWriteTokens',
      type: 'int',
      name: 'gen_ai.usage.details.cache_write_tokens',
      also: ['gen_ai.usage.details.cache_creation_input_tokens'],
    },
    {
      fact: 'reasoningTokens',
      type: 'int',
      name: 'gen_ai.usage.details.reasoning_tokens',
      also: ['gen_ai.usage.details.thoughts_tokens'],
    },
    { fact: 'inputAudioTokens', type: 'int', name: 'gen_ai.usage.details.input_audio_tokens' },
    { fact: 'outputAudioTokens', type: 'int', name: 'gen_ai.usage.details.output_audio_tokens' },
    { fact: 'costNanoUsd', type: 'usd', name: 'operation.cost' },
    { fact: 'agent', type: 'string', name: 'agent_name' },
    { fact: 'runId', type: 'string', name: 'gen_ai.agent.call.id' },
    { fact: 'toolArguments', type: 'json', name: 'tool_arguments' },
    { fact: 'toolResult', type: 'json', name: 'tool_response' },
  ],
  spanNames: { 'agent run': 'invoke_agent', 'running tool': 'execute_tool', 'running tools': '' },
  marks: ['logfire.', 'pydantic_ai.', 'request_data', 'model_request_parameters', 'model_name'],
  read,
};

function read(reading: Reading): void {
  const { facts } = reading;
  // It stands in for a span that has begun; the span itself comes when it has ended.
  if (reading.peek('logfire.span_type') === 'pending_span') reading.say('uncounted', 'pending');
  if (facts.operation === 'invoke_agent') reading.offer('requestModel', reading.takeText('model_name'));
  reading.offerFrom('inputMessages', 'pydantic_ai.all_messages', (value) => messagesJson(value, 'user'));
  if (facts.operation === 'invoke_agent') reading.offerFrom('outputMessages', 'final_result', finalResult);
  reading.offerFrom('toolDefinitions', 'model_request_parameters', tools);
  readInstrumented(reading);
}

function finalResult(value: unknown): string | undefined {
  return typeof value === 'string' ? messagesJson(value, 'assistant') : messagesJson(plainJson(value), 'assistant');
}

function tools(value: unknown): string | undefined {
  const { function_tools, output_tools } = fields(value);
  const known = [...list(function_tools), ...list(output_tools)].map((tool) => {
    const { name, description, parameters_json_schema } = fields(tool);
    return { type: 'function', name, description, parameters: parameters_json_schema };
  });
  return known.length > 0 ? JSON.stringify(known) : undefined;
}

/** `logfire.instrument_openai()` keeps the whole request and answer. */
function readInstrumented(reading: Reading): void {
  const asked = fields(reading.peekJson('request_data'));
  const answered = fields(reading.peekJson('response_data'));
  reading.offer('requestModel', text(asked.model));
  const usage = fields(answered.usage);
  reading.offerUsage({
    inputTokens: count(usage.prompt_tokens) ?? count(usage.input_tokens),
    outputTokens: count(usage.completion_tokens) ?? count(usage.output_tokens),
  });
  if (asked.stream === true) reading.offer('stream', true);
  reading.offerFrom('inputMessages', 'request_data', (value) => messagesJson(value, 'user'));
  reading.offerFrom('outputMessages', 'response_data', (value) => {
    const { message, combined_chunk_content } = fields(value);
    return messagesJson(message === undefined ? combined_chunk_content : [message], 'assistant');
  });
}
