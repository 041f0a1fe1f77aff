import { type Content, limits } from '@tallyspan/facts';
import { boundedJson, bytesIn, withoutBase64 } from './bounded-json.ts';
import type { CaptureContent } from './options.ts';

/** A part of a message, in the shape of the GenAI conventions' JSON schemas (`gen-ai-input-messages.json`). */
export type Part =
  | { type: 'text' | 'reasoning'; content: string }
  | { type: 'tool_call'; id?: string; name: string; arguments?: unknown }
  | { type: 'tool_call_response'; id?: string; response: unknown }
  | { type: 'uri'; modality: string; mime_type?: string; uri: string }
  | { type: 'blob'; modality: string; mime_type?: string; content: string }
  | { type: 'file'; modality: string; file_id: string }
  | { type: string; content?: string };

export interface Message {
  role: string;
  parts: Part[];
  name?: string;
  finish_reason?: string;
}

export interface AskedContent {
  system?: Part[];
  input?: Message[];
  tools?: unknown[];
}
export interface AnsweredContent {
  output?: Message[];
}

export interface ContentRules {
  capture: CaptureContent;
  redact: ((text: string) => string) | undefined;
  /** With content off: record who spoke and which tools were called, for a dialect that asks for it. */
  outline?: boolean;
}

/** Whether anything of the messages is recorded. */
export function readsContent({ capture, outline }: ContentRules): boolean {
  return capture !== false || outline === true;
}

/** Content as facts: cut, redacted, serialised. Fails closed: when the redactor throws, nothing is recorded. */
export function contentFacts(
  { system, input, tools, output }: AskedContent & AnsweredContent,
  rules: ContentRules,
): Content {
  if (!rules.capture) return outlineFacts(input, output);
  const facts: Content = {};
  if (system?.length) facts.systemInstructions = JSON.stringify(parts(system, budgetOf(rules), rules));
  if (input?.length) facts.inputMessages = messages(input, rules);
  if (output?.length) facts.outputMessages = messages(output, rules);
  if (tools?.length && rules.capture === true) facts.toolDefinitions = definitions(tools, rules);
  return facts;
}

function outlineFacts(input: readonly Message[] | undefined, output: readonly Message[] | undefined): Content {
  return {
    ...(input?.length && { inputOutline: JSON.stringify(input.map(outlined)) }),
    ...(output?.length && { outputOutline: JSON.stringify(output.map(outlined)) }),
  };
}

function outlined({ role, parts: said, finish_reason }: Message) {
  const kept = said.flatMap((part) => {
    if (part.type !== 'tool_call' && part.type !== 'tool_call_response') return [];
    const { type, id, name } = part as { type: string; id?: unknown; name?: unknown };
    return [{ type, id, name }];
  });
  return { role, parts: kept, finish_reason };
}

/** Of tools, those that fit. */
function definitions(tools: readonly unknown[], rules: ContentRules): string {
  const budget = budgetOf(rules);
  const kept: string[] = [];
  for (const tool of tools) {
    const { json, whole } = boundedJson(tool, budget.left);
    if (!whole) break;
    budget.left -= json.length;
    kept.push(json);
  }
  return redacted(`[${kept.join(',')}]`, rules);
}

/** A plain value (tool arguments, tool results) as JSON. What had to be cut or redacted is text, as it is no longer the value. */
export function contentText(value: unknown, rules: ContentRules): string | undefined {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return undefined;
  const { json, whole } = boundedJson(value, budgetOf(rules).left);
  const kept = redacted(json, rules);
  return whole && kept === json ? json : JSON.stringify(kept);
}

interface Budget {
  left: number;
}
const budgetOf = ({ capture }: ContentRules): Budget => ({
  left: capture === 'preview' ? limits.previewCharsMax : limits.contentBytesMax,
});

/** What is read of a list of the user's before it is cut: more would not fit, and a million would hold up the process. */
export function recent(messages: unknown): readonly unknown[] {
  return Array.isArray(messages) ? messages.slice(-limits.contentItemsMax) : [];
}

/** The last messages matter most: the budget is spent from the end, and what no longer fits is left out whole. */
function messages(all: readonly Message[], rules: ContentRules): string {
  const wanted = rules.capture === 'preview' ? all.slice(-limits.previewMessagesMax) : all;
  const budget = budgetOf(rules);
  const kept: Message[] = [];
  for (const message of wanted.toReversed()) {
    if (budget.left <= 0) break;
    kept.unshift({ ...message, parts: parts(message.parts, budget, rules) });
  }
  return JSON.stringify(kept);
}

function parts(all: readonly Part[], budget: Budget, rules: ContentRules): Part[] {
  return all.slice(0, limits.contentItemsMax).map((part) => {
    if ('content' in part && typeof part.content === 'string') {
      // Base64 is never worth its bytes on a span: its type and size say what was there.
      if (part.type === 'blob') return { ...part, content: `(${part.content.length} characters of base64)` };
      return { ...part, content: spend(part.content, budget, rules) };
    }
    if ('uri' in part) return { ...part, uri: spend(part.uri, budget, rules) };
    if ('arguments' in part) return { ...part, arguments: spendValue(part.arguments, budget, rules) };
    if ('response' in part) return { ...part, response: spendValue(part.response, budget, rules) };
    return part;
  });
}

/** Arguments and results: values, or JSON text as it is on the wire, where the conventions prefer the value. */
function spendValue(value: unknown, budget: Budget, rules: ContentRules): unknown {
  if (value === undefined) return undefined;
  const given = typeof value === 'string' && value.length <= budget.left ? parsed(value) : value;
  if (typeof given === 'string') return spend(bytesIn(given) ?? given, budget, rules);
  const { json, whole } = boundedJson(given, Math.max(0, budget.left));
  const spent = spend(json, budget, rules);
  return whole && spent === json ? (JSON.parse(json) as unknown) : spent;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function spend(text: string, budget: Budget, rules: ContentRules): string {
  const kept = text.length > budget.left ? `${cut(text, Math.max(0, budget.left - 1))}…` : text;
  budget.left -= kept.length;
  return redacted(withoutBase64(kept), rules);
}

/** Cuts between characters, never through the two halves of one beyond the basic plane. */
export function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd8_00 && last <= 0xdb_ff ? length - 1 : length);
}

function redacted(text: string, { redact }: ContentRules): string {
  return redact ? String(redact(text)) : text;
}
