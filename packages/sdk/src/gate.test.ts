import { Mistral } from '@mistralai/mistralai';
import type { Reply } from '@tallyspan/fake-provider';
import { CohereClientV2 } from 'cohere-ai';
import { describe, expect, it } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { collect } from '../test/conformance.ts';
import { type Admission, gated } from './gate.ts';

const h = harness();

interface Case {
  name: string;
  client(): object;
  /** The object that has the method, and the method. */
  call(client: never): [self: object, method: (...args: never[]) => unknown, args: unknown[]];
  reply?: Reply;
  read(answer: never): unknown;
}

const said: Reply = {
  body: { id: 'x', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [] }, usage: {} },
};
const cases: Case[] = [
  ...majors.map(([name, Client]): Case => ({
    name,
    client: () => h.openai(Client),
    call: (client: ReturnType<typeof h.openai>) => [
      client.chat.completions,
      client.chat.completions.create as never,
      [hello],
    ],
    read: (answer: { choices: unknown[] }) => answer.choices.length,
  })),
  {
    name: 'anthropic',
    client: () => h.anthropic(),
    call: (client: ReturnType<typeof h.anthropic>) => [
      client.messages,
      client.messages.create as never,
      [{ model: 'claude-sonnet-4-20250514', max_tokens: 8, messages: [{ role: 'user', content: 'Hi' }] }],
    ],
    read: (answer: { content: unknown[] }) => answer.content.length,
  },
  {
    name: 'cohere',
    client: () => new CohereClientV2({ token: 't', environment: h.fake.url }),
    call: (client: { clientV2: CohereClientV2 }) => [
      client.clientV2,
      client.clientV2.chat as never,
      [{ model: 'command-r', messages: [{ role: 'user', content: 'Hi' }] }],
    ],
    reply: said,
    read: (answer: { finishReason: string }) => answer.finishReason,
  },
  {
    name: 'mistral',
    client: () => new Mistral({ apiKey: 'k', serverURL: h.fake.url }),
    call: (client: Mistral) => [
      client.chat,
      client.chat.complete as never,
      [{ model: 'mistral-small-latest', messages: [{ role: 'user', content: 'Hi' }] }],
    ],
    read: (answer: { choices: unknown[] }) => answer.choices.length,
  },
];

describe.each(cases)('$name', ({ client: make, call, reply, read }) => {
  const through = (admission: Admission) => {
    h.fake.respond(() => reply);
    const client = make();
    const [self, method, args] = call(client as never);
    const bare = Reflect.apply(method, self, args) as Promise<unknown>;
    return { bare, answer: gated(client, method, self, args, admission) as Promise<unknown> };
  };

  it('an admitted request is sent after the admission, and answers as ever', async () => {
    let admit!: () => void;
    const { bare, answer } = through(new Promise((resolve) => (admit = () => resolve(undefined))));
    expect(answer.constructor.name).toBe(bare.constructor.name);
    const expected = read((await bare) as never);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(h.fake.requests).toHaveLength(1);
    admit();
    expect(read((await answer) as never)).toEqual(expected);
    expect(h.fake.requests).toHaveLength(2);
  });

  it('a refused request is never sent: the library’s own promise rejects with the very error', async () => {
    const refusal = new Error('no');
    const { bare, answer } = through(Promise.reject(refusal));
    const [, outcome] = await Promise.allSettled([bare, answer]);
    expect(outcome).toMatchObject({ status: 'rejected' });
    expect((outcome as PromiseRejectedResult).reason).toBe(refusal);
    expect(answer.constructor.name).toBe(bare.constructor.name);
    expect(h.fake.requests).toHaveLength(1);
  });
});

it('streams, helpers and raw responses wait and fail as well, and other calls of the client do not', async () => {
  const client = h.openai();
  const { create } = client.chat.completions;
  const refusal = new Error('no');
  const refused = () =>
    gated(
      client,
      create as never,
      client.chat.completions,
      [{ ...hello, stream: true }],
      Promise.reject(refusal),
    ) as ReturnType<typeof create>;
  await expect(refused()).rejects.toBe(refusal);
  await expect(refused().asResponse()).rejects.toBe(refusal);
  await expect(refused().withResponse()).rejects.toBe(refusal);
  await client.chat.completions.create(hello);
  const stream = gated(
    client,
    create as never,
    client.chat.completions,
    [{ ...hello, stream: true }],
    Promise.resolve(undefined),
  );
  expect((await collect((await stream) as AsyncIterable<unknown>)).length).toBeGreaterThan(1);
  expect(h.fake.requests).toHaveLength(2);
});
