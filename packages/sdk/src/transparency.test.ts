/**
 * The oracle: every operation runs bare and watched, and whatever the program can see must be the same. In brackets: how many spans
 * there must be, each ended once.
 */
import type { Reply } from '@tallyspan/fake-provider';
import type OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { observe } from './observe.ts';
import { watch } from './watch.ts';

const h = harness();
const streamed = { ...hello, stream: true as const };
const format = {
  type: 'json_schema' as const,
  json_schema: { name: 'p', strict: true, schema: { type: 'object', properties: {} } },
};
const turn = (milliseconds = 30) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Operation {
  name: string;
  spans: number;
  reply?: Reply;
  replies?: Reply[];
  run(client: OpenAI): Promise<unknown>;
}

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

const operations: Operation[] = [
  { name: 'await create', spans: 1, run: (client) => client.chat.completions.create(hello) },
  {
    name: 'then twice on one promise',
    spans: 1,
    run: async (client) => {
      const promise = client.chat.completions.create(hello);
      return Promise.all([promise.then((a) => a.object), promise.then((a) => a.model), promise]);
    },
  },
  {
    name: 'catch and finally',
    spans: 1,
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
    spans: 1,
    run: async (client) => {
      const { data, response } = await client.chat.completions.create(hello).withResponse();
      return [data, response.status, response.bodyUsed];
    },
  },
  {
    name: 'asResponse, body read by the caller',
    spans: 1,
    run: async (client) => {
      const response = await client.chat.completions.create(hello).asResponse();
      return [response.bodyUsed, await response.json()];
    },
  },
  {
    name: 'asResponse beside await',
    spans: 1,
    run: async (client) => {
      const promise = client.chat.completions.create(hello);
      const [response, data] = await Promise.all([promise.asResponse(), promise]);
      return [response.status, data];
    },
  },
  {
    name: 'awaited long after the answer came',
    spans: 1,
    run: async (client) => {
      const promise = client.chat.completions.create(hello);
      await turn();
      return promise;
    },
  },
  {
    name: 'the promise itself',
    spans: 1,
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
    spans: 1,
    run: (client) =>
      client.chat.completions.create(
        Object.freeze({ ...hello, messages: Object.freeze([...hello.messages]) as never }),
      ),
  },
  {
    name: 'null where a list is due',
    spans: 1,
    run: (client) => client.chat.completions.create({ model: 'gpt-4o', messages: null } as never),
  },
  {
    name: 'logit_bias null',
    spans: 1,
    run: (client) => client.chat.completions.create({ ...hello, logit_bias: null }),
  },
  {
    name: 'headers and query of the request',
    spans: 1,
    run: async (client) => {
      await client.chat.completions.create(hello, { headers: { 'x-mine': '1' }, query: { a: 'b' } });
      const { headers, query } = h.fake.requests.at(-1)!;
      return [Object.keys(headers).toSorted(), query.get('a')];
    },
  },
  {
    name: 'stream, read to the end',
    spans: 1,
    run: async (client) => collect(await client.chat.completions.create(streamed)),
  },
  {
    name: 'stream withResponse',
    spans: 1,
    run: async (client) => {
      const { data, response } = await client.chat.completions.create(streamed).withResponse();
      return [response.headers.get('content-type'), await collect(data)];
    },
  },
  {
    name: 'stream asResponse',
    spans: 1,
    run: async (client) =>
      (
        await client.chat.completions.create({ ...streamed, stream_options: { include_usage: true } }).asResponse()
      ).text(),
  },
  {
    name: 'stream, left after one chunk',
    spans: 1,
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
    spans: 1,
    run: async (client) => {
      for await (const chunk of await client.chat.completions.create(streamed))
        throw new Error(`reader: ${typeof chunk}`);
    },
  },
  {
    name: 'stream, read twice',
    spans: 1,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      await collect(stream);
      return collect(stream);
    },
  },
  {
    name: 'stream, controller aborted while reading',
    spans: 1,
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
    spans: 1,
    run: async (client) => collect(await client.chat.completions.create(streamed)),
    reply: { text: 'a b c d', dropAfterChunks: 2 },
  },
  {
    name: 'stream, error event inside',
    spans: 1,
    run: async (client) => collect(await client.chat.completions.create(streamed)),
    reply: { error: 'server_error', failAfterChunks: 2 },
  },
  {
    name: 'stream, garbage inside',
    spans: 1,
    run: async (client) => collect(await client.chat.completions.create(streamed)),
    reply: {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      stream: ['data: {"choices":[]}\n\n', 'data: {oops\n\n'],
    },
  },
  {
    name: 'stream, chunks without choices',
    spans: 1,
    run: async (client) => collect(await client.chat.completions.create(streamed)),
    reply: {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      stream: ['data: {"id":"x"}\n\n', 'data: {"choices":null}\n\n', 'data: [DONE]\n\n'],
    },
  },
  {
    name: 'tee',
    spans: 1,
    run: async (client) => Promise.all((await client.chat.completions.create(streamed)).tee().map(collect)),
  },
  {
    name: 'toReadableStream',
    spans: 1,
    run: async (client) => new Response((await client.chat.completions.create(streamed)).toReadableStream()).text(),
  },
  {
    name: 'manual iteration with return',
    spans: 1,
    run: async (client) => {
      const iterator = (await client.chat.completions.create(streamed))[Symbol.asyncIterator]();
      const first = await iterator.next();
      return [first.done, await iterator.return?.(undefined)];
    },
  },
  {
    name: 'chat.completions.parse',
    spans: 1,
    run: (client) => client.chat.completions.parse({ ...hello, response_format: format }),
    reply: { text: '{"a":1}' },
  },
  {
    name: 'parse of a cut answer',
    spans: 1,
    run: (client) => client.chat.completions.parse({ ...hello, response_format: format }),
    reply: { text: '{"a"', finish: 'length' },
  },
  {
    name: 'chat.completions.stream',
    spans: 1,
    run: async (client) => {
      const events: string[] = [];
      const stream = client.chat.completions.stream(hello);
      for (const event of ['content', 'chunk', 'end', 'finalContent', 'error', 'abort'] as const)
        stream.on(event, () => events.push(event));
      return [await stream.finalContent(), await stream.totalUsage().catch((error: Error) => error.message), events];
    },
  },
  {
    name: 'chat.completions.stream with tools and a format',
    spans: 1,
    run: async (client) => {
      const tools = [
        {
          type: 'function' as const,
          function: { name: 'find', strict: true, parameters: { type: 'object', properties: {} } },
        },
      ];
      return client.chat.completions.stream({ ...hello, tools, response_format: format }).finalChatCompletion();
    },
    reply: { text: '{"a":1}' },
  },
  {
    name: 'chat.completions.stream aborted',
    spans: 1,
    run: async (client) => {
      const stream = client.chat.completions.stream(hello);
      stream.on('chunk', () => stream.abort());
      return stream.done();
    },
    reply: { text: 'a b c d', hangAfterChunks: 3 },
  },
  { name: 'responses.create', spans: 1, run: (client) => client.responses.create({ model: 'gpt-4o', input: 'Hi.' }) },
  {
    name: 'responses.create streamed',
    spans: 1,
    run: async (client) => collect(await client.responses.create({ model: 'gpt-4o', input: 'Hi.', stream: true })),
  },
  {
    name: 'responses.stream',
    spans: 1,
    run: async (client) => client.responses.stream({ model: 'gpt-4o', input: 'Hi.' }).finalResponse(),
  },
  {
    name: 'responses.parse',
    spans: 1,
    run: (client) =>
      client.responses.parse({
        model: 'gpt-4o',
        input: 'Hi.',
        text: { format: { ...format.json_schema, type: 'json_schema' } },
      }),
    reply: { text: '{"a":1}' },
  },
  {
    name: 'embeddings, default encoding',
    spans: 1,
    run: (client) => client.embeddings.create({ model: 'text-embedding-3-small', input: 'hi' }),
  },
  {
    name: 'embeddings, floats',
    spans: 1,
    run: (client) =>
      client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format: 'float' }),
  },
  ...(['invalid_key', 'unknown_model', 'bad_request', 'rate_limit', 'server_error'] as const).map(
    (error): Operation => ({
      name: `refused: ${error}`,
      spans: 1,
      reply: { error },
      run: (client) => client.chat.completions.create(hello),
    }),
  ),
  {
    name: 'retried by the library',
    spans: 1,
    replies: [{ error: 'rate_limit' }, {}],
    run: (client) => client.withOptions({ maxRetries: 1 }).chat.completions.create(hello),
  },
  {
    name: 'connection refused',
    spans: 1,
    run: (client) => client.withOptions({ baseURL: 'http://127.0.0.1:9/v1' }).chat.completions.create(hello),
  },
  {
    name: 'timed out',
    spans: 1,
    reply: { delayMs: 5_000 },
    run: (client) => client.chat.completions.create(hello, { timeout: 150 }),
  },
  {
    name: 'aborted before it began',
    spans: 1,
    run: (client) => client.chat.completions.create(hello, { signal: AbortSignal.abort() }),
  },
  {
    name: 'aborted on the way',
    spans: 1,
    reply: { delayMs: 5_000 },
    run: async (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 150);
      return client.chat.completions.create(hello, { signal: controller.signal });
    },
  },
  {
    name: 'an empty body',
    spans: 1,
    reply: { status: 200, body: '' },
    run: (client) => client.chat.completions.create(hello),
  },
  { name: 'calls that are not watched', spans: 0, run: (client) => client.moderations.create({ input: 'hi' }) },
];

