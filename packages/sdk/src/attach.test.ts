import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { limits } from '@tallyspan/facts';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { agent, role } from './agent.ts';
import { emitter } from './attach.ts';
import { currentFrame, isInside } from './context.ts';
import { tallyspan } from './langchain.ts';
import { type Frame, state } from './state.ts';
import { watch } from './watch.ts';

const h = harness();
const emit = emitter({});
const asked = { operation: 'chat', provider: 'openai', requestModel: 'gpt-4o' };

describe('one owner per model call', () => {
  it('a client that is called inside of a framework call owns it, whatever ids they have', async () => {
    const client = watch(h.openai());
    const call = emit.model(asked);
    await call.run(() => client.chat.completions.create(hello));
    call.answered({ responseId: 'the-frameworks-own', inputTokens: 1 });
    expect((await h.span()).attributes['server.address']).toBe('127.0.0.1');
  });

  it('a call that is only told of is known again by the id of its answer', async () => {
    const client = watch(h.openai());
    const call = emit.model(asked, { isOnlyTold: true });
    const { id } = await client.chat.completions.create(hello);
    call.answered({ responseId: id });
    await h.span();
    emit.model(asked, { isOnlyTold: true }).answered({ responseId: 'somebody-elses' });
    expect(await h.spans()).toHaveLength(2);
  });

  it('without an id it is the call of the same model in the same place; another model is another call', async () => {
    const client = watch(h.openai());
    const same = emit.model(asked, { isOnlyTold: true });
    const other = emit.model({ ...asked, requestModel: 'gpt-4o-mini' }, { isOnlyTold: true });
    await client.chat.completions.create(hello);
    same.answered({});
    other.answered({});
    expect((await h.spans()).map(({ name }) => name)).toEqual(['chat gpt-4o', 'chat gpt-4o-mini']);
  });

  it('a call that fails is known again by its error, however it is wrapped', async () => {
    const client = watch(h.openai());
    h.fake.enqueue({ error: 'rate_limit' });
    const error = await client.chat.completions.create(hello).catch((caught: unknown) => caught);
    emit
      .model({ ...asked, requestModel: 'x' })
      .fail(new Error('outer', { cause: new Error('inner', { cause: error }) }));
    await h.span();
  });

  it('a client called inside of a framework’s call, or of a step of one, is within the budget of its agent', async () => {
    const client = watch(h.openai());
    const ask = () => client.chat.completions.create({ ...hello, max_tokens: 20 });
    const run = agent({ name: 'analyst', budget: { calls: 1 } }, async () => {
      await emit.model(asked).run(ask);
      await emit.model(asked).run(ask);
    });
    await expect(run()).rejects.toMatchObject({ name: 'BudgetExceededError', state: { limit: 'calls' } });
    expect(h.fake.requests).toHaveLength(1);
    const stepping = agent({ name: 'analyst', budget: { calls: 1 } }, async () => {
      await emit.step({ operation: 'execute_tool' }).run(ask);
      await emit.step({ operation: 'execute_tool' }).run(() => emit.model(asked).run(ask));
    });
    await expect(stepping()).rejects.toMatchObject({ name: 'BudgetExceededError' });
    expect(h.fake.requests).toHaveLength(2);
  });

  it('two frameworks around one call are one span: the inner report stays', async () => {
    const outer = emit.model({ ...asked, provider: 'outer' });
    const inner = outer.run(() => emit.model({ ...asked, provider: 'inner' }));
    inner.answered({ responseId: 'inner' });
    outer.answered({ responseId: 'outer' });
    expect((await h.span()).attributes['gen_ai.provider.name']).toBe('inner');
  });

  it('a call ends once, and one that never took place leaves nothing', async () => {
    const call = emit.model(asked);
    call.answered({ inputTokens: 3 });
    call.fail(new Error('late'));
    call.left('break');
    emit.model(asked).drop();
    expect((await h.span()).failed).toBe(false);
  });

  it(`${limits.openFrameworkCallsMax} calls may wait in one place; of one more the first is no longer known`, async () => {
    const calls = Array.from({ length: limits.openFrameworkCallsMax + 1 }, (_, index) =>
      emit.model({ ...asked, requestModel: `model-${index}` }, { isOnlyTold: true }),
    );
    const client = watch(h.openai());
    const ask = (model: string) => client.chat.completions.create({ ...hello, model });
    await Promise.all([ask('model-0'), ask('model-1')]);
    expect(await h.spans()).toHaveLength(2);
    calls[1]!.answered({});
    expect(await h.spans()).toHaveLength(2);
    calls[0]!.answered({});
    expect(await h.spans()).toHaveLength(3);
    for (const call of calls) call.drop();
  });
});

