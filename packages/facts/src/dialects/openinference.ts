import type { AttributeValue, Facts } from '../facts.ts';
import type { Column, Dialect, Spread } from './column.ts';
import { type Message, type Part, messagesJson, textPart, toMessages, toolsJson } from './messages.ts';
import { type Entry, inner } from './numbered.ts';
import { otel } from './otel.ts';
import { fields, fromJson, list, type Reading, text } from './reading.ts';

/**
 * OpenInference (Arize): https://github.com/Arize-ai/openinference/tree/main/spec
 *
 * Tokens: `prompt` includes what was read from and written to the cache, `completion` includes reasoning; the `*_details` are
 * parts of them. So nothing is converted. Older Anthropic instrumentations wrote `prompt` without the cache; `read.ts` notices
 * where the parts exceed it.
 */
const own: readonly Column[] = [
  { fact: 'provider', type: 'string', name: 'llm.provider', also: ['llm.system'] },
  { fact: 'requestModel', type: 'string', name: 'llm.request.model_name' },
  { fact: 'responseModel', type: 'string', name: 'llm.response.model_name' },
  { fact: 'inputTokens', type: 'int', name: 'llm.token_count.prompt' },
  { fact: 'outputTokens', type: 'int', name: 'llm.token_count.completion' },
  {
    fact: 'cacheReadTokens',
    type: 'int',
    name: 'llm.token_count.prompt_details.cache_read',
    also: ['llm.token_count.prompt_details.cache_input'],
  },
  { fact: 'cacheWriteTokens', type: 'int', name: 'llm.token_count.prompt_details.cache_write' },
  { fact: 'reasoningTokens', type: 'int', name: 'llm.token_count.completion_details.reasoning' },
  { fact: 'inputAudioTokens', type: 'int', name: 'llm.token_count.prompt_details.audio' },
  { fact: 'outputAudioTokens', type: 'int', name: 'llm.token_count.completion_details.audio' },
  { fact: 'costNanoUsd', type: 'usd', name: 'llm.cost.total' },
  { fact: 'agent', type: 'string', name: 'agent.name' },
  { fact: 'toolName', type: 'string', name: 'tool.name' },
  { fact: 'toolCallId', type: 'string', name: 'tool.id', also: ['tool_call.id'] },
];
const replaced = new Set(own.map(({ fact }) => fact));

/** An operation's kind; what is not here is a `CHAIN`, and without an operation `UNKNOWN`. */
const kinds: Readonly<Record<string, string>> = {
  chat: 'LLM',
  text_completion: 'LLM',
  generate_content: 'LLM',
  embeddings: 'EMBEDDING',
  rerank: 'RERANKER',
  retrieval: 'RETRIEVER',
  execute_tool: 'TOOL',
  invoke_agent: 'AGENT',
  create_agent: 'AGENT',
};

const INPUT = 'llm.input_messages';
const OUTPUT = 'llm.output_messages';
const TOOLS = 'llm.tools';
const MESSAGE = 'message.';

export const openinference: Dialect = {
  columns: [...own, ...otel.columns.filter(({ fact }) => !replaced.has(fact))],
  kinds: {
    attribute: 'openinference.span.kind',
    operations: {
      llm: 'chat',
      embedding: 'embeddings',
      reranker: 'rerank',
      retriever: 'retrieval',
      tool: 'execute_tool',
      agent: 'invoke_agent',
      chain: 'invoke_workflow',
      guardrail: 'guardrail',
      evaluator: 'evaluation',
      prompt: 'prompt',
      unknown: '',
    },
  },
  numbered: [INPUT, OUTPUT, TOOLS],
  marks: ['openinference.', 'llm.', 'input.value', 'output.value', 'embedding.model_name', 'reranker.model_name'],
  read,

  provider: (canonical) => spelled[canonical] ?? canonical,
  derived,
  spread: {
    inputMessages: ({ inputMessages }, put) => putMessages(INPUT, inputMessages, put),
    outputMessages: ({ outputMessages }, put) => putMessages(OUTPUT, outputMessages, put),
  },
};

