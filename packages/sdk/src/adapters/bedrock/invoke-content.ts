import type { AnsweredContent, AskedContent, Message } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import { messagesContent } from '../anthropic/messages-content.ts';
import { converseAsked, converseContent } from './converse-content.ts';
import { type InvokeResult, readInvoked } from './invoke-model.ts';

/** What bodies of all families say → messages of the conventions. `body` is what the request's body held. */
export function invokeContent(body: unknown) {
  return { asked: () => askedContent(fields(body)), answered: answeredContent };
}

function askedContent(body: Readonly<Record<string, unknown>>): AskedContent {
  // Nova's bodies say `schemaVersion`, and a tool is described inside `toolConfig`; Anthropic's say which version of its API.
  if (body.anthropic_version !== undefined) return messagesContent.asked([body]);
  if (Array.isArray(body.messages)) {
    const simple = body.messages.every((message) => typeof fields(message).content === 'string');
    return simple ? { input: body.messages.map(simpleMessage) } : converseAsked(body);
  }
  const texts = [body.prompt, body.inputText, body.message, body.query, ...list(body.texts), ...list(body.documents)];
  return { input: texts.flatMap((said) => (text(said) === undefined ? [] : [userMessage(String(said))])) };
}

function simpleMessage(value: unknown): Message {
  const { role, content } = fields(value);
  return { role: text(role) ?? 'user', parts: [{ type: 'text', content: String(content) }] };
}

function userMessage(content: string): Message {
  return { role: 'user', parts: [{ type: 'text', content }] };
}

function answeredContent(result: InvokeResult): AnsweredContent {
  const { message, converse, texts = [], facts } = readInvoked(result).told;
  if (message) return messagesContent.answered(message);
  if (converse) return converseContent.answered(converse);
  return {
    output: texts.map((content, at) => ({
      role: 'assistant',
      parts: [{ type: 'text', content }],
      finish_reason: facts.finishReasons?.[at] ?? 'error',
    })),
  };
}