describe('where we are', () => {
  it('a step carries identity to what is below it; an outermost agent or workflow is a run', async () => {
    const workflow = emit.step({ operation: 'invoke_workflow', workflow: 'w' }, { identity: { framework: 'f' } });
    const inner = emit.step({ operation: 'invoke_agent' }, { under: workflow, identity: { agent: 'a', role: 'r' } });
    emit.model(asked, { under: inner }).answered({});
    inner.end();
    workflow.end();
    const [call, agentSpan, workflowSpan] = await h.spans();
    expect(call!.attributes).toMatchObject({
      'gen_ai.agent.name': 'a',
      'tally.role': 'r',
      'tally.run.id': workflowSpan!.spanId,
    });
    expect([call!.parentSpanId, agentSpan!.parentSpanId]).toEqual([agentSpan!.spanId, workflowSpan!.spanId]);
  });

  it("a framework's context counts when it is inside of ours, and ours when it is inside of the framework's", () => {
    const outer: Frame = { identity: { agent: 'outer' }, span: undefined };
    let said: Frame | undefined;
    const ambient = () => said;
    state.ambients.push(ambient);
    try {
      state.frames.run(outer, () => {
        expect(currentFrame()?.identity.agent).toBe('outer');
        said = emit.step({}, { identity: { role: 'node' } }).frame;
        expect(currentFrame()?.identity).toMatchObject({ agent: 'outer', role: 'node' });
        role('inner', () => expect(currentFrame()?.identity).toMatchObject({ agent: 'outer', role: 'inner' }));
        said = { identity: { role: 'unrelated' }, span: undefined };
        expect(currentFrame()?.identity.role).toBeUndefined();
      });
    } finally {
      state.ambients.splice(state.ambients.indexOf(ambient), 1);
    }
  });

  it(`${limits.frameDepthMax} frames around one are remembered; an endless nesting holds on to no more`, () => {
    const frames: Frame[] = [];
    const deeper = (left: number): void => {
      if (left === 0) return;
      role(`r${left}`, () => {
        frames.push(state.frames.getStore()!);
        deeper(left - 1);
      });
    };
    deeper(limits.frameDepthMax + 2);
    expect(isInside(frames[limits.frameDepthMax]!, frames[0]!)).toBe(true);
    expect(isInside(frames[limits.frameDepthMax + 1]!, frames[0]!)).toBe(false);
  });
});

describe('with an OpenTelemetry context and provider of the application', () => {
  const exported = new InMemorySpanExporter();
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: exported })] }),
    );
  });
  beforeEach(() => exported.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
  });

  const graph = (call: () => Promise<unknown>) =>
    new StateGraph(Annotation.Root({ text: Annotation<string>() }))
      .addNode('writer', async () => {
        await call();
        return { text: '' };
      })
      .addEdge(START, 'writer')
      .addEdge('writer', END)
      .compile();
  const invoke = (call: () => Promise<unknown>) =>
    agent({ name: 'a' }, () => graph(call).invoke({ text: '' }, { callbacks: [tallyspan()] }))();

  it("a call in a framework's step is under the step, although OpenTelemetry's active span is outside of it", async () => {
    const client = watch(h.openai());
    await invoke(() => client.chat.completions.create(hello));
    const spans = await h.spans();
    const [call] = spans;
    const parents = [call!];
    for (let at = call; at; at = spans.find(({ spanId }) => spanId === at!.parentSpanId))
      if (at !== call) parents.push(at);
    expect(parents.map(({ name }) => name)).toEqual([
      'chat gpt-4o',
      'role writer',
      'invoke_workflow',
      'invoke_agent a',
    ]);
  });

  it("a span of the application's own inside of the step is further inside", async () => {
    const client = watch(h.openai());
    await invoke(() =>
      trace.getTracer('app').startActiveSpan('mine', async (span) => {
        await client.chat.completions.create(hello);
        span.end();
      }),
    );
    const mine = exported.getFinishedSpans().find(({ name }) => name === 'mine')!;
    const call = (await h.spans()).find(({ name }) => name === 'chat gpt-4o')!;
    expect(call.parentSpanId).toBe(mine.spanContext().spanId);
    expect(call.attributes['tally.role']).toBe('writer');
  });

  it("through the application's provider the tree is the same", async () => {
    h.init({ join: true });
    const client = watch(h.openai());
    await invoke(() => client.chat.completions.create(hello));
    const spans = exported.getFinishedSpans();
    const parentOf = (name: string) => {
      const { parentSpanContext } = spans.find((span) => span.name === name)!;
      return spans.find((span) => span.spanContext().spanId === parentSpanContext?.spanId)?.name;
    };
    expect(['chat gpt-4o', 'role writer', 'invoke_workflow', 'invoke_agent a'].map(parentOf)).toEqual([
      'role writer',
      'invoke_workflow',
      'invoke_agent a',
      undefined,
    ]);
  });
});
