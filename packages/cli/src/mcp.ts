/**
 * A server of the Model Context Protocol on standard input and output, for coding agents that start one: each line is a message, which
 * goes to the running server's `/mcp` with the key of the environment, and what that answers comes back as lines. What it may see is
 * what the key may see; nothing is kept here but the version that both sides agreed on.
 */
import { createInterface } from 'node:readline';
import { isTallyError, TallyError } from '@tallyspan/facts';
import { askServer } from './ask-server.ts';
import { readEvents } from './server-events.ts';

export interface McpCommand {
  url: string;
}

/** A message of JSON-RPC, as far as it is looked at. */
interface Message {
  id?: string | number | null;
  method?: string;
  params?: { name?: unknown; uri?: unknown; protocolVersion?: unknown; _meta?: Record<string, unknown> };
  result?: { protocolVersion?: unknown };
}

/** Resolves when standard input ends and everything was answered. Throws SERVER_UNREACHABLE, SERVER_REFUSED or BAD_OPTION before the first line. */
export async function mcp({ url }: McpCommand): Promise<void> {
  // An agent shows what a server says when it starts, and hides what comes later.
  await askServer({ url, path: '/api/v1/whoami' });
  const asking = new Set<Promise<void>>();
  let version: string | undefined;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const message = parse(line);
    if (message === undefined) {
      write(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } }));
      continue;
    }
    const asked = forward(url, line, message, version).then((agreed) => {
      version = agreed ?? version;
    });
    asking.add(asked);
    void asked.finally(() => asking.delete(asked));
    // What comes after it is to be sent with the version that it brings.
    if (message.method === 'initialize') await asked;
  }
  await Promise.all(asking);
}

/** Sends one message on and writes what is answered. Answers the version that was agreed on, if it was this message that did. */
async function forward(
  url: string,
  line: string,
  message: Message,
  version: string | undefined,
): Promise<string | undefined> {
  let agreed: string | undefined;
  try {
    const key = process.env['TALLYSPAN_API_KEY'];
    const response = await fetch(new URL('/mcp', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(key && { authorization: `Bearer ${key}` }),
        ...headersOf(message, version),
      },
      body: line,
    });
    for await (const text of answersOf(response)) {
      const answer = parse(text);
      // A refusal that is no message of the protocol.
      if (answer === undefined || !(Array.isArray(answer) || 'jsonrpc' in answer))
        throw refused(url, response.status, answer);
      if (message.method === 'initialize' && typeof answer.result?.protocolVersion === 'string')
        agreed = answer.result.protocolVersion;
      write(text);
    }
  } catch (error) {
    const reason = isTallyError(error) ? error.message : `${url} does not answer: ${String((error as Error).message)}`;
    process.stderr.write(`tallyspan: ${reason.replace(/\s+/g, ' ')}\n`);
    if (message.id !== undefined && message.method !== undefined)
      write(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32603, message: reason } }));
  }
  return agreed;
}

const VERSION = 'io.modelcontextprotocol/protocolVersion';

/** Over HTTP a message says again in its headers what it is about: the newer protocol in each of them, the older its version only. */
function headersOf({ method, params }: Message, version: string | undefined): Record<string, string> {
  const own = params?._meta?.[VERSION];
  if (typeof own !== 'string' || method === undefined)
    return version === undefined ? {} : { 'mcp-protocol-version': version };
  const name = params?.name ?? params?.uri;
  return {
    ...{ 'mcp-protocol-version': own, 'mcp-method': method },
    ...(typeof name === 'string' && { 'mcp-name': headerText(name) }),
  };
}

function headerText(text: string): string {
  return /^[!-~](?:[ -~]*[!-~])?$/.test(text) && !text.startsWith('=?base64?')
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

/** One text or none, or the data of each event. */
async function* answersOf(response: Response): AsyncGenerator<string> {
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    for await (const { data } of readEvents(response)) if (data !== '') yield data;
    return;
  }
  const text = await response.text();
  if (text !== '') yield text;
  else if (!response.ok) yield '{}';
}

function refused(url: string, status: number, answer: unknown): TallyError {
  const { error } = (answer ?? {}) as { error?: Record<'what' | 'why' | 'fix', string> };
  return error === undefined
    ? new TallyError('SERVER_UNREACHABLE', { url, reason: `Something else answers there, with status ${status}.` })
    : new TallyError('SERVER_REFUSED', { what: error.what, why: error.why, fix: error.fix });
}

function parse(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

/** A message is one line: as it came, as what is read and written anew loses digits. In JSON a line break is nothing but space. */
function write(message: string): void {
  process.stdout.write(`${message.replace(/[\r\n]+/g, ' ')}\n`);
}
