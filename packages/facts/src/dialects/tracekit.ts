import type { AttributeValue, Facts } from '../facts.ts';
import type { Column, Dialect, Spread } from './column.ts';
import { type Message, type Part, textPart, toMessages, toolsJson } from './messages.ts';
import { type Entry, inner } from './numbered.ts';
import { argumentsText, entriesOf } from './openinference.ts';
import { isOpenai, otel } from './otel.ts';
import { fields, fromJson, list, type Reading, text } from './reading.ts';

/**
 * llm-tracekit (Coralogix): the conventions of 1.36 with numbered attributes for content. 1.x has the names of its providers,
 * 2.x one name for all; OpenLLMetry's older releases number their messages in the same way, but leave out `function.`.
 * Source: coralogix/llm-tracekit, README of 1.1.1 and `extended_gen_ai_attributes` of 2.8.
 *
 * Tokens: as the conventions, `input_tokens` includes the cache and `output_tokens` reasoning. Nothing is converted.
 */
const columns: readonly Column[] = [
  { fact: 'userId', type: 'string', name: 'gen_ai.openai.request.user', when: isOpenai },
  { fact: 'userId', type: 'string', name: 'gen_ai.request.user', when: (facts) => !isOpenai(facts) },
  { fact: 'provider', type: 'string', name: 'gen_ai.system', also: ['gen_ai.provider.name'] },
  { fact: 'agentAliasId', type: 'string', name: 'gen_ai.bedrock.agent_alias.id' },
];
const replaced = new Set(columns.map(({ fact }) => fact));

/** Further names of 2.x. Its LangGraph spans say which node they are of: a role in its crew. */
const understood: readonly Column[] = [
  { fact: 'role', type: 'string', name: 'gen_ai.langgraph.node' },
  { fact: 'previousResponseId', type: 'string', name: 'gen_ai.openai.request.previous_response_id' },
  {
    fact: 'conversationId',
    type: 'string',
    name: 'gen_ai.openai.request.conversation_id',
    also: ['gen_ai.microsoft_foundry.conversation_id'],
  },
  { fact: 'agent', type: 'string', name: 'gen_ai.microsoft_foundry.agent.name' },
  { fact: 'agentVersion', type: 'string', name: 'gen_ai.microsoft_foundry.agent.version' },
];

const PROMPT = 'gen_ai.prompt';
const COMPLETION = 'gen_ai.completion';
const TOOLS = [
  'gen_ai.request.tools',
  'gen_ai.openai.request.tools',
  'gen_ai.bedrock.request.tools',
  'llm.request.functions',
];

export const tracekit: Dialect = {
  columns: [...otel.columns.filter(({ fact }) => !replaced.has(fact)), ...columns],
  provider: (canonical) => (canonical === 'x_ai' ? 'xai' : canonical),
  spread: {
    inputMessages: ({ inputMessages }, put) => putMessages(PROMPT, inputMessages, put),
    outputMessages: ({ outputMessages }, put) => putMessages(COMPLETION, outputMessages, put),
    toolDefinitions: putTools,
    // It tells roles, tool calls and finish reasons with content off, too.
    inputOutline: ({ inputOutline, inputMessages }, put) =>
      inputMessages !== undefined || putMessages(PROMPT, inputOutline, put),
    outputOutline: ({ outputOutline, outputMessages }, put) =>
      outputMessages !== undefined || putMessages(COMPLETION, outputOutline, put),
  },
};

/** What is only read; apart from {@link tracekit}, whose columns are written too. */
export const tracekitReader = {
  columns: [...columns, ...understood],
  numbered: [PROMPT, COMPLETION, ...TOOLS],
  marks: [
    'gen_ai.prompt.',
    'gen_ai.completion.',
    ...TOOLS.map((head) => `${head}.`),
    'type',
    'gen_ai.bedrock.agent_alias.id',
  ],
  spanNames: {
    'bedrock.converse': 'chat',
    'bedrock.converse_stream': 'chat',
    'bedrock.invoke_model': 'chat',
    'bedrock.invoke_model_with_response_stream': 'chat',
    'bedrock.invoke_agent': 'invoke_agent',
  },
  read,
};

function read(reading: Reading): void {
  reading.offerEntries('inputMessages', PROMPT, messagesOf);
  const reasons = reading.entries(COMPLETION).map((entry) => text(entry.get('finish_reason')));
  if (reasons.length > 0 && reasons.every((reason) => reason !== undefined))
    reading.offer('finishReasons', reasons as string[]);
  reading.offerEntries('outputMessages', COMPLETION, messagesOf);
  for (const head of TOOLS) reading.offerEntries('toolDefinitions', head, toolsOf);
  readAgentsSpan(reading);
}

/** Its spans of the OpenAI Agents SDK have bare names: `type` says of what they are. */
function readAgentsSpan(reading: Reading): void {
  const operation = AGENTS_TYPES.get(reading.peekText('type') ?? '');
  if (operation === undefined) return;
  const agent = reading.peekText('agent_name');
  const name = reading.peekText('name');
  if (operation === 'execute_tool' && name !== undefined) {
    reading.offer('operation', operation);
    if (reading.offer('toolName', name)) reading.take('name');
    reading.offerFrom('toolArguments', 'input', (value) => JSON.stringify(value));
    reading.offerFrom('toolResult', 'output', (value) => JSON.stringify(value));
  } else if (operation === 'invoke_agent' && (agent !== undefined || reading.facts.agent !== undefined)) {
    reading.offer('operation', operation);
    if (reading.offer('agent', agent)) reading.take('agent_name');
  } else if (operation === 'guardrail' || operation === 'handoff') reading.offer('operation', operation);
}

