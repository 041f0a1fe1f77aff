/** What programs do with an answer, whatever the library: operations for the conformance of every adapter. */
import type { Reply } from '@tallyspan/fake-provider';
import { collect, type Operation, turn } from './conformance.ts';

interface Asking<Client> {
  /** `generateContent` */
  name: string;
  ask(client: Client): Promise<unknown>;
  reply: Reply;
  says?: Record<string, unknown>;
}

/** The ways to wait for an answer. */
export function waysToAwait<Client>({ name, ask, reply, says = {} }: Asking<Client>): Operation<Client>[] {
  const ways: Record<string, (client: Client) => Promise<unknown>> = {
    [name]: ask,
    'then twice on one promise': (client) => {
      const promise = ask(client);
      return Promise.all([promise.then((value) => typeof value), promise, promise.then(() => 'then')]);
    },
    'catch and finally': async (client) => {
      const seen: string[] = [];
      await ask(client)
        .finally(() => seen.push('finally'))
        .catch(() => seen.push('catch'));
      return seen;
    },
    'awaited long after the answer came': async (client) => {
      const promise = ask(client);
      await turn();
      return promise;
    },
    'the promise itself': async (client) => {
      const promise = ask(client);
      const facts = [promise.constructor.name, Object.keys(promise), Object.prototype.toString.call(promise)];
      await promise;
      return facts;
    },
  };
  return Object.entries(ways).map(([way, run]) => ({ name: way, reply, run, says }));
}

interface Reading<Client> {
  name: string;
  open(client: Client): AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>;
  /** At least three chunks. */
  reply: Reply;
  /** What its span says when it was read to the end. */
  says: Record<string, unknown>;
}

const left = { 'tally.ended_by': 'break', failed: false };

/** The ways to read a stream, or not to. */
export function waysToRead<Client>({ name, open, reply, says }: Reading<Client>): Operation<Client>[] {
  const iterate = async (client: Client) => (await open(client))[Symbol.asyncIterator]();
  return [
    { name: `${name}, read to the end`, reply, run: async (client) => collect(await open(client)), says },
    {
      name: `${name}, left after one chunk`,
      reply: { ...reply, hangAfterChunks: 2 },
      run: async (client) => {
        for await (const chunk of await open(client)) return chunk;
      },
      says: { ...left, 'tally.stream.chunks': 1 },
    },
    {
      name: `${name}, error thrown by the reader`,
      reply,
      run: async (client) => {
        for await (const chunk of await open(client)) throw new Error(`reader: ${typeof chunk}`);
      },
      says: left,
    },
    {
      name: `${name}, read and left by hand`,
      reply,
      run: async (client) => {
        const iterator = await iterate(client);
        return [await iterator.next(), await iterator.return!(undefined), await iterator.next()];
      },
      says: left,
    },
    {
      name: `${name}, thrown into by hand`,
      reply,
      run: async (client) => {
        const iterator = await iterate(client);
        await iterator.next();
        return iterator.throw!(new RangeError('enough'));
      },
      says: { 'error.type': 'RangeError' },
    },
    {
      name: `${name}, read twice`,
      reply,
      run: async (client) => {
        const stream = await open(client);
        return [await collect(stream), await collect(stream).catch((error: Error) => error.message)];
      },
      says,
    },
    {
      name: `${name}, several chunks asked for at once`,
      reply,
      run: async (client) => {
        const iterator = await iterate(client);
        return Promise.all([iterator.next(), iterator.next(), iterator.next()]).then(async (first) => [
          first,
          await collect({ [Symbol.asyncIterator]: () => iterator }),
        ]);
      },
      says,
    },
    {
      name: `${name}, delegated to by a generator of the caller`,
      reply,
      run: (client) =>
        collect(
          (async function* () {
            yield* await open(client);
          })(),
        ),
      says,
    },
    {
      name: `${name}, as a web stream`,
      reply,
      run: async (client) => collect(ReadableStream.from(await open(client))),
      says,
    },
    {
      name: `${name}, cut by the server`,
      reply: { ...reply, dropAfterChunks: 2 },
      run: async (client) => collect(await open(client)),
      says: { failed: true, 'tally.ended_by': 'cut' },
    },
    {
      name: `${name}, empty`,
      reply: { ...reply, stream: [] },
      run: async (client) => collect(await open(client)),
    },
  ];
}
