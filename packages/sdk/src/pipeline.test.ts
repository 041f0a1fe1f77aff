import { limits } from '@tallyspan/facts';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { harness } from '../test/harness.ts';
import { program } from '../test/program.ts';

const h = harness();
const client = (options = '') => `new OpenAI({ apiKey: 'k', baseURL: env.FAKE, maxRetries: 0, ${options} })`;
const oneCall = `await sdk.watch(${client()}).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] });`;

let received: typeof h.sink.spans;
const run = (source: string, env: Record<string, string> = {}) => {
  const from = h.sink.spans.length;
  return program(source, { FAKE: h.fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url, ...env }).then(
    (ran) => {
      received = h.sink.spans.slice(from);
      return ran;
    },
  );
};
beforeEach(() => void (received = []));

describe('the pipeline of a user’s process', () => {
  it('COST-04 COST-06 watch alone delivers: nothing to configure, nothing lost at a natural exit, nothing printed', async () => {
    const ran = await run(oneCall);
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(received.map(({ name }) => name)).toEqual(['chat gpt-4o']);
  });

  it('COST-04 with a provider of the application’s own, spans go there and none is registered beside it', async () => {
    const ran = await run(`
      const ended = [];
      const { TracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace');
      const provider = new TracerProvider({ spanProcessors: [{ onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} }] });
      api.trace.setGlobalTracerProvider(provider);
      ${oneCall}
      console.log(JSON.stringify(ended.map(({ name, attributes }) => [name, attributes['gen_ai.usage.input_tokens'] > 0])));
      console.log(api.trace.getTracerProvider().getDelegate() === provider);
    `);
    expect(ran.stdout.trim().split('\n')).toEqual(['[["chat gpt-4o",true]]', 'true']);
    expect(received).toEqual([]);
  });

  it('COST-06 with agent, spans go through our own pipeline, under the application’s spans, and never through its exporter', async () => {
    const ran = await run(`
      const ended = [];
      const { TracerProvider } = require('@opentelemetry/sdk-trace');
      const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
      api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const provider = new TracerProvider({ spanProcessors: [{ onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} }] });
      api.trace.setGlobalTracerProvider(provider);
      const tracer = api.trace.getTracer('app');
      const work = sdk.agent({ name: 'worker' }, () => tracer.startActiveSpan('inside', async (span) => { ${oneCall} span.end(); }));
      await tracer.startActiveSpan('outside', async (span) => { await work(); span.end(); });
      console.log(JSON.stringify(ended.map(({ name }) => name)));
      const [inside, outside] = ended;
      console.log(JSON.stringify([outside.spanContext().spanId, inside.parentSpanContext.spanId, inside.spanContext().spanId]));
    `);
    expect(ran.stderr).toBe('');
    const [names, ids] = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string[]);
    expect(names).toEqual(['inside', 'outside']);
    const [outside, insideParent, inside] = ids!;
    const [chat, invoke] = received;
    expect([chat!.name, invoke!.name]).toEqual(['chat gpt-4o', 'invoke_agent worker']);
    expect(invoke!.parentSpanId).toBe(outside);
    expect(insideParent).toBe(invoke!.spanId);
    expect(chat!.parentSpanId).toBe(inside);
  });

  it('init({ join: true }) sends through the application’s provider instead', async () => {
    const ran = await run(`
      let ended = 0;
      const { TracerProvider } = require('@opentelemetry/sdk-trace');
      api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [{ onStart() {}, onEnd: () => ended++, forceFlush: async () => {}, shutdown: async () => {} }] }));
      sdk.init({ join: true });
      await sdk.agent({ name: 'worker' }, async () => { ${oneCall} })();
      console.log(ended);
    `);
    expect(ran.stdout.trim()).toBe('2');
    expect(received).toEqual([]);
  });

  it('a natural exit waits two seconds at most for a receiver that hangs, and is not held up by one that refuses', async () => {
    const hanging = createServer(() => {}).listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const endpoint = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    // The timer does not keep the process alive; it speaks when something else does, twice as long as we may.
    const watched = `${oneCall}; setTimeout(() => console.log('still here'), ${limits.exitDelayMsMax * 2}).unref();`;
    const hung = await run(watched, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const refused = await run(watched, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    hanging.close();
    const quiet = { code: 0, stdout: '', stderr: '' };
    expect([hung, refused]).toEqual([expect.objectContaining(quiet), expect.objectContaining(quiet)]);
  });

  it('signals and exit codes stay the application’s', async () => {
    const killed = await run(`${oneCall} process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`);
    expect(killed).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(await run(`${oneCall} process.exitCode = 3;`)).toMatchObject({ code: 3 });
    const thrown = await run(`${oneCall} throw new Error('mine');`);
    expect(thrown.code).toBe(1);
    expect(thrown.stderr).toContain('Error: mine');
  });

  it('OTEL_SDK_DISABLED turns everything off', async () => {
    const ran = await run(oneCall, { OTEL_SDK_DISABLED: 'true' });
    expect(ran.code).toBe(0);
    expect(received).toEqual([]);
  });

  it('two copies of us in one process share identity', async () => {
    await run(`
      const other = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)} + '?second');
      await sdk.agent({ name: 'shared' }, async () => {
        await other.watch(${client()}).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] });
      })();
    `);
    expect(received.map((span) => span.attributes['gen_ai.agent.name'])).toEqual(['shared', 'shared']);
  });
});
