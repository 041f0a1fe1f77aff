import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { observe } from './observe.ts';
import { watch } from './watch.ts';

const h = harness();

const boom = (): never => {
  throw new Error('boom');
};
const trap = () =>
  new Proxy({}, { get: boom, has: boom, ownKeys: boom, getOwnPropertyDescriptor: boom, getPrototypeOf: boom });
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
function circle(): object {
  const value: Record<string, unknown> = { role: 'user', content: 'round' };
  value.self = value;
  return value;
}
function deep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
const message = (content: unknown) => ({ ...hello, messages: [{ role: 'user', content }] });
const getter = (name: string) => Object.defineProperty({ ...hello }, name, { get: boom, enumerable: true });

/** Each is made anew for each run. Some the library refuses itself; then with us it must refuse them in the same words. */
const arguments_: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 7],
  ['a function', () => boom],
  ['a list', () => []],
  ['a body whose every property throws', trap],
  ['a revoked proxy', revoked],
  ['a getter that throws for the model', () => getter('model')],
  ['a getter that throws for the messages', () => getter('messages')],
  ['a getter that throws for the tools', () => getter('tools')],
  ['a getter that throws for stream', () => getter('stream')],
  ['a toJSON that throws', () => ({ ...hello, toJSON: boom })],
  ['a toJSON that answers another body', () => ({ toJSON: () => ({ ...hello, model: 'other' }) })],
  ['messages that are a revoked proxy', () => ({ ...hello, messages: revoked() })],
  ['messages that throw', () => ({ ...hello, messages: [trap()] })],
  ['messages that are circular', () => ({ ...hello, messages: [circle()] })],
  ['messages that are no list', () => ({ ...hello, messages: { length: 2 ** 40 } })],
  ['a message of null', () => ({ ...hello, messages: [null] })],
  ['a bigint', () => ({ ...hello, seed: 10n })],
  ['a bigint in a message', () => message([{ type: 'text', text: 1n }])],
  ['a symbol', () => ({ ...hello, model: Symbol('m') })],
  ['NaN and Infinity', () => ({ ...hello, temperature: Number.NaN, max_tokens: Infinity, top_p: -0 })],
  ['an invalid date', () => ({ ...hello, metadata: { at: new Date(Number.NaN) } })],
  ['a hundred thousand levels', () => message(deep(100_000))],
  ['a thousand levels', () => message(deep(1_000))],
  ['a buffer', () => message(Buffer.alloc(1_000))],
  [
    'frozen to the bottom',
    () => Object.freeze({ ...hello, messages: Object.freeze([Object.freeze({ role: 'user', content: 'Hi.' })]) }),
  ],
  ['without a prototype', () => Object.assign(Object.create(null) as object, hello)],
  [
    'of a class with private fields',
    () => {
      class Body {
        #model = 'gpt-4o';
        messages = hello.messages;
        get model() {
          return this.#model;
        }
        toJSON() {
          return { model: this.#model, messages: this.messages };
        }
      }
      return new Body();
    },
  ],
];

function isWaitable(value: unknown): boolean {
  try {
    return (value as { then?: unknown } | undefined)?.then === undefined;
  } catch {
    return false;
  }
}

/** What the program sees of it, and what arrives at the far end. */
async function outcome(client: OpenAI, call: (client: OpenAI) => unknown): Promise<unknown> {
  h.fake.requests.length = 0;
  let seen: unknown;
  try {
    const answer = (await call(client)) as { object?: unknown };
    seen = { answered: answer.object };
  } catch (error) {
    const { name, message: said, constructor } = error as Error;
    seen = { thrown: [constructor.name, name, said] };
  }
  return { seen, sent: h.fake.requests.map(({ body }) => body) };
}

