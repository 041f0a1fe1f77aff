/**
 * The oracle for every adapter: each operation runs bare and through each door, and whatever the program can see must be the same.
 * Then: how many spans there must be, each ended once, what they must say, and that no byte of content left unasked.
 */
import type { Reply } from '@tallyspan/fake-provider';
import { beforeAll, describe, expect, it } from 'vitest';
import { Instrumentor } from '../src/instrumentor.ts';
import { observe } from '../src/observe.ts';
import { adapters } from '../src/adapters/registry.ts';
import { unwatch, watch } from '../src/watch.ts';
import type { Harness } from './harness.ts';
import { faultsOfMessages, faultsOfParts, faultsOfTools } from './message-schema.ts';
import type { SinkSpan } from './otlp-sink.ts';

/** Put it into prompts, tool arguments, answers and error bodies: it may never be seen in what is exported while content is off. */
export const CANARY = 'canary-5f1e';

export interface Operation<Client> {
  name: string;
  /** How many spans there must be. Default 1. */
  spans?: number;
  /** What the far end answers; `replies` one after the other. Default: the fake provider's own answer. */
  reply?: Reply;
  replies?: Reply[];
  /** What the program does; its value or error is compared. */
  run(client: Client): Promise<unknown>;
  /** Attributes the first span must have, by name; `undefined` means absent. */
  says?: Record<string, unknown>;
}

/** One version of one library. */
export interface Subject<Client extends object> {
  /** `openai 7` */
  name: string;
  /** npm name in the registry of adapters. */
  package: string;
  /** A bare client that talks to the fake provider. */
  make(): Client;
  /** The module as a program imports it, for the class door. Absent where the library has no classes. */
  module?: unknown;
  operations: readonly Operation<Client>[];
  /** Takes ids and times of one run out of what was seen, beside those that all have. */
  normalise?(text: string): string;
}

/** What a program may also look at: everything an async iterable gives. */
export async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

/** What an object shows of itself without being used: class, own keys, tag. */
export const looksOf = (value: object): unknown[] => [
  value.constructor.name,
  Object.keys(value).toSorted(),
  Object.prototype.toString.call(value),
];

export const turn = (milliseconds = 30) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Door<Client> {
  name: string;
  open(subject: Subject<Client & object>): { client: Client; close(): void };
}

const nothing = () => {};

function doors<Client extends object>(): Door<Client>[] {
  return [
    { name: 'watch', open: (subject) => ({ client: watch(subject.make()), close: nothing }) },
    { name: 'observe', open: (subject) => ({ client: observe(subject.make()), close: nothing }) },
    {
      name: 'class',
      open(subject) {
        const adapter = adapters.find((candidate) => candidate.package === subject.package)!;
        const instrumentor = new Instrumentor(adapter).instrument({ module: subject.module });
        return { client: subject.make(), close: () => void instrumentor.uninstrument() };
      },
    },
  ];
}

const schemas: Record<string, (json: string) => string[]> = {
  'gen_ai.input.messages': (json) => faultsOfMessages(json, false),
  'gen_ai.output.messages': (json) => faultsOfMessages(json, true),
  'gen_ai.system_instructions': faultsOfParts,
  'gen_ai.tool.definitions': faultsOfTools,
};

/** Declares the tests of one library. */
export function conform<Client extends object>(h: Harness, subject: Subject<Client>): void {
  describe(`${subject.name}`, () => {
    let from = 0;
    beforeAll(() => {
      from = h.sink.bytes().length;
    });

    for (const door of doors<Client>()) {
      if (door.name === 'class' && subject.module === undefined) continue;
      describe(`${door.name}`, () => {
        it.each(subject.operations.map((operation) => [operation.name, operation] as const))(
          'LLM-03 %s: nothing differs, and each span ends once',
          async (_name, operation) => {
            const bare = await see(h, subject, operation, subject.make());
            const { client, close } = door.open(subject);
            try {
              expect(await see(h, subject, operation, client)).toEqual(bare);
            } finally {
              close();
            }
            const spans = operation.spans ?? 1;
            await expect.poll(async () => (await h.spans()).length, { timeout: 5000 }).toBe(spans);
            if (operation.says) expectToSay((await h.spans())[0]!, operation.says);
          },
        );
      });
    }

    it('LLM-07 TK-16 no byte of content leaves while content is off, whatever was said, answered or refused', () => {
      expect(h.sink.bytes().length).toBeGreaterThan(from);
      expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
    });

    it('INF-36 unwatch gives the client back as it was', async () => {
      const [operation] = subject.operations;
      const client = subject.make();
      await see(h, subject, operation!, unwatch(watch(client)));
      expect(await h.spans()).toEqual([]);
    });

    it('LLM-08 with content on, what is recorded is JSON in the shape of the conventions', async () => {
      h.init({ captureContent: true });
      for (const operation of subject.operations) await see(h, subject, operation, watch(subject.make()));
      const faults = (await h.spans()).flatMap(({ name, attributes }) =>
        Object.entries(schemas).flatMap(([attribute, faultsOf]) =>
          attributes[attribute] === undefined
            ? []
            : faultsOf(attributes[attribute] as string).map((fault) => `${name}: ${attribute}: ${fault}`),
        ),
      );
      expect(faults).toEqual([]);
    });
  });
}

export function expectToSay(span: SinkSpan, says: Record<string, unknown>): void {
  const { failed, name, statusMessage } = span;
  const all: Record<string, unknown> = { ...span.attributes, 'span.name': name, failed, statusMessage };
  expect(Object.fromEntries(Object.keys(says).map((key) => [key, all[key]]))).toEqual(says);
}

/** Everything the program can see, as data. Ids, times and the marks of one run are taken out. */
async function see<Client extends object>(
  h: Harness,
  subject: Subject<Client>,
  operation: Operation<Client>,
  client: Client,
): Promise<unknown> {
  // A script of its own for each run: a request that was aborted before it arrived must not leave its reply to the next.
  const given = operation.replies ?? (operation.reply ? [operation.reply] : []);
  const replies = [...given];
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
  // A connection that was cut is noticed when it is noticed, and what nobody handles is reported then.
  await turn(given.some(({ dropAfterChunks }) => dropAfterChunks !== undefined) ? 60 : 5);
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
  const text = JSON.stringify({ outcome, unhandled: unhandled.toSorted() }, plain) ?? '';
  const usual = text
    .replaceAll(/(chatcmpl|modr|resp|msg|rs|fc|req|call|item|obfuscation)[-_][A-Za-z0-9]+/g, '$1-id')
    .replaceAll(/(created|created_at|completed_at)(\\?"):\d+/g, '$1$2:0');
  return JSON.parse(subject.normalise?.(usual) ?? usual);
}

/** What JSON has no form for, so that it is compared too. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name}`;
  return value;
}
