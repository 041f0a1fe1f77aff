import { limits } from '@tallyspan/facts';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { decorated } from '../../test/decorated.ts';
import { harness, hello } from '../../test/harness.ts';
import { agent, role } from '../agent.ts';
import { pricesSettled, warmPrices } from '../cost.ts';
import { tool } from '../tool.ts';
import { watch } from '../watch.ts';
import type { TaskTrace } from './task-trace.ts';
import { currentTrace, trace } from './trace.ts';

const h = harness();
const ask = (model = 'gpt-4o') => watch(h.openai()).chat.completions.create({ ...hello, model });
/** A key that the fake turns away. */
const refused = { apiKey: 'invalid', maxRetries: 0 };
const rounded = (amount: number) => Math.round(amount * 1e9);

beforeAll(async () => {
  warmPrices();
  await pricesSettled();
});

describe('trace()', () => {
  it('INF-48 INF-38 the example of summarising an article: the trace has the call with model, tokens and latency', async () => {
    const openai = watch(h.openai());
    const traces: TaskTrace[] = [];
    const summarise = trace('Summarise article', async (article: string) => {
      const response = await openai.chat.completions.create({
        model: 'gpt-4o',
        messages: [{ role: 'user', content: `Summarise: ${article}` }],
      });
      traces.push(currentTrace()!);
      return response.choices[0]!.message.content;
    });
    expect(await summarise('Tea is made of leaves.')).toEqual(expect.any(String));
    expect(currentTrace()).toBeUndefined();

    const [task] = traces;
    const [call, root] = await h.spans();
    expect(task).toMatchObject({ name: 'Summarise article', ended: true, errors: [], stepsLeftOut: 0 });
    expect([task!.traceId, task!.spanId]).toEqual([root!.traceId, root!.spanId]);
    expect(root).toMatchObject({ name: 'invoke_workflow Summarise article', parentSpanId: '' });
    const { attributes } = call!;
    const [prompt, completion] = [attributes['gen_ai.usage.input_tokens'], attributes['gen_ai.usage.output_tokens']];
    expect(task!.steps).toEqual([
      {
        type: 'model',
        name: 'chat gpt-4o',
        provider: 'openai',
        model: attributes['gen_ai.response.model'],
        startedAt: expect.any(Date),
        latencyMs: Number(call!.end - call!.start) / 1e6,
        tokens: expect.objectContaining({ prompt, completion, total: Number(prompt) + Number(completion) }),
        cost: attributes['tally.cost.usd'],
        costSource: 'computed',
        spanId: call!.spanId,
        parentSpanId: root!.spanId,
      },
    ]);
    expect(task!.cost).toBe(attributes['tally.cost.usd']);
  });

  it('INF-38 nested calls see the trace around them, before and after they wait; nobody outside does', async () => {
    const seen: (TaskTrace | undefined)[] = [];
    const deep = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push(currentTrace());
    };
    await trace('outer', async () => {
      seen.push(currentTrace());
      await Promise.all([deep(), role('writer', deep)]);
    })();
    seen.push(currentTrace());
    expect(seen.map((each) => each?.name)).toEqual(['outer', 'outer', 'outer', undefined]);
    expect(new Set(seen.slice(0, 3)).size).toBe(1);
  });

  it('INF-39 a synchronous function stays one, with its own result, error, name and this', () => {
    const failure = new RangeError('no');
    const counter = {
      by: 3,
      times: trace('Times', function times(this: { by: number }, value: number) {
        return value * this.by;
      }),
    };
    expect(counter.times(2)).toBe(6);
    expect(counter.times.name).toBe('times');
    const traces: TaskTrace[] = [];
    const failing = trace('Fail', { onEnd: (task) => traces.push(task) }, () => {
      throw failure;
    });
    expect(failing).toThrow(failure);
    expect(traces[0]!.errors).toEqual([{ type: 'RangeError', message: 'RangeError' }]);
  });

  it('INF-40 a trace ends when the awaited result is there, and with the last value of an async generator', async () => {
    const traces: TaskTrace[] = [];
    const onEnd = (task: TaskTrace) => traces.push(task);
    const failing = trace('Later', { onEnd }, async () => {
      await ask();
      throw new TypeError('later');
    });
    await expect(failing()).rejects.toThrow('later');
    expect(traces[0]).toMatchObject({ ended: true, errors: [{ type: 'TypeError' }] });

    const numbers = trace('Numbers', { onEnd }, async function* () {
      yield 1;
      await ask();
      yield 2;
    });
    const seen: number[] = [];
    for await (const value of numbers()) {
      seen.push(value);
      expect(traces).toHaveLength(1);
    }
    for await (const value of numbers()) if (value === 1) break;
    expect(seen).toEqual([1, 2]);
    expect(traces.slice(1).map(({ name, usage }) => [name, usage.calls])).toEqual([
      ['Numbers', 1],
      ['Numbers', 0],
    ]);
  });

  it('INF-43 without a trace around it a call is a span, and no trace is kept', async () => {
    expect(currentTrace()).toBeUndefined();
    await ask();
    expect((await h.span()).name).toBe('chat gpt-4o');
  });

  it('INF-44 two calls are two steps in their order, with the tools and roles between them', async () => {
    let task: TaskTrace | undefined;
    await trace('Research', async () => {
      task = currentTrace();
      await ask();
      expect(task!.steps.map(({ type }) => type)).toEqual(['model']);
      await role('writer', async () => {
        await tool('search', async () => ask('gpt-4o-mini'))();
      });
    })();
    expect(task!.steps.map(({ type, name, role: of }) => [type, name, of])).toEqual([
      ['model', 'chat gpt-4o', undefined],
      ['role', 'role writer', 'writer'],
      ['tool', 'execute_tool search', 'writer'],
      ['model', 'chat gpt-4o-mini', 'writer'],
    ]);
    const [first, within, used, second] = task!.steps;
    expect([first!.parentSpanId, within!.parentSpanId]).toEqual([task!.spanId, task!.spanId]);
    expect([used!.parentSpanId, second!.parentSpanId]).toEqual([within!.spanId, used!.spanId]);
  });

  it('INF-45 EXT-19 usage is summed over calls and split by model, in tokens, calls and dollars', async () => {
    let task: TaskTrace | undefined;
    await trace('Two models', async () => {
      task = currentTrace();
      await Promise.all([ask(), ask(), ask('gpt-4o-mini')]);
    })();
    const spans = (await h.spans()).filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'chat');
    const sum = (of: typeof spans, name: string) => of.reduce((all, span) => all + Number(span.attributes[name]), 0);
    const models = [...new Set(spans.map(({ attributes }) => String(attributes['gen_ai.response.model'])))];
    const expected = (of: typeof spans) => ({
      calls: of.length,
      promptTokens: sum(of, 'gen_ai.usage.input_tokens'),
      completionTokens: sum(of, 'gen_ai.usage.output_tokens'),
      totalTokens: sum(of, 'gen_ai.usage.input_tokens') + sum(of, 'gen_ai.usage.output_tokens'),
      unpricedCalls: 0,
    });
    const { usage } = task!;
    expect(models).toHaveLength(2);
    expect(usage).toMatchObject(expected(spans));
    expect(rounded(usage.cost)).toBe(rounded(sum(spans, 'tally.cost.usd')));
    expect(new Set(usage.models.map(({ model }) => model))).toEqual(new Set(models));
    for (const each of usage.models) {
      const of = spans.filter(({ attributes }) => attributes['gen_ai.response.model'] === each.model);
      expect(each).toMatchObject({ provider: 'openai', ...expected(of) });
      expect(rounded(each.cost)).toBe(rounded(sum(of, 'tally.cost.usd')));
    }
  });

  it('a model nobody has a price for is counted as unpriced, never as free', async () => {
    let task: TaskTrace | undefined;
    await trace('Unknown', async () => {
      task = currentTrace();
      await ask('house-model-of-nobody');
      await ask();
    })();
    expect(task!.usage).toMatchObject({ calls: 2, unpricedCalls: 1 });
    expect(task!.steps[0]).not.toHaveProperty('cost');
    expect(task!.cost).toBe(task!.steps[1]!.cost);
  });

  it('INF-47 EXT-04 two hundred interleaved traces keep their own calls, and two agents in one process stay apart', async () => {
    const tasks = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const name = index % 2 ? 'odd' : 'even';
        let task: TaskTrace | undefined;
        const run = trace(`Task ${index}`, async () => {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
          task = currentTrace();
          await ask(`model-${index}`);
        });
        await agent({ name, tenant: `tenant of ${name}`, spiffeId: `spiffe://example.org/agent/${name}` }, run)();
        return task!;
      }),
    );
    for (const [index, task] of tasks.entries()) {
      const name = index % 2 ? 'odd' : 'even';
      expect(task.name).toBe(`Task ${index}`);
      expect(task.steps.map((step) => [step.name, step.agent])).toEqual([[`chat model-${index}`, name]]);
      expect(task.identity).toMatchObject({ agent: name, tenant: `tenant of ${name}` });
    }
    for (const { attributes } of await h.spans())
      expect(attributes['tally.spiffe_id']).toBe(
        `spiffe://example.org/agent/${String(attributes['gen_ai.agent.name'])}`,
      );
  });

  it('a task inside a task has its own steps, and is part of the sums of the outer one', async () => {
    const tasks: TaskTrace[] = [];
    const onEnd = (task: TaskTrace) => tasks.push(task);
    await trace('Outer', { onEnd }, async () => {
      await ask();
      await trace('Inner', { onEnd }, () => ask())();
      expect(currentTrace()!.name).toBe('Outer');
    })();
    const [inner, outer] = tasks;
    expect([inner!.usage.calls, outer!.usage.calls]).toEqual([1, 2]);
    expect(outer!.steps.map(({ name }) => name)).toEqual(['chat gpt-4o', 'invoke_workflow Inner', 'chat gpt-4o']);
    expect([inner!.traceId, inner!.parentSpanId]).toEqual([outer!.traceId, outer!.spanId]);
  });

  it('a failure is told where it began and where it ended the task, and by a short name only', async () => {
    let task: TaskTrace | undefined;
    const failing = trace('Broken', async () => {
      task = currentTrace();
      await role('writer', () =>
        watch(new OpenAI({ ...refused, baseURL: h.fake.openaiBaseUrl })).chat.completions.create(hello),
      );
    });
    await expect(failing()).rejects.toThrow('401');
    expect(task!.errors).toEqual([
      { type: '401', message: 'HTTP 401', step: 'chat gpt-4o' },
      { type: '401', message: 'HTTP 401' },
    ]);
    expect(task!.usage).toMatchObject({ calls: 1, unpricedCalls: 0 });
  });

  it(`keeps ${limits.traceStepsMax} steps, counts the rest, and still sums every call`, async () => {
    const step = tool('step', () => {});
    let task: TaskTrace | undefined;
    await trace('Long', async () => {
      task = currentTrace();
      for (let times = 0; times < limits.traceStepsMax - 1; times++) step();
      await ask();
      expect([task!.steps.length, task!.stepsLeftOut]).toEqual([limits.traceStepsMax, 0]);
      const { cost } = task!;
      await ask();
      expect([task!.steps.length, task!.stepsLeftOut, task!.usage.calls]).toEqual([limits.traceStepsMax, 1, 2]);
      expect(rounded(task!.cost)).toBe(rounded(cost * 2));
    })();
  });

  it('keeps no content unless content is on, and then not much of it', async () => {
    const task = async () => {
      let read: TaskTrace | undefined;
      await trace('Private', async (said: string) => {
        read = currentTrace();
        await watch(h.openai()).chat.completions.create({
          model: 'gpt-4o',
          messages: [{ role: 'user', content: said }],
        });
        return { answer: 'canary-out' };
      })(`canary-in ${'x'.repeat(2000)}`);
      return read!;
    };
    expect(JSON.stringify(await task())).not.toContain('canary');
    h.init({ captureContent: true });
    const { inputSummary, outputSummary, steps } = await task();
    expect(inputSummary).toContain('canary-in');
    expect(outputSummary).toContain('canary-out');
    expect(steps[0]!.input).toContain('canary-in');
    for (const text of [inputSummary, outputSummary, steps[0]!.input]) expect(text!.length).toBeLessThanOrEqual(500);
  });

  it('can be read as plain JSON, and what listens for its end cannot harm it', async () => {
    const run = trace('Plain', { description: 'Says hello.', onEnd: () => void JSON.parse('no JSON') }, async () => {
      await ask();
      return currentTrace();
    });
    const task = await run();
    expect(JSON.parse(JSON.stringify(task))).toMatchObject({
      name: 'Plain',
      description: 'Says hello.',
      steps: [{ type: 'model' }],
      usage: { calls: 1 },
      ended: true,
    });
  });

  it('INF-41 decorates methods, static and private ones, getters, and fields that hold a function', async () => {
    type Made = { run(): Promise<string>; stream(): AsyncGenerator<number>; readonly now: string; late(): number };
    const make = await decorated<
      (t: typeof trace, call: () => Promise<unknown>) => { job: Made; Job: { make(): string } }
    >(
      `export function make(trace: any, call: () => Promise<unknown>) {
        class Job {
          word = 'own';
          @trace('Run') async run() { await call(); return this.#quiet(); }
          @trace('Quiet') #quiet() { return this.word; }
          @trace('Stream') async *stream() { yield 1; await call(); yield 2; }
          @trace('Now') get now() { return this.word; }
          @trace('Late') late = () => this.word.length;
          @trace('Make') static make() { return this.name; }
        }
        return { job: new Job(), Job };
      }`,
    );
    const { job, Job } = make(trace, () => ask());
    expect([await job.run(), job.now, job.late(), Job.make()]).toEqual(['own', 'own', 3, 'Job']);
    const seen: number[] = [];
    for await (const value of job.stream()) seen.push(value);
    expect(seen).toEqual([1, 2]);
    const names = (await h.spans()).map(({ name }) => name).filter((name) => name.startsWith('invoke_workflow'));
    expect(names.map((name) => name.replace('invoke_workflow ', ''))).toEqual([
      'Quiet',
      'Run',
      'Now',
      'Late',
      'Make',
      'Stream',
    ]);
  });
});
