/** Every way of asking for a chat completion, of reading it, and of failing, for all clients that one generator made. */
import type OpenAI from 'openai';
import { vi } from 'vitest';
import { CANARY, collect, type Operation, turn } from './conformance.ts';
import type { Harness } from './harness.ts';

/** Clients of other names have the same methods: their types are close enough to be told to be OpenAI's. */
export type ChatClient = Pick<OpenAI, 'chat' | 'withOptions'>;

export function chatWays(h: Harness, model: string): Operation<ChatClient>[] {
  const hello = { model, messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }] };
  const streamed = { ...hello, stream: true as const };
  return [
    { name: 'await create', run: (client) => client.chat.completions.create(hello) },
    {
      name: 'then twice on one promise',
      run: async (client) => {
        const promise = client.chat.completions.create(hello);
        return Promise.all([promise.then((a) => a.object), promise.then((a) => a.model), promise]);
      },
    },
    {
      name: 'catch and finally',
      run: async (client) => {
        const seen: string[] = [];
        await client.chat.completions
          .create(hello)
          .finally(() => seen.push('finally'))
          .catch(() => seen.push('catch'));
        return seen;
      },
    },
    {
      name: 'withResponse',
      run: async (client) => {
        const { data, response } = await client.chat.completions.create(hello).withResponse();
        return [data, response.status, response.bodyUsed];
      },
    },
    {
      name: 'asResponse, body read by the caller',
      run: async (client) => {
        const response = await client.chat.completions.create(hello).asResponse();
        return [response.bodyUsed, await response.json()];
      },
    },
    {
      name: 'asResponse beside await',
      run: async (client) => {
        const promise = client.chat.completions.create(hello);
        const [response, data] = await Promise.all([promise.asResponse(), promise]);
        return [response.status, data];
      },
    },
    {
      name: 'awaited long after the answer came',
      run: async (client) => {
        const promise = client.chat.completions.create(hello);
        await turn();
        return promise;
      },
    },
    {
      name: 'the promise itself',
      run: async (client) => {
        const promise = client.chat.completions.create(hello);
        const facts = [
          promise.constructor.name,
          Object.keys(promise),
          Object.prototype.toString.call(promise),
          typeof promise.withResponse,
        ];
        await promise;
        return facts;
      },
    },
    {
      name: 'frozen arguments',
      run: (client) =>
        client.chat.completions.create(
          Object.freeze({ ...hello, messages: Object.freeze([...hello.messages]) as never }),
        ),
    },
    {
      name: 'null where a list is due',
      run: (client) => client.chat.completions.create({ model, messages: null } as never),
    },
    {
      name: 'logit_bias null',
      run: (client) => client.chat.completions.create({ ...hello, logit_bias: null }),
    },
    {
      name: 'headers and query of the request',
      run: async (client) => {
        await client.chat.completions.create(hello, { headers: { 'x-mine': '1' }, query: { a: 'b' } });
        const { headers, query } = h.fake.requests.at(-1)!;
        return [Object.keys(headers).toSorted(), query.get('a')];
      },
    },
    {
      name: 'stream, read to the end',
      run: async (client) => collect(await client.chat.completions.create(streamed)),
    },
    {
      name: 'stream withResponse',
      run: async (client) => {
        const { data, response } = await client.chat.completions.create(streamed).withResponse();
        return [response.headers.get('content-type'), await collect(data)];
      },
    },
    {
      name: 'stream asResponse',
      run: async (client) =>
        (
          await client.chat.completions.create({ ...streamed, stream_options: { include_usage: true } }).asResponse()
        ).text(),
    },
    {
      name: 'stream, left after one chunk',
      run: async (client) => {
        const stream = await client.chat.completions.create(streamed);
        for await (const chunk of stream) if (chunk) break;
        // The server notices when it notices; that it does is the point.
        await vi.waitUntil(() => h.fake.requests.at(-1)!.outcome !== 'open', { timeout: 10_000 });
        return [stream.controller.signal.aborted, h.fake.requests.at(-1)!.outcome];
      },
      reply: { text: 'a b c d e f', hangAfterChunks: 2 },
    },
    {
      name: 'stream, error thrown by the reader',
      run: async (client) => {
        for await (const chunk of await client.chat.completions.create(streamed))
          throw new Error(`reader: ${typeof chunk}`);
      },
    },
    {
      name: 'stream, read twice',
      run: async (client) => {
        const stream = await client.chat.completions.create(streamed);
        await collect(stream);
        return collect(stream);
      },
    },
    {
      name: 'stream, controller aborted while reading',
      run: async (client) => {
        const stream = await client.chat.completions.create(streamed);
        let count = 0;
        for await (const chunk of stream) if (chunk && ++count === 2) stream.controller.abort();
        return count;
      },
      reply: { text: 'a b c d e f', hangAfterChunks: 3 },
    },
    {
      name: 'stream, cut by the server',
      run: async (client) => collect(await client.chat.completions.create(streamed)),
      reply: { text: 'a b c d', dropAfterChunks: 2 },
    },
    {
      name: 'stream, error event inside',
      run: async (client) => collect(await client.chat.completions.create(streamed)),
      reply: { error: 'server_error', failAfterChunks: 2 },
    },
    {
      name: 'stream, garbage inside',
      run: async (client) => collect(await client.chat.completions.create(streamed)),
      reply: {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        stream: ['data: {"choices":[]}\n\n', 'data: {oops\n\n'],
      },
    },
    {
      name: 'stream, chunks without choices',
      run: async (client) => collect(await client.chat.completions.create(streamed)),
      reply: {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        stream: ['data: {"id":"x"}\n\n', 'data: {"choices":null}\n\n', 'data: [DONE]\n\n'],
      },
    },
    {
      name: 'tee',
      run: async (client) => Promise.all((await client.chat.completions.create(streamed)).tee().map(collect)),
    },
    {
      name: 'toReadableStream',
      run: async (client) => new Response((await client.chat.completions.create(streamed)).toReadableStream()).text(),
    },
    {
      name: 'manual iteration with return',
      run: async (client) => {
        const iterator = (await client.chat.completions.create(streamed))[Symbol.asyncIterator]();
        const first = await iterator.next();
        return [first.done, await iterator.return?.(undefined)];
      },
    },
    ...(['invalid_key', 'unknown_model', 'bad_request', 'rate_limit', 'server_error'] as const).map(
      (error): Operation<ChatClient> => ({
        name: `refused: ${error}`,
        reply: { error },
        run: (client) => client.chat.completions.create(hello),
      }),
    ),
    {
      name: 'retried by the library',
      replies: [{ error: 'rate_limit' }, {}],
      run: (client) => client.withOptions({ maxRetries: 1 }).chat.completions.create(hello),
    },
    {
      name: 'connection refused',
      run: (client) => client.withOptions({ baseURL: 'http://127.0.0.1:9/v1' }).chat.completions.create(hello),
    },
    {
      name: 'timed out',
      reply: { delayMs: 5_000 },
      run: (client) => client.chat.completions.create(hello, { timeout: 150 }),
    },
    {
      name: 'aborted before it began',
      run: (client) => client.chat.completions.create(hello, { signal: AbortSignal.abort() }),
    },
    {
      name: 'aborted on the way',
      reply: { delayMs: 5_000 },
      run: async (client) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 150);
        return client.chat.completions.create(hello, { signal: controller.signal });
      },
    },
    {
      name: 'an empty body',
      reply: { status: 200, body: '' },
      run: (client) => client.chat.completions.create(hello),
    },
  ];
}
