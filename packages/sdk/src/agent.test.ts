import { RunnableLambda } from '@langchain/core/runnables';
import { describe, expect, it } from 'vitest';
import { decorated } from '../test/decorated.ts';
import { harness, hello } from '../test/harness.ts';
import { program } from '../test/program.ts';
import { agent } from './agent.ts';
import { tallyspan } from './langchain.ts';
import { watch } from './watch.ts';

const h = harness();
const call = () => watch(h.openai()).chat.completions.create(hello);
const agentsOf = (spans: Awaited<ReturnType<typeof h.spans>>) =>
  spans.map(({ name, attributes }) => `${name.split(' ')[0]} ${String(attributes['gen_ai.agent.name'])}`);

type Make<Made> = (a: typeof agent, c: typeof call) => Made;

describe('agent()', { timeout: 60_000 }, () => {
  it('EXT-03 name, tenant, version and description go on the spans; async generators, static and private methods and getters are decorated too', async () => {
    type Job = { stream(): AsyncGenerator<number>; run(): Promise<string>; readonly now: string; late(): number };
    const make = await decorated<Make<{ job: Job; Job: { make(): string } }>>(
      `export function make(agent: any, call: () => Promise<unknown>) {
        const who = { tenant: 'acme', version: '2.1', description: 'Does jobs.' };
        class Job {
          word = 'own';
          @agent({ name: 'stream', ...who }) async *stream() { yield 1; await call(); yield 2; }
          @agent({ name: 'private', ...who }) async #quiet() { await call(); return this.word; }
          run() { return this.#quiet(); }
          @agent({ name: 'getter', ...who }) get now() { return this.word; }
          @agent({ name: 'field', ...who }) late = () => this.word.length;
          @agent({ name: 'static', ...who }) static make() { return this.name; }
        }
        return { job: new Job(), Job };
      }`,
    );
    const { job, Job } = make(agent, call);
    const seen: number[] = [];
    for await (const value of job.stream()) seen.push(value);
    expect([seen, await job.run(), job.now, job.late(), Job.make()]).toEqual([[1, 2], 'own', 'own', 3, 'Job']);
    const spans = await h.spans();
    expect(agentsOf(spans)).toEqual([
      'chat stream',
      'invoke_agent stream',
      'chat private',
      'invoke_agent private',
      'invoke_agent getter',
      'invoke_agent field',
      'invoke_agent static',
    ]);
    for (const { attributes } of spans)
      expect(attributes).toMatchObject({
        'tally.tenant': 'acme',
        'gen_ai.agent.version': '2.1',
        'gen_ai.agent.description': 'Does jobs.',
      });
  });

  it('an object is the agent of the decorated class that is nearest to it, and calls of its base stay inside', async () => {
    type Person = { work(): Promise<void>; rest(): Promise<void> };
    const make = await decorated<Make<Record<'base' | 'inner' | 'plain', Person>>>(
      `export function make(agent: any, call: () => Promise<unknown>) {
        @agent({ name: 'base' }) class Base { async work() { await call(); } async rest() { await call(); } }
        @agent({ name: 'inner' }) class Inner extends Base { async work() { await super.work(); } }
        class Plain extends Base { async work() { await super.work(); } }
        return { base: new Base(), inner: new Inner(), plain: new Plain() };
      }`,
    );
    const { base, inner, plain } = make(agent, call);
    for (const each of [base, inner, plain]) await each.work();
    await inner.rest();
    expect(agentsOf(await h.spans())).toEqual([
      'chat base',
      'invoke_agent base',
      'chat inner',
      'invoke_agent inner',
      'chat base',
      'invoke_agent base',
      'chat inner',
      'invoke_agent inner',
    ]);
  });

  it('works in the older syntax of decorators too', async () => {
    type Made = { method: { run(): Promise<string> }; whole: { run(): Promise<void> } };
    const make = await decorated<Make<Made>>(
      `export function make(agent: any, call: () => Promise<unknown>) {
        class Method { word = 'own'; @agent({ name: 'method' }) async run() { await call(); return this.word; } }
        @agent({ name: 'class' }) class Whole { async run() { await call(); } }
        return { method: new Method(), whole: new Whole() };
      }`,
      { older: true },
    );
    const { method, whole } = make(agent, call);
    expect(await method.run()).toBe('own');
    await whole.run();
    expect(agentsOf(await h.spans())).toEqual([
      'chat method',
      'invoke_agent method',
      'chat class',
      'invoke_agent class',
    ]);
  });

  it('OBS-10 its span says who, for whom, made with what, and how it ended; the error is the caller’s', async () => {
    const failure = new Error('broken');
    const abort = new DOMException('stop', 'AbortError');
    const who = { name: 'analyst', tenant: 'acme', framework: 'own-loop' };
    const run = (fail?: unknown) =>
      agent(who, async () => {
        if (fail) throw fail;
      })();
    await run();
    await expect(run(failure)).rejects.toBe(failure);
    await expect(run(abort)).rejects.toBe(abort);
    const spans = await h.spans();
    for (const { name, kind, attributes } of spans) {
      expect([name, kind]).toEqual(['invoke_agent analyst', 1]);
      expect(attributes).toMatchObject({
        'gen_ai.agent.name': 'analyst',
        'tally.tenant': 'acme',
        'tally.framework': 'own-loop',
      });
    }
    const [fine, failed, cancelled] = spans;
    expect([fine!.failed, failed!.failed, cancelled!.failed]).toEqual([false, true, true]);
    expect(failed!.attributes).toMatchObject({ 'error.type': '_OTHER' });
    expect(cancelled!.attributes).toMatchObject({ 'error.type': 'AbortError', 'tally.ended_by': 'aborted' });
  });

  it('OBS-10 an agent that does not say what it is made with has the framework that works inside of it', async () => {
    const chain = RunnableLambda.from(async () => 'done').withConfig({ runName: 'Chain' });
    const run = (framework?: string) =>
      agent({ name: 'crew', ...(framework && { framework }) }, () => chain.invoke('x', { callbacks: [tallyspan()] }))();
    await run();
    await run('own-loop');
    await agent({ name: 'alone' }, async () => {})();
    const agents = (await h.spans()).filter(({ name }) => name.startsWith('invoke_agent'));
    expect(agents.map(({ attributes }) => attributes['tally.framework'])).toEqual(['langchain', 'own-loop', undefined]);
  });

  it('OBS-02 defining an agent sets telemetry up before any call, once, and leaves the application’s provider alone', async () => {
    const { stdout, stderr } = await program(`
      const { TracerProvider } = require('@opentelemetry/sdk-trace');
      const state = () => globalThis[Symbol.for('tallyspan.sdk.state.1')];
      const provider = new TracerProvider();
      api.trace.setGlobalTracerProvider(provider);
      const before = state().initialised;
      const define = () => sdk.agent({ name: 'a' }, async () => {});
      const first = define();
      const after = state().initialised;
      await first();
      const { recorder } = state();
      await define()();
      console.log(JSON.stringify([before, after, state().recorder === recorder, api.trace.getTracerProvider().getDelegate() === provider]));
    `);
    expect([stdout.trim(), stderr]).toEqual(['[false,true,true,true]', '']);
  });
});
