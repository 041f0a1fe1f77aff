/**
 * Content as the conventions had it before 1.37: whole prompts as JSON (G0), one event for each message (G1). Spans of today may
 * carry them as span events, as JSON lists of events in an attribute, or as the one details event of G2.
 */
import type { AttributeValue, SpanEvent } from '../facts.ts';
import type { Reader } from './column.ts';
import { type Message, messagesJson, toMessages } from './messages.ts';
import { type Fields, fields, fromJson, list, type Reading, text } from './reading.ts';

export const otelContent: Reader = {
  columns: [],
  marks: ['gen_ai.prompt', 'gen_ai.completion', 'events', 'all_messages_events'],
  read(reading) {
    fromEvents(reading, reading.wire.events.map(spanEvent));
    for (const name of ['events', 'all_messages_events']) {
      const events = list(reading.peekJson(name)).map(jsonEvent);
      if (events.some(({ name: of }) => ROLES.has(of)) && fromEvents(reading, events)) reading.take(name);
    }
    reading.offerFrom('inputMessages', 'gen_ai.prompt', (value) => messagesJson(value, 'user'));
    reading.offerFrom('outputMessages', 'gen_ai.completion', (value) => messagesJson(value, 'assistant'));
  },
};

interface MessageEvent {
  name: string;
  said: Fields;
}

/** An event's name → who speaks in it. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['gen_ai.system.message', 'system'],
  ['gen_ai.user.message', 'user'],
  ['gen_ai.assistant.message', 'assistant'],
  ['gen_ai.tool.message', 'tool'],
  ['gen_ai.choice', 'assistant'],
  ['gen_ai.content.prompt', 'user'],
  ['gen_ai.content.completion', 'assistant'],
]);

export function isContentEvent({ name }: SpanEvent): boolean {
  return ROLES.has(name);
}

/** Some senders put the body of the event in one attribute, others spread it over several. */
function spanEvent({ name, attributes }: SpanEvent): MessageEvent {
  const body: AttributeValue | undefined = attributes['event.body'] ?? attributes.body;
  return { name, said: { ...attributes, ...fields(fromJson(body)) } };
}

function jsonEvent(value: unknown): MessageEvent {
  const said = fields(value);
  return { name: text(said['event.name']) ?? text(said.name) ?? '', said: { ...said, ...fields(said.body) } };
}

function fromEvents(reading: Reading, events: readonly MessageEvent[]): boolean {
  const input: Message[] = [];
  const output: Message[] = [];
  for (const { name, said } of events) {
    const role = ROLES.get(name);
    if (role === undefined) continue;
    if (name === 'gen_ai.content.prompt') input.push(...whole(said['gen_ai.prompt'], 'user'));
    else if (name === 'gen_ai.content.completion') output.push(...whole(said['gen_ai.completion'], 'assistant'));
    else if (name === 'gen_ai.choice') output.push(...choice(said));
    else input.push(...toMessages([message(said, role)], 'user'));
  }
  const took = input.length > 0 && reading.offer('inputMessages', JSON.stringify(input));
  return (output.length > 0 && reading.offer('outputMessages', JSON.stringify(output))) || took;
}

function whole(value: unknown, role: 'user' | 'assistant'): Message[] {
  return toMessages(fromJson(value) ?? value, role);
}

function message(said: Fields, role: string): Fields {
  return {
    role: text(said.role) ?? role,
    content: fromJson(said.content) ?? said.content,
    tool_calls: fromJson(said.tool_calls) ?? said.tool_calls,
    // In a tool's message `id` names the call it answers.
    ...(role === 'tool' ? { tool_call_id: text(said.id) ?? text(said.tool_call_id) } : {}),
  };
}

function choice(said: Fields): Message[] {
  const given = fromJson(said.message) ?? said.message ?? said;
  const answers =
    Array.isArray(given) || typeof given === 'string'
      ? toMessages(given, 'assistant')
      : toMessages([message(fields(given), 'assistant')], 'assistant');
  const reason = text(said.finish_reason);
  return reason === undefined ? answers : answers.map((answer) => ({ ...answer, finish_reason: reason }));
}
