/**
 * Message content in the shape of the conventions, or anything else that was captured. Everything in here was written by a
 * model or its user: it leaves as plain text and is never read as HTML, Markdown or a link.
 */
export interface Message {
  role: string;
  parts: Part[];
}
export type Part = { kind: 'text'; text: string } | { kind: 'data'; label: string; text: string };

/** Messages of a fact that holds JSON text or parsed JSON; null when it is no list of messages. */
export function readMessages(value: unknown): Message[] | null {
  const parsed = parseJson(value);
  const list = Array.isArray(parsed)
    ? parsed
    : isRecord(parsed) && Array.isArray(parsed['messages'])
      ? parsed['messages']
      : null;
  if (!list || list.length === 0 || !list.every(isMessage)) return null;
  return list.map((message) => ({
    role: String(message['role'] ?? 'message'),
    parts: [...partsOf(message['parts'] ?? message['content']), ...toolCallsOf(message['tool_calls'])],
  }));
}

/** System instructions come as text or as a list of parts without a role. */
export function readParts(value: unknown): Part[] {
  return partsOf(parseJson(value));
}

/** Indented JSON for JSON, the text itself for anything else. Never throws. */
export function prettyJson(value: unknown): string {
  const parsed = parseJson(value);
  if (typeof parsed === 'string') return parsed;
  try {
    return JSON.stringify(parsed, null, 2) ?? String(parsed);
  } catch {
    return String(parsed);
  }
}

/** A text that was made JSON twice on its way is read twice; a third wrapping is somebody's own. */
const WRAPPINGS_MAX = 3;

function parseJson(value: unknown): unknown {
  let parsed = value;
  for (let i = 0; i < WRAPPINGS_MAX && typeof parsed === 'string' && /^\s*[[{"]/.test(parsed); i++) {
    try {
      parsed = JSON.parse(parsed) as unknown;
    } catch {
      break;
    }
  }
  return parsed;
}

function partsOf(value: unknown): Part[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [partOf(value)];
  return value.map(partOf);
}

function partOf(part: unknown): Part {
  if (typeof part === 'string') return { kind: 'text', text: part };
  if (!isRecord(part)) return { kind: 'data', label: 'value', text: prettyJson(part) };
  const type = typeof part['type'] === 'string' ? part['type'] : 'part';
  const text = part['content'] ?? part['text'];
  if (typeof text === 'string' && !('id' in part)) {
    return type === 'text' || type === 'part' ? { kind: 'text', text } : { kind: 'data', label: label(type), text };
  }
  const name = typeof part['name'] === 'string' ? ` ${part['name']}` : '';
  return { kind: 'data', label: `${label(type)}${name}`, text: prettyJson(bodyOf(part)) };
}

/** What a part is about, without the type and name that its label already shows. */
function bodyOf(part: Record<string, unknown>): unknown {
  for (const key of ['arguments', 'response', 'result', 'content']) if (part[key] !== undefined) return part[key];
  const { type: _type, name: _name, ...rest } = part;
  return rest;
}

function toolCallsOf(calls: unknown): Part[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call: unknown) => {
    const called = isRecord(call) && isRecord(call['function']) ? call['function'] : call;
    const name = isRecord(called) && typeof called['name'] === 'string' ? ` ${called['name']}` : '';
    return {
      kind: 'data',
      label: `tool call${name}`,
      text: prettyJson(isRecord(called) ? (called['arguments'] ?? called) : called),
    };
  });
}

function label(type: string): string {
  return type.replaceAll('_', ' ');
}

function isMessage(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && ('role' in value || 'parts' in value || 'content' in value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
