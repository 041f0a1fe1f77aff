import type { Facts } from '@tallyspan/facts';
import type { Emitter, OpenModelCall } from '../../attach.ts';
import type { Message, Part } from '../../content.ts';
import { contentRules } from '../../kernel.ts';
import { fields, list, text } from '../../read.ts';
import { providerAt } from './hosts.ts';
import { safeCode } from './responses.ts';
import { responseUsage } from './usage.ts';

/** A session of `openai/realtime/ws` or `openai/realtime/websocket`: it tells everything as events. */
interface Session {
  url: URL;
  socket: { addEventListener(type: 'close', listener: (event: unknown) => void): void };
  on(event: string, listener: (event: unknown) => void): unknown;
  off(event: string, listener: (event: unknown) => void): unknown;
  send(event: unknown): unknown;
}

type Fields = Readonly<Record<string, unknown>>;

export function isSession(client: unknown): client is Session {
  const { url, socket, on, off, send } = fields(client);
  return (
    [on, off, send, fields(socket).addEventListener].every((method) => typeof method === 'function') &&
    text(fields(url).pathname)?.endsWith('/realtime') === true
  );
}

/** What was said last is enough to understand an answer. */
const HEARD_MAX = 8;
/** A session answers one thing at a time; more that are open never ended. */
const OPEN_MAX = 16;

/**
 * Watches a realtime session: one span from now until the connection closes, and below it one for each response, with the usage that
 * its `response.done` reports. Source: OpenAI API reference, "Realtime", server events.
 */
export function attachToSession(client: object, emit: Emitter): (() => void) | undefined {
  if (!isSession(client)) return undefined;
  const { url } = client;
  const asked: Facts = {
    provider: emit.options.provider ?? providerAt(url.href) ?? 'openai',
    requestModel: url.searchParams.get('model') ?? undefined,
    serverAddress: url.hostname.replace(/^\[|\]$/g, ''),
    serverPort: Number(url.port) || 443,
  };
  const session = emit.step({ operation: 'realtime_session', ...asked });
  const keepsContent = Boolean(contentRules(emit.options).capture);
  const open = new Map<unknown, OpenModelCall>();
  let heard: Message[] = [];

  const events: Record<string, (event: Fields) => void> = {
    'session.created': ({ session: made }) =>
      session.add({ conversationId: text(fields(made).id), responseModel: text(fields(made).model) }),
    'session.updated': ({ session: made }) => session.add({ responseModel: text(fields(made).model) }),
    'conversation.item.added': hear,
    'conversation.item.created': hear,
    'conversation.item.input_audio_transcription.completed': ({ transcript }) =>
      keep({ role: 'user', parts: [{ type: 'text', content: text(transcript) ?? '' }] }),
    'response.created': ({ response }) => {
      const { id, conversation_id } = fields(response);
      const call = emit.model(
        { operation: 'realtime', ...asked, stream: true, conversationId: text(conversation_id) },
        { under: session, content: { input: heard } },
      );
      heard = [];
      open.set(id, call);
      if (open.size > OPEN_MAX) forgetOldest();
    },
    'response.done': ({ response }) => {
      const done = fields(response);
      const call = open.get(done.id);
      open.delete(done.id);
      if (!call) return;
      const code = failureIn(done);
      if (code === undefined) return call.answered(answered(done), { output: [said(done)] });
      call.add(answered(done));
      call.fail(Object.assign(new Error(code), { name: code }));
    },
  };

  function hear({ item }: Fields): void {
    const { role, content, type, call_id, output } = fields(item);
    if (type === 'function_call_output')
      keep({ role: 'tool', parts: [{ type: 'tool_call_response', id: text(call_id) ?? '', response: output }] });
    else if (role === 'user' || role === 'system') keep({ role, parts: parts(content) });
  }

  function forgetOldest(): void {
    const [[id, call]] = open as unknown as [[unknown, OpenModelCall]];
    open.delete(id);
    call.left('abandoned');
  }

  function keep(message: Message): void {
    if (keepsContent && message.parts.length > 0) heard = [...heard.slice(1 - HEARD_MAX), message];
  }

  const listen = (event: unknown): void => {
    try {
      const told = fields(event);
      const type = String(told.type);
      if (type.endsWith('.delta')) open.get(told.response_id)?.chunk();
      else if (Object.hasOwn(events, type)) events[type]!(told);
    } catch {
      // An event of an unknown shape is the listener's next to us.
    }
  };
  const close = (event: unknown): void => {
    for (const call of open.values()) call.left('abandoned');
    open.clear();
    // With automatic reconnection the session tells the code itself.
    const code = typeof event === 'number' ? event : fields(event).code;
    if (code === undefined || NORMAL.has(code)) session.end();
    else session.fail(Object.assign(new Error('closed'), { name: `websocket_${String(code)}` }));
  };

  client.on('event', listen);
  if (fields(client)._recovery) client.on('close', close);
  else client.socket.addEventListener('close', close);
  return () => {
    client.off('event', listen);
    close(undefined);
  };
}

/** Closed by either side on purpose (RFC 6455, section 7.4.1). */
const NORMAL = new Set<unknown>([1000, 1001, 1005]);

function answered({ id, status, status_details, usage, conversation_id }: Fields) {
  const reason = text(fields(status_details).reason);
  return {
    responseId: text(id),
    conversationId: text(conversation_id),
    finishReasons: [status === 'completed' ? 'stop' : (reason ?? text(status) ?? 'error')],
    ...responseUsage(usage),
  };
}

/** Whoever speaks into an answer cancels it, which is no failure. */
function failureIn({ status, status_details }: Fields): string | undefined {
  return status === 'failed' ? safeCode(fields(fields(status_details).error).code) : undefined;
}

function said({ output }: Fields): Message {
  const all = list(output).flatMap((value): Part[] => {
    const { type, name, call_id, arguments: given, content } = fields(value);
    if (type !== 'function_call') return parts(content);
    return [{ type: 'tool_call', id: text(call_id) ?? '', name: text(name) ?? '', arguments: given }];
  });
  return { role: 'assistant', parts: all, finish_reason: 'stop' };
}

/** Sound is known by what was said in it. */
function parts(content: unknown): Part[] {
  return list(content).flatMap((value): Part[] => {
    const { text: written, transcript } = fields(value);
    const words = text(written) ?? text(transcript);
    return words === undefined ? [] : [{ type: 'text', content: words }];
  });
}
