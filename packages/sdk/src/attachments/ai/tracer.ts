import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { Emitter, OpenStep } from '../../attach.ts';
import { currentFrame } from '../../context.ts';
import { fields, text } from '../../read.ts';
import { state } from '../../state.ts';
import { type Asking, beginCall, failCall, readResult } from './model-call.ts';

/** Spans of AI SDK 5 and 6 around one provider call, by the end of their names (`ai.streamText.doStream`). */
const modelCalls: Readonly<Record<string, Asking['operation']>> = {
  doGenerate: 'chat',
  doStream: 'chat',
  doEmbed: 'embeddings',
  doRerank: 'rerank',
};

/** Attributes of those spans → names of the model specification. */
const asked: Readonly<Record<string, string>> = {
  'gen_ai.request.max_tokens': 'maxOutputTokens',
  'gen_ai.request.temperature': 'temperature',
  'gen_ai.request.top_p': 'topP',
  'gen_ai.request.top_k': 'topK',
  'gen_ai.request.frequency_penalty': 'frequencyPenalty',
  'gen_ai.request.presence_penalty': 'presencePenalty',
  'gen_ai.request.stop_sequences': 'stopSequences',
};

/** Steps by their frames. */
const steps = new WeakMap<object, OpenStep>();

const nothing = { end() {}, fail(_error: unknown) {} };
const NO_CONTEXT: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };

/**
 * The tracer for `experimental_telemetry: { isEnabled: true, tracer }` of AI SDK 5 and 6. It takes the spans the AI SDK makes as what
 * they tell: provider calls are read from what the model answered, so that their tokens are the model's.
 */
export function tracerOf(emit: Emitter): Tracer {
  const startActiveSpan = (name: string, ...args: unknown[]): unknown => {
    const fn = args.at(-1) as (span: Span) => unknown;
    const { attributes = {} } = (args.length > 1 ? args[0] : {}) as SpanOptions;
    const kind = name.split('.').at(-1) ?? '';
    const operation = Object.hasOwn(modelCalls, kind) ? modelCalls[kind] : undefined;
    const around = attempt(() =>
      operation ? aroundModel(emit, operation, attributes) : aroundStep(emit, name, attributes),
    );
    return around ? around(fn) : fn(new ToldSpan(nothing));
  };
  return {
    startActiveSpan: startActiveSpan as Tracer['startActiveSpan'],
    startSpan: (_name: string, _options?: SpanOptions, _context: Context = ROOT_CONTEXT) => new ToldSpan(nothing),
  };
}

/** Runs what the AI SDK does in a span, and looks at it; undefined where there is nothing to say of it. */
type Around = ((fn: (span: Span) => unknown) => unknown) | undefined;

function attempt(make: () => Around): Around {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function aroundModel(emit: Emitter, operation: Asking['operation'], attributes: Attributes): Around {
  const params = Object.fromEntries(Object.entries(asked).map(([name, known]) => [known, attributes[name]]));
  const asking: Asking = {
    operation,
    provider: attributes['ai.model.provider'],
    modelId: attributes['ai.model.id'],
    params: { ...params, prompt: parsed(attributes['ai.prompt.messages']), tools: toolsOf(attributes) },
  };
  const outer = state.frames.getStore();
  const step = outer && steps.get(outer);
  // A stream that is left leaves the AI SDK's own span open for ever.
  const call = beginCall(emit, asking, { onLeft: step && (() => setImmediate(() => step.end())) });
  return (fn) => {
    // What the function answers says more than the span is told.
    const result = call.run(() => fn(new ToldSpan(nothing)));
    if (result instanceof Promise)
      void result.then(
        // `doStream` answers its stream beside other things, `embed` its figures.
        (value: unknown) => readResult(call, fields(value).result ?? value),
        (error: unknown) => failCall(call, error),
      );
    return result;
  };
}

function aroundStep(emit: Emitter, name: string, attributes: Attributes): Around {
  const role = text(attributes['ai.telemetry.functionId']);
  if (name === 'ai.toolCall') {
    const { 'ai.toolCall.name': tool, 'ai.toolCall.id': id, 'ai.toolCall.args': given } = attributes;
    const facts = { operation: 'execute_tool', toolName: String(tool), toolType: 'function', toolCallId: String(id) };
    const step = emit.step(facts, { content: { arguments: parsed(given) } });
    const onResult = (result: unknown) => step.add({}, { result: parsed(result) });
    return (fn) => step.run(() => fn(new ToldSpan(step, onResult)));
  }
  // Nothing to say of what has no name; its model calls speak for themselves.
  if (role === undefined || currentFrame()?.identity.role === role) return undefined;
  const step = emit.step({}, { identity: { role } });
  steps.set(step.frame, step);
  return (fn) => step.run(() => fn(new ToldSpan(step)));
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function toolsOf({ 'ai.prompt.tools': tools }: Attributes): unknown[] {
  return Array.isArray(tools) ? tools.map(parsed) : [];
}

/** What the AI SDK takes for a span: it hears of the end and of errors. */
class ToldSpan implements Span {
  readonly #step: Pick<OpenStep, 'end' | 'fail'>;
  readonly #onResult: ((result: unknown) => void) | undefined;
  #error: unknown;

  constructor(step: Pick<OpenStep, 'end' | 'fail'>, onResult?: (result: unknown) => void) {
    this.#step = step;
    this.#onResult = onResult;
  }

  /** The span that is shown to OpenTelemetry by us, where one is. */
  spanContext(): SpanContext {
    return trace.getActiveSpan()?.spanContext() ?? NO_CONTEXT;
  }

  setAttribute(name: string, value: unknown): this {
    if (name === 'ai.toolCall.result') this.#onResult?.(value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [name, value] of Object.entries(attributes)) this.setAttribute(name, value);
    return this;
  }

  recordException(error: unknown): void {
    const { name, message } = fields(error);
    this.#error = Object.assign(new Error(text(message)), { name: text(name) ?? 'Error' });
  }

  setStatus({ code }: { code: number }): this {
    if (code === 2) this.#error ??= new Error('error');
    return this;
  }

  end(): void {
    if (this.#error === undefined) this.#step.end();
    else this.#step.fail(this.#error);
  }

  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  updateName(): this {
    return this;
  }
  isRecording(): boolean {
    return true;
  }
}
