/**
 * Message content in the shape of the conventions, of a provider, or anything else that was captured. Everything in here was written
 * by a model or its user: it leaves as plain text and is never read as HTML or a link.
 */
export interface Message {
  role: string;
  parts: Part[];
}

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'call'; id: string | null; name: string; text: string }
  | { kind: 'result'; id: string | null; name: string | null; text: string; failed: boolean }
  | MediaPart
  | { kind: 'data'; label: string; text: string };

/** An image, a sound or a file: its bytes as base64 text, or only where it lies. */
export interface MediaPart {
  kind: 'media';
  /** `image/png`; empty when nobody said. */
  type: string;
  base64: string | null;
  /** An address elsewhere or the provider's id of a file. The page never loads it. */
  reference: string | null;
}

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
    parts: messageParts(message),
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

function messageParts(message: Record<string, unknown>): Part[] {
  const parts = partsOf(message['parts'] ?? message['content']);
  // OpenAI answers a tool call with a message of its own, whose content is the result.
  if (message['role'] === 'tool' && typeof message['tool_call_id'] === 'string') {
    const text = parts.map((part) => ('text' in part ? part.text : '')).join('\n');
    return [{ kind: 'result', id: message['tool_call_id'], name: textOf(message['name']), text, failed: false }];
  }
  return [...parts, ...toolCallsOf(message['tool_calls'])];
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
  const known = READERS[type]?.(part) ?? geminiPart(part);
  if (known) return known;
  if (typeof text === 'string' && !('id' in part)) {
    return TEXTS.has(type) ? { kind: 'text', text } : { kind: 'data', label: label(type), text };
  }
  const name = typeof part['name'] === 'string' ? ` ${part['name']}` : '';
  return { kind: 'data', label: `${label(type)}${name}`, text: prettyJson(bodyOf(part)) };
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'part', 'input_text', 'output_text']);

type Reader = (part: Record<string, unknown>) => Part | null;

/** Parts by their type: those of the conventions first, then those of OpenAI and Anthropic. */
const READERS: Readonly<Record<string, Reader | undefined>> = Object.assign(Object.create(null), {
  tool_call: (part) => callPart(part, part['arguments']),
  tool_call_response: (part) => resultPart(part, part['id'], part['response'] ?? part['result']),
  reasoning: (part) => reasoningPart(part),
  blob: (part) => mediaPart(part['mime_type'] ?? part['modality'], part['content'] ?? part['data'], null),
  uri: (part) => mediaPart(part['mime_type'] ?? part['modality'], null, part['uri']),
  file: (part) => mediaPart(part['mime_type'] ?? part['modality'], null, part['file_id']),
  tool_use: (part) => callPart(part, part['input']),
  tool_result: (part) => resultPart(part, part['tool_use_id'], part['content']),
  thinking: (part) => reasoningPart({ ...part, content: part['thinking'] }),
  image_url: ({ image_url: image }) => urlPart(isRecord(image) ? image['url'] : image),
  input_image: ({ image_url: image }) => urlPart(image),
  image: ({ source }) =>
    isRecord(source) ? mediaPart(source['media_type'] ?? 'image', source['data'], source['url']) : null,
} satisfies Record<string, Reader>) as Record<string, Reader | undefined>;

function callPart(part: Record<string, unknown>, given: unknown): Part {
  const body = given ?? bodyOf(part);
  return { kind: 'call', id: textOf(part['id']), name: textOf(part['name']) ?? 'tool', text: prettyJson(body) };
}

function resultPart(part: Record<string, unknown>, id: unknown, result: unknown): Part {
  const text = Array.isArray(result) ? textsOf(result) : prettyJson(result ?? '');
  return { kind: 'result', id: textOf(id), name: textOf(part['name']), text, failed: part['is_error'] === true };
}

function textsOf(list: readonly unknown[]): string {
  const parts = partsOf(list);
  return parts.every((part) => part.kind === 'text') ? parts.map((part) => part.text).join('\n') : prettyJson(list);
}

function reasoningPart(part: Record<string, unknown>): Part | null {
  const text = part['content'] ?? part['text'];
  return typeof text === 'string' ? { kind: 'reasoning', text } : null;
}

function mediaPart(type: unknown, data: unknown, reference: unknown): Part | null {
  const base64 = typeof data === 'string' ? data : null;
  if (base64?.startsWith('data:')) return urlPart(base64);
  return { kind: 'media', type: textOf(type) ?? '', base64, reference: textOf(reference) };
}

function urlPart(url: unknown): Part | null {
  if (typeof url !== 'string') return null;
  const data = /^data:([a-z0-9.+/-]{1,100})?(?:;[a-z0-9=.-]{1,100})*;base64,/i.exec(url);
  if (data) return { kind: 'media', type: data[1] ?? '', base64: url.slice(data[0].length), reference: null };
  return { kind: 'media', type: 'image', base64: null, reference: url };
}

function geminiPart(part: Record<string, unknown>): Part | null {
  const { inlineData: inline, functionCall: call, functionResponse: response } = part;
  if (isRecord(inline)) return mediaPart(inline['mimeType'], inline['data'], null);
  if (isRecord(call)) return callPart(call, call['args']);
  if (isRecord(response)) return resultPart(response, response['id'], response['response']);
  return part['thought'] === true ? reasoningPart(part) : null;
}

/** What a part is about, without the type and name that its label already shows. */
function bodyOf(part: Record<string, unknown>): unknown {
  for (const key of ['arguments', 'response', 'result', 'content']) if (part[key] !== undefined) return part[key];
  const { type: _type, name: _name, ...rest } = part;
  return rest;
}

function toolCallsOf(calls: unknown): Part[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call: unknown): Part => {
    const called = isRecord(call) && isRecord(call['function']) ? call['function'] : call;
    if (!isRecord(called)) return { kind: 'data', label: 'tool call', text: prettyJson(called) };
    const id = isRecord(call) ? textOf(call['id']) : null;
    return {
      kind: 'call',
      id,
      name: textOf(called['name']) ?? 'tool',
      text: prettyJson(called['arguments'] ?? called),
    };
  });
}

function label(type: string): string {
  return type.replaceAll('_', ' ');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isMessage(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && ('role' in value || 'parts' in value || 'content' in value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