describe.each([
  ['off', false],
  ['preview', 'preview'],
  ['on', true],
] as const)('hostile arguments, content %s', (_, captureContent) => {
  it.each(arguments_)(
    '%s: the library gets them as they are, and says what it would say without us',
    async (_name, make) => {
      h.init({ captureContent });
      const call = (client: OpenAI) => client.chat.completions.create(make() as never);
      const bare = await outcome(h.openai(), call);
      expect(await outcome(watch(h.openai()), call)).toEqual(bare);
      expect(await outcome(observe(h.openai()), call)).toEqual(bare);
      // Whatever became of the calls: each span that began has ended.
      for (const span of await h.spans()) expect(span.end).toBeGreaterThanOrEqual(span.start);
    },
  );

  it.each(['responses', 'embeddings', 'completions', 'moderations'] as const)(
    '%s.create takes them too',
    async (resource) => {
      h.init({ captureContent });
      for (const [, make] of arguments_) {
        const call = (client: OpenAI) =>
          (client[resource] as unknown as { create(body: unknown): unknown }).create(make());
        const bare = await outcome(h.openai(), call);
        expect(await outcome(watch(h.openai()), call)).toEqual(bare);
      }
    },
  );

  it('what is inside of a message is never read while content is off, and once while it is on', async () => {
    h.init({ captureContent });
    let reads = 0;
    const body = message([
      {
        type: 'text',
        get text() {
          reads++;
          return 'Hi.';
        },
      },
    ]);
    await h.openai().chat.completions.create(body as never);
    const bare = reads;
    reads = 0;
    await watch(h.openai()).chat.completions.create(body as never);
    expect(reads - bare).toBe(captureContent === false ? 0 : 1);
  });

  it('an answer is the caller’s: nothing of it is changed', async () => {
    h.init({ captureContent });
    h.fake.enqueue({ toolCalls: [{ name: 'find', arguments: { q: 'x' } }], finish: 'tool_calls', id: 'chatcmpl-same' });
    const bare = await h.openai().chat.completions.create(hello);
    h.fake.enqueue({ toolCalls: [{ name: 'find', arguments: { q: 'x' } }], finish: 'tool_calls', id: 'chatcmpl-same' });
    const seen = await watch(h.openai()).chat.completions.create(hello);
    const same = (answer: object) => JSON.stringify(answer).replaceAll(/"(created|id)":("[^"]*"|\d+)/g, '"$1":0');
    expect(same(seen)).toBe(same(bare));
  });

  it('an error with a getter that throws, or that is no error, reaches the caller as it is', async () => {
    h.init({ captureContent });
    for (const thrown of [
      trap(),
      revoked(),
      null,
      undefined,
      'text',
      Object.freeze(new Error('frozen')),
      Object.defineProperty(new Error('x'), 'message', { get: boom }),
    ]) {
      const client = watch({
        baseURL: 'https://api.openai.com/v1',
        chat: { completions: { create: () => Promise.reject(thrown as Error) } },
        embeddings: { create: () => undefined },
      });
      const seen = await client.chat.completions.create().then(
        () => 'answered',
        (error: unknown) => [error],
      );
      expect((seen as unknown[])[0] === thrown).toBe(true);
    }
    expect((await h.spans()).every((span) => span.failed)).toBe(true);
  });

  it('an answer with getters that throw, a revoked proxy or a circle is answered, and its span ends', async () => {
    h.init({ captureContent });
    // What lets itself be waited for, and nothing else.
    const waitable = new Proxy({}, { get: (_target, name) => (name === 'then' ? undefined : boom()) });
    const answers = [
      waitable,
      trap(),
      revoked(),
      circle(),
      null,
      undefined,
      7,
      { choices: [circle(), trap()], usage: trap() },
      { choices: { length: 2 ** 40 } },
    ];
    for (const answer of answers) {
      const client = watch({
        baseURL: 'https://api.openai.com/v1',
        // A promise looks for `then` on what it is given, which a trap does not allow.
        chat: { completions: { create: async () => (isWaitable(answer) ? answer : [answer]) } },
        embeddings: { create: () => undefined },
      });
      const seen = await client.chat.completions.create();
      expect((isWaitable(answer) ? seen : (seen as unknown[])[0]) === answer).toBe(true);
      const direct = watch({
        baseURL: 'https://api.openai.com/v1',
        chat: { completions: { create: () => answer } },
        embeddings: { create: () => undefined },
      });
      expect(direct.chat.completions.create() === answer).toBe(true);
    }
    expect(await h.spans()).toHaveLength(answers.length * 2);
  });
});
