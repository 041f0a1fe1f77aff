import type { Reader } from './column.ts';
import { type Message, messagesJson, textPart, toMessages, toolCall, toolsJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, fromJson, list, type Reading, sum, text } from './reading.ts';

/**
 * Vercel AI SDK 4 to 6 (`ai.*`, scope `ai`). Release 7 with `@ai-sdk/otel` speaks the conventions, with two names of its own.
 *
 * Its outer spans (`ai.generateText`) repeat what their `.doGenerate` spans used, so only the latter are calls.
 *
 * Tokens: from release 6 on `inputTokens` includes the cache, and `inputTokenDetails` says its parts. Before, it is the provider's
 * own figure: with Anthropic the cache is beside it, reported in `cachedInputTokens` or the provider's metadata only, and is added
 * here. `outputTokens` includes reasoning wherever the provider's figure does.
 */
const DO = { chat: 'chat', embed: 'embeddings', rerank: 'rerank' } as const;

export const aiSdk: Reader = {
  columns: [
    {
      fact: 'inputTokens',
      type: 'int',
      name: 'ai.usage.inputTokens',
      also: ['ai.usage.promptTokens', 'ai.usage.tokens'],
    },
    { fact: 'outputTokens', type: 'int', name: 'ai.usage.outputTokens', also: ['ai.usage.completionTokens'] },
    {
      fact: 'cacheReadTokens',
      type: 'int',
      name: 'ai.usage.inputTokenDetails.cacheReadTokens',
      also: ['ai.usage.cachedInputTokens'],
    },
    { fact: 'cacheWriteTokens', type: 'int', name: 'ai.usage.inputTokenDetails.cacheWriteTokens' },
    {
      fact: 'reasoningTokens',
      type: 'int',
      name: 'ai.usage.outputTokenDetails.reasoningTokens',
      also: ['ai.usage.reasoningTokens'],
    },
    { fact: 'provider', type: 'string', name: 'ai.model.provider' },
    { fact: 'requestModel', type: 'string', name: 'ai.model.id' },
    { fact: 'responseModel', type: 'string', name: 'ai.response.model' },
    { fact: 'responseId', type: 'string', name: 'ai.response.id' },
    { fact: 'maxTokens', type: 'int', name: 'ai.settings.maxOutputTokens', also: ['ai.settings.maxTokens'] },
    { fact: 'temperature', type: 'double', name: 'ai.settings.temperature' },
    { fact: 'topP', type: 'double', name: 'ai.settings.topP' },
    { fact: 'sessionId', type: 'string', name: 'ai.telemetry.metadata.sessionId' },
    { fact: 'userId', type: 'string', name: 'ai.telemetry.metadata.userId' },
    { fact: 'toolName', type: 'string', name: 'ai.toolCall.name' },
    { fact: 'toolCallId', type: 'string', name: 'ai.toolCall.id' },
    // @ai-sdk/otel 1: the conventions' metric, as an attribute of the span.
    { fact: 'timeToFirstChunk', type: 'double', name: 'gen_ai.client.operation.time_to_first_chunk' },
  ],
  kinds: {
    attribute: 'ai.operationId',
    operations: {
      'ai.generatetext.dogenerate': DO.chat,
      'ai.streamtext.dostream': DO.chat,
      'ai.generateobject.dogenerate': DO.chat,
      'ai.streamobject.dostream': DO.chat,
      'ai.embed.doembed': DO.embed,
      'ai.embedmany.doembed': DO.embed,
      'ai.rerank.dorerank': DO.rerank,
      'ai.generatetext': 'invoke_agent',
      'ai.streamtext': 'invoke_agent',
      'ai.generateobject': 'invoke_agent',
      'ai.streamobject': 'invoke_agent',
      'ai.embed': '',
      'ai.embedmany': '',
      'ai.rerank': '',
      'ai.toolcall': 'execute_tool',
    },
  },
  marks: ['ai.'],
  read,
};

