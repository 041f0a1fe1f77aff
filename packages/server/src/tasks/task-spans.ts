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
import type { ModelCall, Task, TaskError, TaskIdentity, TaskStep } from './read-task.ts';

/**
 * The request in OTLP/JSON. The same agent and body give the same ids, so a task that is sent again is there once. A task that is made
 * of spans has theirs: of a task and of the spans that its sender sends as OTLP, the store keeps what comes first.
 */
export function taskRequest(task: Task, agentId: string, body: Uint8Array): { traceId: string; request: object } {
  const hash = (text: string | Uint8Array) =>
    createHash('sha256').update(agentId).update('\0').update(text).digest('hex');
  const traceId = task.span?.traceId ?? hash(body).slice(0, 32);
  const idOf = (span: number) => createHash('sha256').update(`${traceId} ${span}`).digest('hex').slice(0, 16);
  const who: Values = {
    'gen_ai.agent.id': agentId,
    'gen_ai.agent.name': agentId,
    'tally.run.id': traceId,
    ...identityAttributes(task.identity),
  };
  const rootId = task.span?.spanId ?? idOf(0);
  const [firstError] = task.errors;
  const root = {
    traceId,
    spanId: rootId,
    parentSpanId: task.span?.parentSpanId,
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
    const start = step.start ?? at;
    at = start + (step.durationNanos ?? 0n);
    return spanOf(step, start, at, index + 1);
  });
  const billed = task.steps.some(({ call }) => call?.inputTokens !== undefined || call?.outputTokens !== undefined);
  if (task.usage !== undefined && !billed) {
    const whole: TaskStep = {
      name: 'chat',
      span: undefined,
      start: undefined,
      identity: {},
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
      spanId: step.span?.spanId ?? idOf(number),
      parentSpanId: step.span?.parentSpanId ?? rootId,
      name: step.call ? `chat ${step.call.model ?? ''}`.trim() : step.tool ? `execute_tool ${step.tool}` : step.name,
      kind: step.call ? 3 : 1,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(end),
      attributes: attributes({
        ...who,
        ...identityAttributes(step.identity),
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
    'gen_ai.usage.cache_read.input_tokens': call.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': call.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': call.reasoningTokens,
    'tally.cost.usd': call.cost,
    'gen_ai.request.temperature': call.temperature,
  };
}

const attributeOf: Readonly<Record<keyof TaskIdentity, string>> = {
  tenant: 'tally.tenant',
  agent: 'gen_ai.agent.name',
  agent_version: 'gen_ai.agent.version',
  role: 'tally.role',
  run_id: 'tally.run.id',
  session_id: 'session.id',
  user_id: 'user.id',
  spiffe_id: 'tally.spiffe_id',
};

function identityAttributes(identity: TaskIdentity): Values {
  const names = Object.keys(identity) as (keyof TaskIdentity)[];
  return Object.fromEntries(names.map((name) => [attributeOf[name], identity[name]]));
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
