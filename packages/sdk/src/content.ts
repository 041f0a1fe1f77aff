import { type Content, limits } from '@tallyspan/facts';
import type { CaptureContent } from './options.ts';

/** A part of a message, in the shape of the GenAI conventions' JSON schemas (`gen-ai-input-messages.json`). */
export type Part =
  | { type: 'text' | 'reasoning'; content: string }
  | { type: 'tool_call'; id?: string; name: string; arguments?: unknown }
  | { type: 'tool_call_response'; id?: string; response: unknown }
  | { type: 'uri'; modality: string; uri: string }
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
}

/** Content as facts: cut, redacted, serialised. Fails closed: when the redactor throws, nothing is recorded. */
export function contentFacts(
  { system, input, tools, output }: AskedContent & AnsweredContent,
  rules: ContentRules,
): Content {
  const facts: Content = {};
  if (system?.length) facts.systemInstructions = JSON.stringify(parts(system, budgetOf(rules), rules));
  if (input?.length) facts.inputMessages = messages(input, rules);
  if (output?.length) facts.outputMessages = messages(output, rules);
  if (tools?.length && rules.capture === true) facts.toolDefinitions = redacted(JSON.stringify(tools), rules);
  return facts;
}

/** A plain value (tool arguments, tool results) as JSON. What had to be cut or redacted is text, as it is no longer the value. */
export function contentText(value: unknown, rules: ContentRules): string | undefined {
  const text = JSON.stringify(value);
  if (text === undefined) return undefined;
  const kept = redacted(text.slice(0, budgetOf(rules).left), rules);
  return kept === text ? text : JSON.stringify(kept);
}

interface Budget {
  left: number;
}
const budgetOf = ({ capture }: ContentRules): Budget => ({
  left: capture === 'preview' ? limits.previewCharsMax : limits.contentBytesMax,
});

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
  return all.map((part) => {
    if ('content' in part && typeof part.content === 'string') {
      // Base64 is never worth its bytes on a span: its type and size say what was there.
      if (part.type === 'blob') return { ...part, content: `(${part.content.length} characters of base64)` };
      return { ...part, content: spend(part.content, budget, rules) };
    }
    if ('arguments' in part) return { ...part, arguments: spendValue(part.arguments, budget, rules) };
    if ('response' in part) return { ...part, response: spendValue(part.response, budget, rules) };
    return part;
  });
}

function spendValue(value: unknown, budget: Budget, rules: ContentRules): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return undefined;
  const spent = spend(text, budget, rules);
  if (spent !== text) return spent;
  return typeof value === 'string' ? parsed(value) : value;
}

/** Tool arguments are JSON text on the wire; the conventions prefer the object. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function spend(text: string, budget: Budget, rules: ContentRules): string {
  const kept = text.length > budget.left ? `${text.slice(0, Math.max(0, budget.left))}…` : text;
  budget.left -= kept.length;
  return redacted(kept, rules);
}

function redacted(text: string, { redact }: ContentRules): string {
  return redact ? String(redact(text)) : text;
}