function read(reading: Reading): void {
  const { facts } = reading;
  if (facts.operation === 'invoke_agent') reading.offer('agent', reading.takeText('ai.telemetry.functionId'));
  readUsage(reading);
  const reason = reading.peekText('ai.response.finishReason') ?? reading.peekText('gen_ai.finishReason');
  if (reason !== undefined) reading.offer('finishReasons', [reason]);
  const milliseconds = reading.peek('ai.response.msToFirstChunk') ?? reading.peek('ai.stream.msToFirstChunk');
  if (typeof milliseconds === 'number') reading.offer('timeToFirstChunk', milliseconds / 1_000);
  if (reading.peekText('ai.operationId')?.includes('tream') === true) reading.offer('stream', true);
  reading.offerFrom('toolArguments', 'ai.toolCall.args', plainJson);
  reading.offerFrom('toolResult', 'ai.toolCall.result', plainJson);
  readContent(reading);
}

function readUsage(reading: Reading): void {
  const { facts } = reading;
  const uncached = count(reading.peek('ai.usage.inputTokenDetails.noCacheTokens'));
  if (uncached !== undefined) {
    reading.say('inputTokens', sum(uncached, facts.cacheReadTokens, facts.cacheWriteTokens));
    return;
  }
  const metadata = fields(reading.peekJson('ai.response.providerMetadata'));
  const openai = fields(metadata.openai ?? metadata.azure);
  reading.offer('cacheReadTokens', count(openai.cachedPromptTokens));
  reading.offer('reasoningTokens', count(openai.reasoningTokens));
  const anthropic = fields(metadata.anthropic);
  const usage = fields(anthropic.usage);
  const read = count(anthropic.cacheReadInputTokens) ?? count(usage.cache_read_input_tokens);
  const written = count(anthropic.cacheCreationInputTokens) ?? count(usage.cache_creation_input_tokens);
  reading.offer('cacheReadTokens', read);
  reading.offer('cacheWriteTokens', written);
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = facts;
  if (facts.provider === 'anthropic' && inputTokens !== undefined)
    reading.say('inputTokens', sum(inputTokens, cacheReadTokens, cacheWriteTokens));
}

function readContent(reading: Reading): void {
  reading.offerFrom('inputMessages', 'ai.prompt.messages', (value) => messagesJson(value, 'user'));
  reading.offerFrom('inputMessages', 'ai.prompt', prompt);
  reading.offerFrom('toolDefinitions', 'ai.prompt.tools', (value) => toolsJson(list(value)));
  if (reading.facts.outputMessages !== undefined) return;
  const parts: Message['parts'] = [];
  const reasoning = reading.peekText('ai.response.reasoning');
  if (reasoning !== undefined) parts.push({ type: 'reasoning', content: reasoning });
  for (const name of ['ai.response.text', 'ai.response.object', 'ai.result.text', 'ai.result.object']) {
    const said = reading.takeText(name);
    if (said !== undefined) parts.push(textPart(said));
  }
  for (const name of ['ai.response.toolCalls', 'ai.result.toolCalls']) {
    for (const called of list(fromJson(reading.take(name)))) parts.push(toolCall(fields(called)));
  }
  if (parts.length === 0) return;
  reading.take('ai.response.reasoning');
  const reason = text(reading.facts.finishReasons?.[0]);
  reading.offer(
    'outputMessages',
    JSON.stringify([{ role: 'assistant', parts, ...(reason === undefined ? {} : { finish_reason: reason }) }]),
  );
}

/** `{ system, prompt, messages }` of an outer span. */
function prompt(value: unknown): string | undefined {
  const { system, prompt: asked, messages } = fields(value);
  const said = [
    ...(typeof system === 'string' ? toMessages([{ role: 'system', content: system }], 'user') : []),
    ...toMessages(messages ?? asked ?? (typeof value === 'string' ? value : undefined), 'user'),
  ];
  return said.length > 0 ? JSON.stringify(said) : undefined;
}
