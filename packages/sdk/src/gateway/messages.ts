/** What a JSON-RPC message of the Model Context Protocol says. Messages come from outside and are read with care. */
import type { Facts } from '@tallyspan/facts';
import type { Failure } from '../failure.ts';
import { fields, text } from '../read.ts';

type Message = Readonly<Record<string, unknown>>;

/** A message that wants an answer. */
export interface Request {
  id: string;
  method: string;
  params: Message;
}
/** An answer to one. */
interface Answer {
  id: string;
  result: Message;
  /** Present when it failed. */
  error: Message | undefined;
}

export function requestOf(message: unknown): Request | undefined {
  const { id, method, params } = fields(message);
  return isId(id) && typeof method === 'string' ? { id: String(id), method, params: fields(params) } : undefined;
}

export function answerOf(message: unknown): Answer | undefined {
  const { id, method, result, error } = fields(message);
  if (!isId(id) || method !== undefined || (result === undefined && error === undefined)) return undefined;
  return { id: String(id), result: fields(result), error: error === undefined ? undefined : fields(error) };
}

/** The id of the request that this message calls off, and why. */
export function cancellationOf(message: unknown): { id: string; reason: string } | undefined {
  const { method, params } = fields(message);
  if (method !== 'notifications/cancelled') return undefined;
  const { requestId, reason } = fields(params);
  return isId(requestId) ? { id: String(requestId), reason: text(reason) ?? '' } : undefined;
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || typeof id === 'number';
}

/** Where the second major keeps, in every request, what the first said once at the beginning. */
const VERSION = 'io.modelcontextprotocol/protocolVersion';

/** Facts of a request. Neither its arguments nor what a URI asks for after the question mark. */
export function askedFacts({ id, method, params }: Request): Facts {
  const facts: Facts = { mcpMethod: method, jsonRpcRequestId: id };
  const name = text(params['name']);
  const { name: prompt, uri } = fields(params['ref']);
  if (method === 'tools/call') facts.operation = 'execute_tool';
  if (method === 'tools/call' && name !== undefined) facts.toolName = name;
  const promptName = method === 'prompts/get' ? name : text(prompt);
  if (promptName !== undefined) facts.promptName = promptName;
  const resource = text(params['uri']) ?? text(uri);
  if (resource !== undefined) facts.mcpResourceUri = resource.replace(/[?#].*$/s, '');
  const version = text(fields(params['_meta'])[VERSION]);
  if (version !== undefined) facts.mcpProtocolVersion = version;
  return facts;
}

/** The version that both ends agreed on, in the answer to `initialize`. */
export function agreedVersion({ result }: Answer): string | undefined {
  return text(result['protocolVersion']);
}

/** Codes that say that the caller was wrong. They fail its own span and not that of the server, which did what it should. */
const CALLERS_FAULT = new Set(['-32700', '-32600', '-32601', '-32602', '-32002']);

/** How an answer failed, if it did. The server's words are content: they may quote what was asked. */
export function failureOf(
  answer: Answer,
  side: 'client' | 'server',
  facts: Facts,
  keepsText: boolean,
): Failure | undefined {
  const { error, result } = answer;
  if (!error) return result['isError'] === true ? TOOL_ERROR : undefined;
  const code = typeof error['code'] === 'number' ? String(error['code']) : '_OTHER';
  facts.rpcStatusCode = code;
  if (side === 'server' && CALLERS_FAULT.has(code)) return undefined;
  const message = keepsText ? text(error['message'])?.slice(0, 1000) : undefined;
  return { errorType: code, statusMessage: message ?? `JSON-RPC ${code}` };
}

/** The conventions' name for a tool that ran and says that it failed. */
const TOOL_ERROR: Failure = { errorType: 'tool_error', statusMessage: 'tool_error' };

/** Both majors send the same notification when the time is up and when the caller changed its mind; only the words differ. */
export function cancelledBy(reason: string): Failure {
  const errorType = /timed out|timeout/i.test(reason) ? 'timeout' : 'aborted';
  return { errorType, statusMessage: errorType };
}
