import type { AnsweredContent, AskedContent, Part } from '../content.ts';
import { fields, list } from '../read.ts';
import type { GuardText, Origin } from './scanner.ts';

/** What is to be scanned of a call, from the content its adapter read. */
export function textsOfAsked({ system, input }: AskedContent): GuardText[] {
  return [
    ...textsOfParts(system ?? [], 'system'),
    ...(input ?? []).flatMap((message) => textsOfParts(message.parts, originOf(message.role))),
  ];
}

export function textsOfAnswered({ output }: AnsweredContent): GuardText[] {
  return (output ?? []).flatMap((message) => textsOfParts(message.parts, 'assistant'));
}

/** What a tool answered, or is about to be called with: every text within the value. */
export function textsOfTool(value: unknown, origin: Origin = 'tool'): GuardText[] {
  return texts(value, origin);
}

function originOf(role: string): Origin {
  if (role === 'system' || role === 'developer') return 'system';
  if (role === 'assistant' || role === 'model') return 'assistant';
  return role === 'tool' || role === 'function' ? 'tool' : 'user';
}

function textsOfParts(parts: readonly Part[], origin: Origin): GuardText[] {
  return parts.flatMap((part) => {
    if (part.type === 'blob') return [];
    if ('response' in part) return texts(part.response, 'tool');
    if ('arguments' in part) return texts(part.arguments, origin);
    return 'content' in part && typeof part.content === 'string' ? texts(part.content, origin) : [];
  });
}

/** Values within values that are looked at. A tool's answer may be any JSON, and a hostile one very deep. */
const VALUES_MAX = 10_000;

/** Every text in a value. JSON that is written as text is one text: its strings are in it. */
function texts(value: unknown, origin: Origin): GuardText[] {
  const found: GuardText[] = [];
  const waiting: unknown[] = [value];
  for (let seen = 0; waiting.length > 0 && seen < VALUES_MAX; seen++) {
    const next = waiting.pop();
    if (typeof next === 'string') {
      if (next !== '') found.push({ text: next, origin });
    } else if (typeof next === 'object' && next !== null) {
      const inner = Array.isArray(next) ? list(next) : Object.values(fields(next));
      for (let at = Math.min(inner.length, VALUES_MAX) - 1; at >= 0; at--) waiting.push(inner[at]);
    }
  }
  return found;
}