/** Everything the program can see, as data. Ids, times and the marks of one run are taken out. */
async function see(operation: Operation, client: OpenAI): Promise<unknown> {
  // A script of its own for each run: a request that was aborted before it arrived must not leave its reply to the next.
  const replies = [...(operation.replies ?? (operation.reply ? [operation.reply] : []))];
  h.fake.respond(() => replies.shift());
  const unhandled: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
  let outcome: unknown;
  try {
    outcome = { value: await operation.run(client) };
  } catch (error) {
    const { name, message, status, code, constructor } = error as Error & { status?: number; code?: unknown };
    outcome = { error: [constructor.name, name, message, status, code] };
  }
  await turn(5);
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
  const text = JSON.stringify({ outcome, unhandled: unhandled.toSorted() }) ?? '';
  return JSON.parse(
    text
      .replaceAll(/(chatcmpl|modr|resp|msg|rs|fc|req|call|item|obfuscation)[-_][A-Za-z0-9]+/g, '$1-id')
      .replaceAll(/(created|created_at|completed_at)(\\?"):\d+/g, '$1$2:0'),
  );
}

describe.each(majors)('%s', (_, Client) => {
  describe.each([
    ['watched', watch],
    ['observed', observe],
  ])('%s', (_door, door) => {
    it.each(operations.map((operation) => [operation.name, operation] as const))(
      'LLM-03 %s: nothing differs, and the span ends once',
      async (_name, operation) => {
        const bare = await see(operation, h.openai(Client));
        expect(await see(operation, door(h.openai(Client)))).toEqual(bare);
        await expect.poll(async () => (await h.spans()).length, { timeout: 5000 }).toBe(operation.spans);
      },
    );
  });
});
