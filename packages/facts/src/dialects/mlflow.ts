import { nanosFromUsd } from '../units.ts';
import type { Reader } from './column.ts';
import { messagesJson, toolsJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, list, type Reading } from './reading.ts';

/**
 * MLflow Tracing 3. Every value is JSON text, a plain string too: `"CHAT_MODEL"` with its quotes. Source: mlflow/mlflow `tracing/constant.py`.
 *
 * Tokens: `input_tokens` is the provider's own figure. OpenAI's includes the cache; Anthropic's excludes it, and `read.ts` adds the
 * parts where they exceed the total or the provider is Anthropic. `output_tokens` includes reasoning.
 */
export const mlflow: Reader = {
  columns: [],
  kinds: {
    attribute: 'mlflow.spanType',
    operations: {
      chat_model: 'chat',
      llm: 'chat',
      embedding: 'embeddings',
      reranker: 'rerank',
      retriever: 'retrieval',
      tool: 'execute_tool',
      agent: 'invoke_agent',
      chain: 'invoke_workflow',
      workflow: 'invoke_workflow',
      guardrail: 'guardrail',
      evaluator: 'evaluation',
      task: '',
      parser: '',
      memory: '',
      unknown: '',
    },
  },
  marks: ['mlflow.'],
  read,
};

function read(reading: Reading): void {
  const { facts, wire } = reading;
  reading.offer('provider', named(reading, 'mlflow.llm.provider'));
  reading.offer('requestModel', named(reading, 'mlflow.llm.model'));
  reading.offer('sessionId', named(reading, 'mlflow.trace.session'));
  reading.offer('userId', named(reading, 'mlflow.trace.user'));
  const usage = fields(reading.peekJson('mlflow.chat.tokenUsage'));
  const cacheReadTokens = count(usage.cache_read_input_tokens);
  const cacheWriteTokens = count(usage.cache_creation_input_tokens);
  const input = count(usage.input_tokens);
  const beside = facts.provider === 'anthropic' ? (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) : 0;
  reading.offerUsage({
    inputTokens: input === undefined ? undefined : input + beside,
    outputTokens: count(usage.output_tokens),
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: count(usage.reasoning_tokens),
  });
  const { total_cost: usd } = fields(reading.peekJson('mlflow.llm.cost'));
  if (typeof usd === 'number' && usd >= 0 && usd < 1e9) reading.offer('costNanoUsd', nanosFromUsd(usd));
  reading.offerFrom('toolDefinitions', 'mlflow.chat.tools', (value) => toolsJson(list(value)));
  if (facts.operation === 'execute_tool') {
    reading.offer('toolName', named(reading, 'mlflow.spanFunctionName') ?? wire.name);
    reading.offerFrom('toolArguments', 'mlflow.spanInputs', plainJson);
    reading.offerFrom('toolResult', 'mlflow.spanOutputs', plainJson);
  } else if (facts.operation === 'chat') {
    reading.offerFrom('inputMessages', 'mlflow.spanInputs', (value) => messagesJson(value, 'user'));
    reading.offerFrom('outputMessages', 'mlflow.spanOutputs', (value) => messagesJson(value, 'assistant'));
  } else if (facts.operation === 'invoke_agent') reading.offer('agent', wire.name);
}

/** A name, with or without the quotes of JSON. */
function named(reading: Reading, attribute: string): string | undefined {
  const value = reading.peekJson(attribute) ?? reading.peek(attribute);
  if (typeof value !== 'string' || value === '') return undefined;
  reading.take(attribute);
  return value;
}
