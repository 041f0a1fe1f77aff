import { anthropicError, anthropicErrorInStream, refusedByAnthropic } from './anthropic/errors.ts';
import { countedTokens, messages } from './anthropic/messages.ts';
import type { MakeId } from './ids.ts';
import { chatCompletions } from './openai/chat.ts';
import { embeddings } from './openai/embeddings.ts';
import { openaiError, openaiErrorInStream, refusedByOpenai, unknownUrl } from './openai/errors.ts';
import { moderations } from './openai/moderations.ts';
import { responses, storedResponse } from './openai/responses.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { ErrorName, Reply } from './reply.ts';
import type { Handle, WireCall } from './wire/call.ts';
import { eventText, type Outgoing, type ServerSentEvent } from './wire/outgoing.ts';

/** What a provider says when it does not answer. */
interface Provider {
  /** Undefined when it would answer. */
  refused(request: RecordedRequest, makeId: MakeId): Outgoing | undefined;
  error(name: ErrorName, request: RecordedRequest, reply: Reply, makeId: MakeId): Outgoing;
  errorInStream(name: ErrorName, request: RecordedRequest, at: number): ServerSentEvent;
}

interface Route {
  method: 'GET' | 'POST';
  path: RegExp;
  provider: Provider;
  handle: Handle;
}

const openai: Provider = { refused: refusedByOpenai, error: openaiError, errorInStream: openaiErrorInStream };
const anthropic: Provider = {
  refused: refusedByAnthropic,
  error: anthropicError,
  errorInStream: anthropicErrorInStream,
};

/** All that the fake understands. */
const routes: readonly Route[] = [
  { method: 'POST', path: /^\/v1\/chat\/completions$/, provider: openai, handle: chatCompletions },
  { method: 'POST', path: /^\/v1\/responses$/, provider: openai, handle: responses },
  { method: 'GET', path: /^\/v1\/responses\/[^/]+$/, provider: openai, handle: storedResponse },
  { method: 'POST', path: /^\/v1\/embeddings$/, provider: openai, handle: embeddings },
  { method: 'POST', path: /^\/v1\/moderations$/, provider: openai, handle: moderations },
  { method: 'POST', path: /^\/v1\/messages$/, provider: anthropic, handle: messages },
  { method: 'POST', path: /^\/v1\/messages\/count_tokens$/, provider: anthropic, handle: countedTokens },
];

interface Written {
  status: number;
  headers: Record<string, string>;
  chunks: (string | Uint8Array)[];
}

/** The reply put into the words of the provider that was called, as chunks of text. */
export function write(call: WireCall): Written {
  const { request, reply, makeId } = call;
  if (reply.stream !== undefined) return streamed(reply, 200, {}, reply.stream);
  if (reply.body !== undefined) return whole(reply, 200, {}, reply.body);

  const route = routes.find(({ method, path }) => method === request.method && path.test(request.path));
  const refused = route === undefined ? unknownUrl(request, makeId) : route.provider.refused(request, makeId);
  if (route === undefined || refused !== undefined) return whole({}, refused!.status, refused!.headers, refused!.body);
  if (reply.error !== undefined && reply.failAfterChunks === undefined) {
    const { status, headers, body } = route.provider.error(reply.error, request, reply, makeId);
    return whole(reply, status, headers, body);
  }

  const { status, headers, body, events } = route.handle(call);
  if (events === undefined) return whole(reply, status, headers, edited(reply, body));
  const sent = events.flatMap(({ event, data }) => {
    const changed = data === '[DONE]' ? data : edited(reply, data);
    return changed === undefined ? [] : [{ ...(event !== undefined && { event }), data: changed }];
  });
  if (reply.error !== undefined && reply.failAfterChunks !== undefined) {
    sent.splice(
      reply.failAfterChunks,
      Infinity,
      route.provider.errorInStream(reply.error, request, reply.failAfterChunks),
    );
  }
  return streamed(reply, status, headers, sent.map(eventText));
}

function edited<Body>(reply: Reply, body: Body): Body | undefined {
  return reply.edit === undefined
    ? body
    : (reply.edit(structuredClone(body) as Record<string, unknown>) as Body | undefined);
}

function streamed(
  reply: Reply,
  status: number,
  headers: Record<string, string>,
  chunks: readonly (string | Uint8Array)[],
): Written {
  const type = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  return { status: reply.status ?? status, headers: { ...type, ...headers, ...reply.headers }, chunks: [...chunks] };
}

/** A whole body is sent in two halves, so that it can be cut in the middle. */
function whole(reply: Reply, status: number, headers: Record<string, string>, body: unknown): Written {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body ?? {});
  const middle = Math.ceil(text.length / 2);
  const type = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  return {
    status: reply.status ?? status,
    headers: { ...type, ...headers, ...reply.headers },
    chunks: [text.slice(0, middle), text.slice(middle)].filter((half) => half.length > 0),
  };
}
