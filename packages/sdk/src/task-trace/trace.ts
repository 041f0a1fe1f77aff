import { limits } from '@tallyspan/facts';
import { asAgent } from '../agent.ts';
import { Begun } from '../begin.ts';
import { contentText } from '../content.ts';
import { currentIdentity, currentSpan, innermostFrame, runIn } from '../context.ts';
import { warmPrices } from '../cost.ts';
import { decorate, type Decorator } from '../decorate.ts';
import type { Failure } from '../failure.ts';
import { followResult } from '../follow-result.ts';
import { contentRules } from '../kernel.ts';
import { resemble } from '../resemble.ts';
import { warnOnce } from '../state.ts';
import { TaskGatherer } from './gatherer.ts';
import type { TaskTrace } from './task-trace.ts';

export interface TraceOptions {
  /** What the task is, in a sentence. */
  description?: string;
  /** Called once the function has returned or failed, with its trace. What it throws is ignored. */
  onEnd?: (trace: TaskTrace) => void;
}

type AnyFunction = (this: never, ...args: never[]) => unknown;

export interface Trace<Options = TraceOptions> {
  <Fn extends AnyFunction>(name: string, fn: Fn): Fn;
  <Fn extends AnyFunction>(name: string, options: Options, fn: Fn): Fn;
  (name: string, options?: Options): Decorator;
}

/** What a client adds to its own traces. */
export interface Owner {
  /** Who works, where no agent is around the task. */
  agent?: string;
  ended?: (gathered: TaskGatherer) => void;
}

/**
 * Gathers what a function does into a {@link TaskTrace}: model calls, tools and roles in their order, tokens and dollars per model,
 * and errors. Each call is one span `invoke_workflow <name>`. The function's result or error is its own; it stays synchronous if it
 * was, and an async generator is gathered until it is done or left. Read it with {@link currentTrace}, also after the end.
 *
 * @example
 * const summarise = trace('Summarise article', async (article: string) => {
 *   const answer = await openai.chat.completions.create({ … });
 *   console.log(currentTrace()?.cost);
 *   return answer.choices[0].message.content;
 * });
 */
export const trace: Trace = traceFor(() => ({}));

/** The trace of the innermost task around us. Undefined outside of any. */
export function currentTrace(): TaskTrace | undefined {
  return innermostFrame()?.task?.trace;
}

/** A `trace` whose traces belong to whom `ownerOf` says. */
export function traceFor<Options extends TraceOptions>(ownerOf: (options: Options) => Owner): Trace<Options> {
  function make(name: string, ...rest: (Options | AnyFunction | undefined)[]): unknown {
    warmPrices();
    const fn = rest.find((each) => typeof each === 'function');
    const options = (typeof rest[0] === 'object' ? rest[0] : {}) as Options;
    const wrap = (inner: AnyFunction) => traced(name, options, ownerOf(options), inner);
    return fn ? wrap(fn) : decorate(wrap, () => warnOnce('trace:class', ON_A_CLASS));
  }
  return make as Trace<Options>;
}

const ON_A_CLASS = 'trace() stands on a class, where it does nothing; put it on the methods that are tasks';

function traced(name: string, options: TraceOptions, owner: Owner, fn: AnyFunction): AnyFunction {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const call = () => Reflect.apply(fn as (...all: unknown[]) => unknown, this, args);
    const task = begin(name, options, owner);
    if (!task) return call();
    const { gathered, frame } = task;
    gathered.inputSummary = summaryOf(args.length === 1 ? args[0] : args);
    return followResult(
      task,
      () => runIn(frame, call),
      (value) => void (gathered.outputSummary = summaryOf(value)),
    );
  };
  return resemble(wrapped, fn) as AnyFunction;
}

/** A task that has begun: its span, and what is gathered below it. Undefined when we fail: the function then runs as if we were not. */
function begin(name: string, options: TraceOptions, { agent, ended }: Owner) {
  try {
    const outer = currentIdentity();
    const parent = currentSpan();
    const gathered = new TaskGatherer(innermostFrame()?.task);
    const begun = new Begun(
      { operation: 'invoke_workflow', workflow: name },
      asAgent(outer, outer.agent === undefined ? { agent } : {}),
      { parent, task: gathered, identify: ({ spanId }) => (outer.runId === undefined ? { runId: spanId } : {}) },
    );
    const { frame, facts, began } = begun;
    gathered.beginning = {
      name,
      description: options.description,
      identity: frame.identity,
      traceId: frame.span!.traceId,
      spanId: frame.span!.spanId,
      parentSpanId: parent?.spanId,
      startMicros: began.wall,
    };
    const end = (failure?: Failure) => {
      if (begun.ended) return;
      begun.end(failure);
      gathered.end(failure && { type: failure.errorType, message: failure.statusMessage });
      for (const tell of [ended, options.onEnd && (() => options.onEnd?.(gathered.trace))]) {
        try {
          tell?.(gathered);
        } catch {
          // Who listens must not harm the task.
        }
      }
    };
    return { gathered, frame, facts, end };
  } catch {
    return undefined;
  }
}

function summaryOf(value: unknown): string | undefined {
  try {
    const rules = contentRules({});
    if (!rules.capture) return undefined;
    return contentText(value, { ...rules, capture: 'preview' })?.slice(0, limits.previewCharsMax);
  } catch {
    // Fails closed.
    return undefined;
  }
}