const AGENTS_TYPES: ReadonlyMap<string, string> = new Map([
  ['agent', 'invoke_agent'],
  ['function', 'execute_tool'],
  ['guardrail', 'guardrail'],
  ['handoff', 'handoff'],
]);

function toolsOf(entries: readonly Entry<AttributeValue>[]): string | undefined {
  return toolsJson(
    entries.map((entry) => ({
      type: entry.get('type') ?? 'function',
      name: entry.get('function.name') ?? entry.get('name'),
      description: entry.get('function.description') ?? entry.get('description'),
      parameters: entry.get('function.parameters') ?? entry.get('parameters'),
    })),
  );
}

function messagesOf(entries: readonly Entry<AttributeValue>[]): string | undefined {
  const spoken = entries.filter((entry) => entry.size > 0).map(messageOf);
  return spoken.length > 0 ? JSON.stringify(spoken) : undefined;
}

function messageOf(entry: Entry<AttributeValue>): Message {
  const role = text(entry.get('role')) ?? 'assistant';
  const content = entry.get('content');
  const parts: Part[] = [];
  const answers = text(entry.get('tool_call_id'));
  if (role === 'tool' && answers !== undefined) {
    parts.push({ type: 'tool_call_response', id: answers, response: content ?? null });
  } else if (typeof content === 'string') parts.push(...contentOf(content, role));
  for (const called of inner(entry, 'tool_calls')) {
    const id = text(called.get('id'));
    const given = called.get('function.arguments') ?? called.get('arguments');
    parts.push({
      type: 'tool_call',
      ...(id === undefined ? {} : { id }),
      name: text(called.get('function.name')) ?? text(called.get('name')) ?? '',
      ...(given === undefined ? {} : { arguments: fromJson(given) ?? given }),
    });
  }
  const reason = text(entry.get('finish_reason'));
  return { role, parts, ...(reason === undefined ? {} : { finish_reason: reason }) };
}

/** Content of several parts is JSON, as OpenLLMetry has it. */
function contentOf(content: string, role: string): Part[] {
  const parts = content.startsWith('[{') ? fromJson(content) : undefined;
  return Array.isArray(parts) ? (toMessages([{ role, content: parts }], 'user')[0]?.parts ?? []) : [textPart(content)];
}

/** Numbered attributes; true when they say all that the JSON says. */
function putMessages(head: string, json: string | undefined, put: Spread): boolean {
  const written = new Map<string, AttributeValue>();
  for (const [index, message] of list(fromJson(json)).entries()) {
    const { role, parts, finish_reason: reason } = fields(message);
    const at = `${head}.${index}`;
    if (typeof role === 'string') written.set(`${at}.role`, role);
    if (typeof reason === 'string') written.set(`${at}.finish_reason`, reason);
    putParts(at, list(parts), written);
  }
  for (const [name, value] of written) put(name, 'string', value as string);
  return json !== undefined && messagesOf(entriesOf(head, written)) === json;
}

function putParts(at: string, parts: readonly unknown[], written: Map<string, AttributeValue>): void {
  let calls = 0;
  const contents: unknown[] = [];
  for (const item of parts) {
    const part = fields(item);
    if (part.type === 'tool_call') {
      const call = `${at}.tool_calls.${calls++}`;
      if (typeof part.id === 'string') written.set(`${call}.id`, part.id);
      written.set(`${call}.type`, 'function');
      if (typeof part.name === 'string') written.set(`${call}.function.name`, part.name);
      if (part.arguments !== undefined) written.set(`${call}.function.arguments`, argumentsText(part.arguments));
    } else if (part.type === 'tool_call_response') {
      if (part.response !== undefined) written.set(`${at}.content`, argumentsText(part.response));
      if (typeof part.id === 'string') written.set(`${at}.tool_call_id`, part.id);
    } else contents.push(item);
  }
  if (contents.length === 0) return;
  const only = fields(contents.length === 1 ? contents[0] : undefined);
  const plain = only.type === 'text' && typeof only.content === 'string' ? only.content : undefined;
  written.set(`${at}.content`, plain ?? JSON.stringify(contents));
}

function putTools({ toolDefinitions, provider }: Facts, put: Spread): boolean {
  const head = provider === 'aws.bedrock' ? TOOLS[2]! : isOpenai({ provider }) ? TOOLS[1]! : TOOLS[0]!;
  const written = new Map<string, AttributeValue>();
  for (const [index, tool] of list(fromJson(toolDefinitions)).entries()) {
    const { type, name, description, parameters } = fields(tool);
    const at = `${head}.${index}`;
    if (typeof type === 'string') written.set(`${at}.type`, type);
    if (typeof name === 'string') written.set(`${at}.function.name`, name);
    if (typeof description === 'string') written.set(`${at}.function.description`, description);
    if (parameters !== undefined) written.set(`${at}.function.parameters`, argumentsText(parameters));
  }
  for (const [name, value] of written) put(name, 'string', value as string);
  return toolDefinitions !== undefined && toolsOf(entriesOf(head, written)) === toolDefinitions;
}
