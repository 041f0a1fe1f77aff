import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decorated } from '../test/decorated.ts';
import { harness, hello } from '../test/harness.ts';
import { agent, role } from './agent.ts';
import { watch } from './watch.ts';

const h = harness();
const call = () => watch(h.openai()).chat.completions.create(hello);
const chats = async () => (await h.spans()).filter((span) => span.attributes['gen_ai.operation.name'] === 'chat');

afterEach(() => vi.unstubAllEnvs());

describe('identity', () => {
  it('LLM-10 LLM-33 LLM-34 COST-14 COST-15 a call inside an agent carries its name and tenant', async () => {
    await agent({ name: 'analyst', tenant: 'acme-corp', version: '2.1' }, call)();
    const spans = await h.spans();
    expect(spans.map((span) => span.name)).toEqual(['chat gpt-4o', 'invoke_agent analyst']);
    for (const { attributes } of spans) {
      expect(attributes).toMatchObject({
        'gen_ai.agent.name': 'analyst',
        'tally.tenant': 'acme-corp',
        'gen_ai.agent.version': '2.1',
      });
    }
    expect(spans[0]!.parentSpanId).toBe(spans[1]!.spanId);
  });

  it('LLM-10 survives await, timers, Promise.all, event emitters and streams', async () => {
    await agent({ name: 'walker' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const emitter = new EventEmitter();
      const answered = once(emitter, 'done');
      emitter.on('ask', () => void call().then(() => emitter.emit('done')));
      emitter.emit('ask');
      await answered;
      await Promise.all([
        call(),
        new Promise<void>((resolve) => setImmediate(() => void call().then(() => resolve()))),
      ]);
      for await (const chunk of await watch(h.openai()).chat.completions.create({ ...hello, stream: true }))
        if (chunk) await call();
    })();
    const found = await chats();
    expect(found.length).toBeGreaterThan(5);
    expect(new Set(found.map((span) => span.attributes['gen_ai.agent.name']))).toEqual(new Set(['walker']));
  });

  it('LLM-11 without an agent around it a call is a span without identity', async () => {
    await call();
    const { attributes, parentSpanId } = await h.span();
    expect(parentSpanId).toBe('');
    expect(Object.keys(attributes).filter((name) => /agent|tenant|role|run|spiffe/.test(name))).toEqual([]);
  });

  it('LLM-52 two hundred interleaved runs of two agents never mix', async () => {
    const run = (name: string) =>
      agent({ name, tenant: `tenant-of-${name}` }, async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        await role('worker', call);
      })();
    await Promise.all(Array.from({ length: 200 }, (_, index) => run(index % 2 ? 'odd' : 'even')));
    const found = await chats();
    expect(found).toHaveLength(200);
    for (const { attributes } of found)
      expect(attributes['tally.tenant']).toBe(`tenant-of-${String(attributes['gen_ai.agent.name'])}`);
    expect(new Set(found.map((span) => span.attributes['tally.run.id'])).size).toBe(200);
  });

  it('COST-16 the role is the innermost one, and a role groups its calls under a span of its own', async () => {
    await agent({ name: 'crew' }, async () => {
      await role('researcher', call);
      await role('writer', () => role('editor', call));
    })();
    const spans = await h.spans();
    expect((await chats()).map((span) => span.attributes['tally.role'])).toEqual(['researcher', 'editor']);
    expect(spans.map((span) => span.name)).toContain('role writer');
  });

  it('an agent inside an agent keeps tenant and run and has its own name', async () => {
    await agent({ name: 'outer', tenant: 'acme', user: 'u1', role: 'boss' }, () => agent({ name: 'inner' }, call)())();
    const [chat, inner, outer] = (await h.spans()).map((span) => span.attributes);
    expect(chat).toMatchObject({ 'gen_ai.agent.name': 'inner', 'tally.tenant': 'acme', 'user.id': 'u1' });
    expect(chat).not.toHaveProperty('tally.role');
    expect(inner!['tally.run.id']).toBe(outer!['tally.run.id']);
  });

  it('an agent gives its function’s own result, error and this', async () => {
    const failure = new Error('no');
    const object = {
      factor: 3,
      times: agent({ name: 'math' }, function (this: { factor: number }, value: number) {
        return value * this.factor;
      }),
    };
    expect(object.times(2)).toBe(6);
    const failing = agent({ name: 'math' }, async () => {
      throw failure;
    });
    await expect(failing()).rejects.toBe(failure);
    const spans = await h.spans();
    expect(spans.map((span) => span.failed)).toEqual([false, true]);
    expect(spans[1]!.attributes['error.type']).toBe('_OTHER');
  });

  it('an async generator is one span that lasts as long as it is read', async () => {
    const numbers = agent({ name: 'gen' }, async function* () {
      yield 1;
      await call();
      yield 2;
    });
    const seen: number[] = [];
    for await (const value of numbers()) seen.push(value);
    expect(seen).toEqual([1, 2]);
    const [chat, invoke] = await h.spans();
    expect(chat!.attributes['gen_ai.agent.name']).toBe('gen');
    expect(chat!.parentSpanId).toBe(invoke!.spanId);
  });

  it('COST-06 defining an agent is all the set-up there is', async () => {
    const { state } = await import('./state.ts');
    Object.assign(state, { initialised: false, recorder: undefined });
    agent({ name: 'a' }, () => {});
    expect(state.initialised).toBe(true);
  });

  it('LLM-10 decorates methods and classes with the standard syntax', async () => {
    type Made = { method: { run(word: string): Promise<string> }; whole: { one(): Promise<void> } };
    const make = await decorated<(a: unknown, c: unknown) => Made>(
      `export function make(agent: any, call: () => Promise<unknown>) {
        class Method { tenant = 'own'; @agent({ name: 'method' }) async run(word: string) { await call(); return this.tenant + word; } }
        @agent({ name: 'class' }) class Whole { async one() { await this.two(); } async two() { await call(); } }
        return { method: new Method(), whole: new Whole() };
      }`,
    );
    const { method, whole } = make(agent, call);
    expect(await method.run('!')).toBe('own!');
    await whole.one();
    expect((await h.spans()).map((span) => span.attributes['gen_ai.agent.name'])).toEqual([
      'method',
      'method',
      'class',
      'class',
    ]);
  });
});

describe('LLM-35 the SPIFFE id', () => {
  const ids = async () => (await h.spans()).map((span) => span.attributes['tally.spiffe_id']);

  it('LLM-35 is absent unless asked for', async () => {
    await agent({ name: 'analyst', tenant: 'acme' }, call)();
    expect(await ids()).toEqual([undefined, undefined]);
  });

  it('LLM-35 follows the template, with the role main at the top', async () => {
    h.init({ spiffe: { trustDomain: 'example.org' } });
    await agent({ name: 'analyst', tenant: 'acme' }, () => role('writer', call))();
    expect(await ids()).toEqual([
      'spiffe://example.org/agent/acme/analyst/writer',
      'spiffe://example.org/agent/acme/analyst/writer',
      'spiffe://example.org/agent/acme/analyst/main',
    ]);
  });

  it('LLM-35 is the explicit one, else that of the environment', async () => {
    vi.stubEnv('SPIFFE_ID', 'spiffe://env/agent');
    h.init({ spiffe: { trustDomain: 'example.org' } });
    await agent({ name: 'a', spiffeId: 'spiffe://own/agent' }, call)();
    await agent({ name: 'a' }, call)();
    expect(new Set(await ids())).toEqual(new Set(['spiffe://own/agent', 'spiffe://env/agent']));
  });
});
