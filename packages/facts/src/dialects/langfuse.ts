import { nanosFromUsd } from '../units.ts';
import type { Reader } from './column.ts';
import { messagesJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, type Reading, sum, text } from './reading.ts';

/**
 * Langfuse (`@langfuse/otel` 4 and 5). Source: @langfuse/core 5.11, langfuse/langfuse `OtelIngestionProcessor`.
 *
 * Tokens: the keys of `usage_details` are disjoint. `input` excludes what was read from and written to the cache and audio,
 * `output` excludes reasoning and audio; so every `input*` is added, and every `output*`.
 */
export const langfuse: Reader = {
  columns: [
    { fact: 'requestModel', type: 'string', name: 'langfuse.observation.model.name' },
    { fact: 'sessionId', type: 'string', name: 'langfuse.session.id' },
    { fact: 'userId', type: 'string', name: 'langfuse.user.id' },
  ],
  kinds: {
    attribute: 'langfuse.observation.type',
    operations: {
      generation: 'chat',
      embedding: 'embeddings',
      retriever: 'retrieval',
      tool: 'execute_tool',
      agent: 'invoke_agent',
      chain: 'invoke_workflow',
      guardrail: 'guardrail',
      evaluator: 'evaluation',
      span: '',
      event: '',
    },
  },
  marks: ['langfuse.observation.'],
  read,
};

function read(reading: Reading): void {
  const { facts, wire } = reading;
  readUsage(reading);
  const { total, ...parts } = fields(reading.peekJson('langfuse.observation.cost_details'));
  const usd = amount(total) ?? sum(...Object.values(parts).map(amount));
  if (usd !== undefined) reading.offer('costNanoUsd', nanosFromUsd(usd));
  const parameters = fields(reading.peekJson('langfuse.observation.model.parameters'));
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  reading.offer('temperature', number(parameters.temperature));
  reading.offer('maxTokens', count(parameters.maxTokens ?? parameters.max_tokens));
  reading.offer('topP', number(parameters.top_p ?? parameters.topP));
  const began =
    text(reading.peekJson('langfuse.observation.completion_start_time')) ??
    reading.peekText('langfuse.observation.completion_start_time');
  const milliseconds = began === undefined ? Number.NaN : Date.parse(began) - Number(wire.start / 1_000_000n);
  if (milliseconds >= 0) reading.offer('timeToFirstChunk', milliseconds / 1_000);
  const agent = facts.operation === 'invoke_agent' ? wire.name : undefined;
  reading.offer('agent', agent);
  if (facts.operation === 'execute_tool') {
    reading.offer('toolName', wire.name);
    reading.offerFrom('toolArguments', 'langfuse.observation.input', plainJson);
    reading.offerFrom('toolResult', 'langfuse.observation.output', plainJson);
  } else if (facts.operation === 'chat') {
    reading.offerFrom('inputMessages', 'langfuse.observation.input', (value) => messagesJson(value, 'user'));
    reading.offerFrom('outputMessages', 'langfuse.observation.output', (value) => messagesJson(value, 'assistant'));
  }
}

function readUsage(reading: Reading): void {
  const usage = fields(reading.peekJson('langfuse.observation.usage_details'));
  const of = (start: string) =>
    sum(
      ...Object.entries(usage).map(([key, value]) =>
        key === start || key.startsWith(`${start}_`) ? count(value) : undefined,
      ),
    );
  const written1h = count(usage.input_cache_creation_1h);
  reading.offerUsage({
    inputTokens: of('input'),
    outputTokens: of('output'),
    cacheReadTokens: count(usage.input_cached_tokens) ?? count(usage.input_cache_read),
    cacheWriteTokens: sum(count(usage.input_cache_creation), count(usage.input_cache_creation_5m), written1h),
    cacheWrite1hTokens: written1h,
    reasoningTokens: count(usage.output_reasoning_tokens) ?? count(usage.output_reasoning),
    inputAudioTokens: positive(usage.input_audio_tokens),
    outputAudioTokens: positive(usage.output_audio_tokens),
  });
}

/** Providers report zero seconds of audio on every call. */
function positive(value: unknown): number | undefined {
  return count(value) || undefined;
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < 1e9 ? value : undefined;
}
