import { readFileSync } from 'node:fs';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { createRequire } from 'node:module';
import OpenAI from 'openai';
import OpenAI6 from 'openai-6';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { program } from '../test/program.ts';
import { adapters } from './adapters/registry.ts';
import * as face from './index.ts';
import { Instrumentor, OpenAIInstrumentor, observe, unwatch, watch } from './index.ts';
import { state } from './state.ts';

const h = harness();
const require = createRequire(import.meta.url);
const { OpenAI: CommonJs } = require('openai') as { OpenAI: typeof OpenAI };
const Completions = OpenAI.Chat.Completions;
const original = Completions.prototype.create;

const opened: Instrumentor[] = [];
const openai = () => {
  const made = new OpenAIInstrumentor();
  opened.push(made);
  return made;
};
afterEach(() => {
  for (const instrumentor of opened.splice(0)) instrumentor.uninstrument();
  if (Completions.prototype.create !== original) throw new Error('uninstrument left something behind');
});
const ask = (client: OpenAI) => client.chat.completions.create(hello);
const warnings = () => {
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text);
  diag.setLogger(
    { error: line, warn: line, info() {}, debug() {}, verbose() {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  state.warned.clear();
  return lines;
};

describe('an instrumentor', () => {
  it('TK-14 INF-33 records clients made before and after, of the copy that import finds', async () => {
    const before = h.openai();
    const instrumentor = openai().instrument();
    expect(instrumentor.isInstrumented).toBe(true);
    await ask(before);
    await ask(h.openai());
    expect((await h.spans()).map(({ name }) => name)).toEqual(['chat gpt-4o', 'chat gpt-4o']);
  });

  it('TK-14 records the copy that require finds as well', async () => {
    openai().instrument();
    await ask(h.openai(CommonJs));
    expect(await h.spans()).toHaveLength(1);
  });

  it('TK-14 TK-22 takes the library as the program has it: module, class, a class renamed by a bundler, another major', async () => {
    const renamed = class e extends OpenAI {};
    for (const [module, Client] of [
      [await import('openai'), OpenAI],
      [OpenAI, OpenAI],
      [{ default: OpenAI }, OpenAI],
      [renamed, OpenAI],
      [OpenAI6, OpenAI6 as unknown as typeof OpenAI],
      [require('openai-6'), (require('openai-6') as { OpenAI: typeof OpenAI }).OpenAI],
    ] as const) {
      const instrumentor = openai().instrument({ module });
      await ask(h.openai(Client));
      instrumentor.uninstrument();
      await ask(h.openai(Client));
    }
    expect(await h.spans()).toHaveLength(6);
  });

  it('TK-15 twice is once, for one instrumentor and for two; the later options hold', async () => {
    const first = openai().instrument({ captureContent: true }).instrument();
    await ask(h.openai());
    expect((await h.span()).attributes).not.toHaveProperty('gen_ai.input.messages');
    const second = openai().instrument({ captureContent: true });
    await ask(h.openai());
    const spans = await h.spans();
    expect(spans).toHaveLength(2);
    expect(spans[1]!.attributes).toHaveProperty('gen_ai.input.messages');
    second.uninstrument();
    await ask(h.openai());
    expect((await h.spans())[2]!.attributes).not.toHaveProperty('gen_ai.input.messages');
    first.uninstrument();
    await ask(h.openai());
    expect(await h.spans()).toHaveLength(3);
  });

  it('TK-15 content is asked for per call: the environment may change its mind', async () => {
    openai().instrument();
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'true');
    await ask(h.openai());
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'false');
    await ask(h.openai());
    vi.unstubAllEnvs();
    const has = (await h.spans()).map(({ attributes }) => 'gen_ai.input.messages' in attributes);
    expect(has).toEqual([true, false]);
  });

  it('INF-34 content is on for one library and off for another in one process', async () => {
    const { AnthropicInstrumentor } = face;
    openai().instrument();
    const anthropic = new AnthropicInstrumentor().instrument({ captureContent: true });
    await ask(h.openai());
    await h.anthropic().messages.create({ model: 'claude-sonnet-4', max_tokens: 9, messages: hello.messages });
    anthropic.uninstrument();
    const has = (await h.spans()).map(({ attributes }) => 'gen_ai.input.messages' in attributes);
    expect(has).toEqual([false, true]);
  });

  it('TK-22 INF-35 uninstrument gives back the very function, and its place', () => {
    const before = Object.getOwnPropertyDescriptors(Completions.prototype);
    const instrumentor = openai().instrument();
    expect(Completions.prototype.create).not.toBe(original);
    expect(Completions.prototype.create.name).toBe('create');
    instrumentor.uninstrument();
    expect(instrumentor.isInstrumented).toBe(false);
    expect(Object.getOwnPropertyDescriptors(Completions.prototype)).toEqual(before);
  });

  it('TK-22 a third party that wrapped on top goes on working after the revert, and again after another start', async () => {
    const instrumentor = openai().instrument();
    const ours = Completions.prototype.create as (...args: never[]) => unknown;
    let passed = 0;
    const theirs = function (this: unknown, ...args: never[]) {
      passed++;
      return Reflect.apply(ours, this, args);
    };
    Completions.prototype.create = theirs as never;
    instrumentor.uninstrument();
    await ask(h.openai());
    expect(await h.spans()).toHaveLength(0);
    instrumentor.instrument();
    await ask(h.openai());
    expect(passed).toBe(2);
    expect(await h.spans()).toHaveLength(1);
    instrumentor.uninstrument();
    expect(Completions.prototype.create).toBe(theirs);
    Completions.prototype.create = original;
  });

  it('one that was there before stays below, and stays when we leave', async () => {
    let passed = 0;
    const theirs = function (this: unknown, ...args: never[]) {
      passed++;
      return Reflect.apply(original as (...args: never[]) => unknown, this, args);
    };
    Completions.prototype.create = theirs as never;
    const instrumentor = openai().instrument();
    await ask(h.openai());
    instrumentor.uninstrument();
    expect(passed).toBe(1);
    expect(await h.spans()).toHaveLength(1);
    expect(Completions.prototype.create).toBe(theirs);
    Completions.prototype.create = original;
  });

  it('INF-02 together with watch on one client each call is recorded once, and the options of watch win', async () => {
    const watchedFirst = watch(h.openai(), { captureContent: true });
    openai().instrument();
    const watchedLater = watch(h.openai(), { captureContent: true });
    await ask(watchedFirst);
    await ask(watchedLater);
    await ask(observe(h.openai(), { captureContent: true }));
    await watchedLater.chat.completions.stream(hello).finalContent();
    const spans = await h.spans();
    expect(spans).toHaveLength(4);
    for (const { attributes } of spans) expect(attributes).toHaveProperty('gen_ai.input.messages');
    await ask(unwatch(watchedLater));
    expect((await h.spans())[4]!.attributes).not.toHaveProperty('gen_ai.input.messages');
  });

  it('uninstrument leaves watched clients watched', async () => {
    const instrumentor = openai().instrument();
    const client = watch(h.openai());
    instrumentor.uninstrument();
    await ask(client);
    expect(await h.spans()).toHaveLength(1);
    await ask(unwatch(client));
    expect(await h.spans()).toHaveLength(1);
  });

  it('TK-12 spans and metrics go to the providers it was given, and to no other', async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
    const counted: string[] = [];
    const instrument = (name: string) => ({
      add: () => void counted.push(name),
      record: () => void counted.push(name),
    });
    const meterProvider = { getMeter: () => ({ createCounter: instrument, createHistogram: instrument }) as never };
    openai().instrument({ tracerProvider: tracerProvider as never, meterProvider });
    await ask(h.openai());
    await tracerProvider.forceFlush();
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['chat gpt-4o']);
    expect(counted).toContain('tally.llm.calls');
    expect(await h.spans()).toHaveLength(0);
  });

  it('TK-13 alone, without a call, it opens no connection and says nothing', async () => {
    const before = h.sink.requests;
    const ran = await program(`new sdk.OpenAIInstrumentor().instrument();`, {
      OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url,
    });
    expect(ran).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(h.sink.requests).toBe(before);
  });

  it('says in one line that a library is missing or of a shape it does not know, and throws nothing', () => {
    const lines = warnings();
    const [known] = adapters;
    new Instrumentor({ ...known!, package: 'no-such-library' }).instrument().uninstrument();
    new OpenAIInstrumentor().instrument({ module: class Strange {} }).uninstrument();
    new OpenAIInstrumentor().instrument({ module: 7 }).uninstrument();
    diag.disable();
    expect(lines).toEqual([
      expect.stringContaining('no-such-library was not found from'),
      expect.stringContaining('the module given to instrument() is not instrumented: none of its classes (OpenAI'),
    ]);
  });
});

