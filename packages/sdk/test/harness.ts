/** What most tests of the SDK begin with: a provider, a receiver, and the real clients of both current majors. */
import Anthropic from '@anthropic-ai/sdk';
import { type FakeProvider, startFakeProvider } from '@tallyspan/fake-provider';
import OpenAI7 from 'openai';
import OpenAI6 from 'openai-6';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { flush, init, type InitOptions } from '../src/index.ts';
import { type Sink, type SinkSpan, startSink } from './otlp-sink.ts';

/** openai 6 is what Node 20 gets, 7 what newer ones get: both are current. Their types agree in all that is used here. */
export const majors: [string, typeof OpenAI7][] = [
  ['openai 7', OpenAI7],
  ['openai 6', OpenAI6 as unknown as typeof OpenAI7],
];

export interface Harness {
  fake: FakeProvider;
  sink: Sink;
  /** A bare client of the fake. No retries, so that one call is one request. */
  openai(Client?: typeof OpenAI7): OpenAI7;
  anthropic(): Anthropic;
  /** Sends what waits and answers every span since the test began. */
  spans(): Promise<SinkSpan[]>;
  /** The one span there must be. */
  span(): Promise<SinkSpan>;
  /** Sets the SDK up anew. */
  init(options?: InitOptions): void;
}

export function harness(): Harness {
  const made = {} as Harness;
  let from = 0;
  beforeAll(async () => {
    made.fake = await startFakeProvider();
    made.sink = await startSink();
    made.openai = (Client = OpenAI7) =>
      new Client({ apiKey: 'sk-test-key', baseURL: made.fake.openaiBaseUrl, maxRetries: 0 });
    made.anthropic = () => new Anthropic({ apiKey: 'sk-ant-key', baseURL: made.fake.anthropicBaseUrl, maxRetries: 0 });
    made.init = (options = {}) => init({ endpoint: made.sink.url, ...options });
    made.spans = async () => {
      await flush(5000);
      return made.sink.spans.slice(from);
    };
    made.span = async () => {
      const spans = await made.spans();
      if (spans.length !== 1)
        throw new Error(`expected one span, got ${spans.map(({ name }) => name).join(', ') || 'none'}`);
      return spans[0]!;
    };
  });
  beforeEach(async () => {
    await flush(5000);
    from = made.sink.spans.length;
    made.fake.requests.length = 0;
    made.init();
  });
  afterAll(async () => {
    await flush(1000);
    // Closing cuts the connections that hang, and a library may then reject promises that nobody looks at, as it would without us.
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', () => {});
    await made.fake.close();
    await made.sink.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
  return made;
}

export const hello = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };
