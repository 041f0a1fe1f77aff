import type { Reader } from './column.ts';
import { messagesJson, toolsJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, list, type Reading, text } from './reading.ts';

/**
 * LangSmith in its OpenTelemetry mode. Its `gen_ai.operation.name` calls a retriever `embeddings` and a prompt `chat`, so the kind
 * is what counts. `langsmith.trace.session_*` is a project and no conversation. Source: langsmith 0.10 `experimental/otel/translator`.
 *
 * Tokens: `usage_metadata` is LangChain's: input includes the cache, output includes reasoning, the details are parts of them.
 */
export const langsmith: Reader = {
  columns: [
    { fact: 'responseServiceTier', type: 'string', name: 'gen_ai.response.service_tier' },
    { fact: 'systemFingerprint', type: 'string', name: 'gen_ai.response.system_fingerprint' },
    {
      fact: 'sessionId',
      type: 'string',
      name: 'langsmith.metadata.session_id',
      also: ['langsmith.metadata.thread_id'],
    },
    { fact: 'userId', type: 'string', name: 'langsmith.metadata.user_id' },
    { fact: 'stream', type: 'bool', name: 'langsmith.request.streaming' },
  ],
  kinds: {
    attribute: 'langsmith.span.kind',
    operations: {
      llm: 'chat',
      embedding: 'embeddings',
      retriever: 'retrieval',
      tool: 'execute_tool',
      chain: 'invoke_workflow',
      prompt: 'prompt',
      parser: '',
    },
  },
  marks: ['langsmith.'],
  read,
};

function read(reading: Reading): void {
  const { facts, wire } = reading;
  const metadata = fields(reading.peekJson('langsmith.usage_metadata'));
  const input = fields(reading.peekJson('gen_ai.usage.input_token_details') ?? metadata.input_token_details);
  const output = fields(reading.peekJson('gen_ai.usage.output_token_details') ?? metadata.output_token_details);
  reading.offerUsage({
    inputTokens: count(metadata.input_tokens),
    outputTokens: count(metadata.output_tokens),
    cacheReadTokens: count(input.cache_read),
    cacheWriteTokens: count(input.cache_creation),
    reasoningTokens: count(output.reasoning),
    inputAudioTokens: count(input.audio) || undefined,
    outputAudioTokens: count(output.audio) || undefined,
  });
  // "langchain" is who traced it.
  if (facts.provider === 'langchain') reading.say('provider', text(reading.peek('langsmith.metadata.ls_provider')));
  if (facts.operation === 'execute_tool') {
    reading.offer('toolName', wire.name);
    reading.offerFrom('toolArguments', 'gen_ai.prompt', plainJson);
    reading.offerFrom('toolResult', 'gen_ai.completion', plainJson);
  } else if (facts.operation === 'chat') {
    reading.offer('toolDefinitions', toolsJson(list(fields(reading.peekJson('gen_ai.prompt')).tools)));
    reading.offerFrom('inputMessages', 'gen_ai.prompt', (value) => messagesJson(value, 'user'));
    reading.offerFrom('outputMessages', 'gen_ai.completion', (value) => messagesJson(value, 'assistant'));
  }
}