describe('every library', () => {
  const instrumentors = Object.entries(face).filter(([name]) => /^\w+Instrumentor$/.test(name)) as [
    string,
    new () => Instrumentor,
  ][];

  it('INF-32 EXT-12 has an instrumentor on the face', () => {
    expect(instrumentors.map(([name]) => name)).toEqual(
      expect.arrayContaining(['OpenAIInstrumentor', 'AnthropicInstrumentor', 'GoogleInstrumentor']),
    );
    const reached = instrumentors.flatMap(([, Made]) => new Made().packages);
    // Where a library fixes its methods on each client there is nothing that a class door could reach.
    const reachable = adapters.filter((adapter) => !adapter.fixed).map((adapter) => adapter.package);
    expect(reached.toSorted()).toEqual(reachable.toSorted());
  });

  it.each(instrumentors)('TK-03 %s is used like any other, and finds the library it is for', (_, Made) => {
    const lines = warnings();
    const instrumentor = new Made();
    expect(instrumentor.isInstrumented).toBe(false);
    expect(instrumentor.instrument()).toBe(instrumentor);
    expect(instrumentor.isInstrumented).toBe(true);
    expect(instrumentor.uninstrument().isInstrumented).toBe(false);
    diag.disable();
    expect(lines).toEqual([]);
  });
});

it('INF-37 the manual recommends watch, and keeps instrumentors for frameworks', () => {
  const manual = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(manual).toMatch(/`watch\(client\)`[^.]*\.[^.]*Start here/s);
  expect(manual).toMatch(/for frameworks that make their own/);
});