const spelled: Readonly<Record<string, string>> = {
  'gcp.gemini': 'google',
  'gcp.vertex_ai': 'vertexai',
  'aws.bedrock': 'aws',
  'azure.ai.openai': 'azure',
  mistral_ai: 'mistralai',
  x_ai: 'xai',
};

/** What its readers expect beside the columns: a model whoever named it, totals, a tool's arguments as its input. */
function derived(facts: Facts): Record<string, string | number> {
  const { operation, inputTokens, outputTokens, toolArguments, toolResult } = facts;
  const attributes: Record<string, string | number> = {
    'openinference.span.kind': operation === undefined ? 'UNKNOWN' : (kinds[operation] ?? 'CHAIN'),
  };
  const model = facts.responseModel ?? facts.requestModel;
  if (model !== undefined) attributes[operation === 'embeddings' ? 'embedding.model_name' : 'llm.model_name'] = model;
  if (inputTokens !== undefined || outputTokens !== undefined)
    attributes['llm.token_count.total'] = (inputTokens ?? 0) + (outputTokens ?? 0);
  if (operation !== 'execute_tool') return attributes;
  if (toolArguments !== undefined) attributes['input.value'] = toolArguments;
  if (toolResult !== undefined) attributes['output.value'] = toolResult;
  return attributes;
}

function read(reading: Reading): void {
  const { facts } = reading;
  readModel(reading);
  reading.offerEntries('inputMessages', INPUT, (entries) => messagesOf(entries));
  reading.offerEntries('outputMessages', OUTPUT, (entries) => messagesOf(entries));
  reading.offerEntries('toolDefinitions', TOOLS, (entries) =>
    toolsJson(entries.map((entry) => entry.get('tool.json_schema') ?? entry.get('json_schema'))),
  );
  const reason = reading.peekText('llm.finish_reason');
  if (reason !== undefined && reading.offer('finishReasons', [reason])) reading.take('llm.finish_reason');
  if (facts.responseId === undefined) reading.offer('responseId', answerId(reading.peekJson('output.value')));
  if (facts.operation === 'execute_tool') {
    reading.offerFrom('toolArguments', 'input.value', plainJson);
    reading.offerFrom('toolResult', 'output.value', plainJson);
  } else if (facts.operation === 'chat') {
    reading.offerFrom('inputMessages', 'input.value', (value) => messagesJson(value, 'user'));
    reading.offerFrom('outputMessages', 'output.value', (value) => messagesJson(value, 'assistant'));
  }
}

/** `llm.model_name` is the answer's model when there is an answer; the one asked for is among the parameters. */
function readModel(reading: Reading): void {
  const parameters = fields(reading.peekJson('llm.invocation_parameters'));
  const { facts } = reading;
  const named =
    reading.peekText('llm.model_name') ??
    reading.peekText('embedding.model_name') ??
    reading.peekText('reranker.model_name');
  if (facts.requestModel === undefined && facts.responseModel === undefined) {
    reading.offer('requestModel', text(parameters.model) ?? named);
    reading.offer('responseModel', named);
  }
  for (const name of ['llm.model_name', 'embedding.model_name', 'reranker.model_name']) {
    const value = reading.peek(name);
    if (value !== undefined && (value === facts.responseModel || value === facts.requestModel)) reading.take(name);
  }
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  reading.offer('temperature', number(parameters.temperature));
  reading.offer('topP', number(parameters.top_p));
  reading.offer(
    'maxTokens',
    number(parameters.max_completion_tokens ?? parameters.max_tokens ?? parameters.max_output_tokens),
  );
  if (parameters.stream === true) reading.offer('stream', true);
}

/** The provider's id of the answer, by which two instrumentations of one call find out that it is one. */
function answerId(output: unknown): string | undefined {
  const answer = fields(output);
  const generated = fields(fields(list(list(answer.generations).flat()[0])).message);
  const first = fields(fields(fields(list(answer.generations).flat()[0]).message).kwargs);
  return text(answer.id) ?? text(first.id) ?? text(generated.id);
}

