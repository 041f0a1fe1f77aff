/** The proof that the hall is straight: the facts the SDK writes are the facts the server reads. */
import Anthropic from '@anthropic-ai/sdk';
import { type FakeProvider, startFakeProvider } from '@tallyspan/fake-provider';
import type { Facts } from '@tallyspan/facts';
import { agent, flush, init, type InitOptions, role, tool, watch } from '@tallyspan/sdk';
import type { Trace, TraceList } from '@tallyspan/server';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recorder } from '../packages/sdk/src/recorder.ts';
import { state } from '../packages/sdk/src/state.ts';
import { type House, startHouse } from './house.ts';

let house: House;
let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
  house = await startHouse('server');
});
afterAll(async () => {
  await house.remove();
  await fake.close();
});

const hello = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };
const openai = () => watch(new OpenAI({ apiKey: 'k', baseURL: fake.openaiBaseUrl, maxRetries: 0 }));
const claude = () => watch(new Anthropic({ apiKey: 'k', baseURL: fake.anthropicBaseUrl, maxRetries: 0 }));
const message = { model: 'claude-sonnet-4-20250514', max_tokens: 100, messages: hello.messages };
const drain = async (stream: Promise<AsyncIterable<unknown>>) => {
  for await (const chunk of await stream) void chunk;
};

const calls: [string, () => Promise<unknown>][] = [
  [
    'chat, whole',
    () => openai().chat.completions.create({ ...hello, temperature: 0.3, max_tokens: 50, seed: 7, stop: ['x'] }),
  ],
  ['chat, streamed', () => drain(openai().chat.completions.create({ ...hello, stream: true }))],
  ['chat, two choices', () => openai().chat.completions.create({ ...hello, n: 2 })],
  ['responses, whole', () => openai().responses.create({ model: 'gpt-4.1', input: 'Hi.', instructions: 'Be brief.' })],
  ['responses, streamed', () => drain(openai().responses.create({ model: 'gpt-4.1', input: 'Hi.', stream: true }))],
  ['embeddings', () => openai().embeddings.create({ model: 'text-embedding-3-small', input: 'hi', dimensions: 8 })],
  ['messages, whole', () => claude().messages.create(message)],
  ['messages, streamed', () => drain(claude().messages.create({ ...message, stream: true }))],
  ['a tool', () => tool('search', async (query: string) => `${query}!`)('what')],
  ['an unknown model', () => openai().chat.completions.create({ ...hello, model: 'my-own-model' })],
];
const failures: [string, () => void][] = [
  ['ok', () => fake.enqueue({ usage: { cacheRead: 64, cacheWrite: 32, reasoning: 5 } })],
  ['error', () => fake.enqueue({ error: 'rate_limit' })],
];
const settings: [string, InitOptions][] = [
  ['the default dialect', {}],
  ['the conventions of 1.36', { semconv: '1.36' }],
  ['the newest conventions', { semconv: 'latest' }],
  ['the hexr dialect', { dialects: ['hexr'] }],
  ['the tracekit dialect with content', { dialects: ['tracekit'], captureContent: true }],
  ['the openinference dialect with content', { dialects: ['openinference'], captureContent: true }],
  ['both dialects and content', { dialects: ['otel', 'hexr'], captureContent: true }],
];

/** Keeps every record of facts that is opened; when its span has ended it holds all that was written. */
function capture(recorder: Recorder): { recorder: Recorder; facts: Facts[] } {
  const facts: Facts[] = [];
  const open: Recorder['open'] = (opened, parent, startMicros) => {
    facts.push(opened);
    return recorder.open(opened, parent, startMicros);
  };
  return {
    facts,
    recorder: {
      open,
      count: (...counted) => recorder.count(...counted),
      flush: (ms) => recorder.flush(ms),
      counts: () => recorder.counts(),
    },
  };
}

/** As JSON has it: without what is undefined, and whole numbers beyond 2^53 as text. */
const plain = (facts: object): unknown =>
  JSON.parse(JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)));

describe.each(settings)('in %s', (_, options) => {
  it('the facts the SDK writes are the facts the server reads, whole and streamed, ok and error', async () => {
    init({ endpoint: house.url, metrics: false, spiffe: { trustDomain: 'example.org' }, ...options });
    const { pipeline } = { pipeline: await import('../packages/sdk/src/pipeline.ts') };
    const captured = capture(pipeline.recorder());
    state.recorder = captured.recorder;
    const name = `round-trip-${Math.random().toString(36).slice(2)}`;
    const run = agent({ name, tenant: 'acme', version: '1.2', user: 'u1', session: 's1' }, async () => {
      for (const [, prepare] of failures) {
        for (const [, call] of calls) {
          prepare();
          await role('tester', call).catch(() => undefined);
        }
      }
    });
    await run();
    await flush(10_000);
    expect(captured.facts.length).toBe(calls.length * failures.length * 2 + 1);

    const trace = await expect
      .poll(
        async () => {
          const { traces } = await house.get<TraceList>(`/api/v1/traces?agent=${name}`);
          const trace_ = traces[0] && (await house.get<Trace>(`/api/v1/traces/${traces[0].traceId}`));
          found = trace_;
          return trace_?.spans.length;
        },
        { timeout: 20_000 },
      )
      .toBe(captured.facts.length)
      .then(() => found!);
    const sort = (all: unknown[]) => all.map((each) => JSON.stringify(sorted(each))).toSorted();
    expect(sort(trace.spans.map(({ facts }) => facts))).toEqual(sort(captured.facts.map(plain)));
  });
});
let found: Trace | undefined;

function sorted(value: unknown): unknown {
  return Object.fromEntries(Object.entries(value as object).toSorted(([left], [right]) => left.localeCompare(right)));
}
