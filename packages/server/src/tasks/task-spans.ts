/**
 * A task trace as an OTLP request, so that it goes the way of all spans:
 *
 *   invoke_agent  Classify ticket          the task; its aggregate of tokens is shown here and never billed
 *   ├ chat gpt-4o                          a step with a model call
 *   ├ execute_tool search                  a step with a tool
 *   └ think                                any other step
 *
 * A task that has an aggregate and no step with tokens gets one model call of that size, or what it cost would be lost.
 */
import { createHash } from 'node:crypto';
import type { ModelCall, Task, TaskError, TaskStep } from './read-task.ts';

/** The request in OTLP/JSON. The same agent and body give the same ids, so a task that is sent again is there once. */
export function taskRequest(task: Task, agentId: string, body: Uint8Array): { traceId: string; request: object } {
  const traceId = createHash('sha256').update(agentId).update('\0').update(body).digest('hex').slice(0, 32);
  const idOf = (span: number) => createHash('sha256').update(`${traceId} ${span}`).digest('hex').slice(0, 16);
  const who = { 'gen_ai.agent.id': agentId, 'gen_ai.agent.name': agentId, 'tally.run.id': traceId };
  const rootId = idOf(0);
  const [firstError] = task.errors;
  const root = {
    traceId,
    spanId: rootId,
    name: task.name,
    kind: 1,
    startTimeUnixNano: String(task.start),
    endTimeUnixNano: String(task.end),
    attributes: attributes({
      ...who,
      'gen_ai.operation.name': 'invoke_agent',
      'tally.task.name': task.name,
      'tally.task.description': task.description,
      'error.type': firstError?.type,
      ...prefixed('tally.task.', task.rest),
    }),
    events: task.errors.map((error) => exceptionAt(error, task.end)),
    status: statusOf(firstError),
  };

  let at = task.start;
  const steps = task.steps.map((step, index) => {
    const start = at;
    at += step.durationNanos ?? 0n;
    return spanOf(step, start, at, index + 1);
  });
  const billed = task.steps.some(({ call }) => call?.inputTokens !== undefined || call?.outputTokens !== undefined);
  if (task.usage !== undefined && !billed) {
    const whole: TaskStep = {
      name: 'chat',
      durationNanos: undefined,
      call: task.usage,
      tool: undefined,
      error: undefined,
      rest: {},
    };
    steps.push(spanOf(whole, task.start, task.end, steps.length + 1));
  }
  return { traceId, request: requestOf([root, ...steps]) };

  function spanOf(step: TaskStep, start: bigint, end: bigint, number: number): object {
    const error = step.error ?? step.call?.error;
    return {
      traceId,
      spanId: idOf(number),
      parentSpanId: rootId,
      name: step.call ? `chat ${step.call.model ?? ''}`.trim() : step.tool ? `execute_tool ${step.tool}` : step.name,
      kind: step.call ? 3 : 1,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(end),
      attributes: attributes({
        ...who,
        ...(step.call ? callAttributes(step.call) : {}),
        ...(!step.call && step.tool ? { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': step.tool } : {}),
        'error.type': error?.type,
        ...prefixed('tally.step.', step.rest),
      }),
      status: statusOf(error),
    };
  }
}

function callAttributes(call: ModelCall): Values {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': call.provider,
    'gen_ai.request.model': call.model,
    'gen_ai.usage.input_tokens': call.inputTokens,
    'gen_ai.usage.output_tokens': call.outputTokens,
    'gen_ai.request.temperature': call.temperature,
  };
}

function statusOf(error: TaskError | undefined): object {
  return error === undefined ? {} : { code: 2, message: error.message };
}

function exceptionAt({ type, message }: TaskError, time: bigint): object {
  return {
    name: 'exception',
    timeUnixNano: String(time),
    attributes: attributes({ 'exception.type': type, 'exception.message': message }),
  };
}

type Values = Record<string, string | number | boolean | undefined>;

function prefixed(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function attributes(values: Values): object[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function requestOf(spans: object[]): object {
  return { resourceSpans: [{ scopeSpans: [{ scope: { name: 'tallyspan.task-trace' }, spans }] }] };
}