/** A tool's arguments and result are JSON text; plain text becomes a JSON string. */
export function plainJson(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function messagesOf(entries: readonly Entry<AttributeValue>[]): string | undefined {
  const messages = toMessages(entries.map(messageOf), 'user');
  return messages.length > 0 ? JSON.stringify(messages) : undefined;
}

function messageOf(entry: Entry<AttributeValue>): Message {
  const said = new Map<string, AttributeValue>();
  for (const [tail, value] of entry) if (tail.startsWith(MESSAGE)) said.set(tail.slice(MESSAGE.length), value);
  const role = text(said.get('role')) ?? 'user';
  const parts: Part[] = [];
  const content = text(said.get('content'));
  const answers = text(said.get('tool_call_id'));
  if (role === 'tool' && content !== undefined) {
    parts.push({ type: 'tool_call_response', ...(answers ? { id: answers } : {}), response: content });
  } else if (content !== undefined) parts.push(textPart(content));
  for (const given of inner(said, 'contents')) parts.push(contentPart(given));
  for (const called of inner(said, 'tool_calls')) {
    const id = text(called.get('tool_call.id'));
    const given = called.get('tool_call.function.arguments');
    parts.push({
      type: 'tool_call',
      ...(id ? { id } : {}),
      name: text(called.get('tool_call.function.name')) ?? '',
      ...(given === undefined ? {} : { arguments: fromJson(given) ?? given }),
    });
  }
  const name = text(said.get('name'));
  return { role, parts, ...(name ? { name } : {}) };
}

function contentPart(given: Entry<AttributeValue>): Part {
  const type = text(given.get('message_content.type')) ?? 'text';
  const url = text(given.get('message_content.image.image.url'));
  if (url !== undefined) return { type: 'uri', modality: 'image', uri: url };
  const said = text(given.get('message_content.text')) ?? '';
  return type === 'reasoning' || type === 'thinking' ? { type: 'reasoning', content: said } : textPart(said);
}

/** Numbered attributes; true when they say all that the JSON says. */
function putMessages(head: string, json: string | undefined, put: Spread): boolean {
  const written = new Map<string, AttributeValue>();
  for (const [index, message] of list(fromJson(json)).entries()) {
    const { role, parts, name } = fields(message);
    const at = `${head}.${index}.message`;
    if (typeof role === 'string') written.set(`${at}.role`, role);
    if (typeof name === 'string') written.set(`${at}.name`, name);
    putParts(at, list(parts), written);
  }
  for (const [name, value] of written) put(name, 'string', value as string);
  return json !== undefined && sameAgain(head, written, json);
}

function putParts(at: string, parts: readonly unknown[], written: Map<string, AttributeValue>): void {
  let calls = 0;
  let contents = 0;
  for (const item of parts) {
    const part = fields(item);
    if (part.type === 'tool_call') {
      const call = `${at}.tool_calls.${calls++}.tool_call`;
      if (typeof part.id === 'string') written.set(`${call}.id`, part.id);
      if (typeof part.name === 'string') written.set(`${call}.function.name`, part.name);
      if (part.arguments !== undefined) written.set(`${call}.function.arguments`, argumentsText(part.arguments));
    } else if (part.type === 'tool_call_response') {
      written.set(`${at}.content`, argumentsText(part.response));
      if (typeof part.id === 'string') written.set(`${at}.tool_call_id`, part.id);
    } else if (part.type === 'text' && typeof part.content === 'string' && parts.length === 1) {
      written.set(`${at}.content`, part.content);
    } else {
      const content = `${at}.contents.${contents++}.message_content`;
      if (typeof part.type === 'string') written.set(`${content}.type`, part.type);
      if (typeof part.uri === 'string') written.set(`${content}.image.image.url`, part.uri);
      if (typeof part.content === 'string') written.set(`${content}.text`, part.content);
    }
  }
}

export function argumentsText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether reading what was written gives the same text: anything else has to be kept as it is, too. */
function sameAgain(head: string, written: ReadonlyMap<string, AttributeValue>, json: string): boolean {
  return messagesOf(entriesOf(head, written)) === json;
}

export function entriesOf(head: string, written: ReadonlyMap<string, AttributeValue>): Entry<AttributeValue>[] {
  const all = new Map([...written].map(([name, value]) => [name.slice(head.lastIndexOf('.') + 1), value]));
  return inner(all, head.slice(head.lastIndexOf('.') + 1));
}
