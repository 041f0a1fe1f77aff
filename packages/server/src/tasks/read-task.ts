/**
 * A task trace as agents send it of themselves: https://i42m.ai/docs/python/data-types, https://i42m.ai/docs/node/data-types
 *
 *   { "name": "Classify ticket", "description": "…", "current_datetime": "2026-11-21T16:00:00Z", "duration": 1.5,
 *     "llm_usage": { "model": "gpt-4o", "prompt_tokens": 1200, "completion_tokens": 40 },
 *     "steps": [{ "action": "ask", "duration_ms": 900, "llm_call": { … } }], "errors": [{ "error_type": "Timeout", "message": "…" }] }
 *
 * Python writes `llm_usage`, JavaScript `llmUsage`; both are read.
 */
import { limits, TallyError } from '@tallyspan/facts';
import { JsonReader } from '../otlp/json-reader.ts';

export interface Task {
  name: string;
  description: string;
  /** Unix nanoseconds. */
  start: bigint;
  end: bigint;
  steps: TaskStep[];
  usage: ModelCall | undefined;
  errors: TaskError[];
  /** Everything else that it says, by name in snake_case: texts, numbers, and objects as JSON. */
  rest: Record<string, string | number | boolean>;
}

export interface TaskStep {
  name: string;
  /** Undefined where the step does not say how long it took. */
  durationNanos: bigint | undefined;
  call: ModelCall | undefined;
  tool: string | undefined;
  error: TaskError | undefined;
  rest: Task['rest'];
}

export interface ModelCall {
  provider: string | undefined;
  model: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  temperature: number | undefined;
  error: TaskError | undefined;
  durationNanos: bigint | undefined;
}

export interface TaskError {
  type: string | undefined;
  message: string;
}

/** Throws BODY_UNREADABLE for what is no JSON, TASK_INVALID for what is no task. */
export function readTask(body: Uint8Array): Task {
  const reader = new JsonReader(body, 'task trace', limits.attributeDepthMax);
  reader.skipValue();
  reader.end();
  const task = fieldsOf(
    JSON.parse(
      Buffer.from(body)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    ),
  );
  if (task === undefined) throw invalid('it', 'is no object');

  const name = requiredText(task, 'name', limits.taskNameCharsMax);
  const description = requiredText(task, 'description', limits.taskDescriptionCharsMax);
  const seconds = task.get('duration');
  if (typeof seconds !== 'number' || seconds < 0 || seconds > limits.taskSecondsMax)
    throw invalid('duration', `is no number of seconds from 0 to ${limits.taskSecondsMax}`);
  const sent = timeOf(task.get('current_datetime'));
  if (sent === undefined) throw invalid('current_datetime', 'is no ISO 8601 time');
  const steps = listOf(task, 'steps');
  if (steps.length > limits.taskStepsMax) throw invalid('steps', `has more than ${limits.taskStepsMax} items`);

  // It is sent when the work is done, so what it says of now is the end.
  const tracking = fieldsOf(task.get('time_tracking'));
  const end = timeOf(tracking?.get('end_time')) ?? sent;
  const start = timeOf(tracking?.get('start_time')) ?? end - nanosOf(seconds, 1e9);
  return {
    name,
    description,
    start: start < 0n ? 0n : start,
    end: end < start ? start : end,
    steps: steps.map(readStep),
    usage: readCall(task.get('llm_usage')),
    errors: listOf(task, 'errors').map(readError),
    rest: restOf(task, ['name', 'description', 'duration', 'current_datetime', 'time_tracking', 'steps', 'errors']),
  };
}

function readStep(value: unknown): TaskStep {
  const step: Fields = fieldsOf(value) ?? new Map([['description', value]]);
  const call = readCall(step.get('llm_call'));
  const error = step.get('error');
  return {
    name: textOf(step.get('action') ?? step.get('name') ?? step.get('description')) ?? 'step',
    durationNanos: durationOf(step) ?? call?.durationNanos,
    call,
    tool: textOf(step.get('tool') ?? step.get('tool_name')),
    error: error === undefined || error === null ? undefined : readError(error),
    rest: restOf(step, ['llm_call', 'error']),
  };
}

function readCall(value: unknown): ModelCall | undefined {
  const call = fieldsOf(value);
  if (call === undefined) return undefined;
  const message = textOf(call.get('error_message') ?? call.get('error'));
  const type = textOf(call.get('error_type'));
  return {
    provider: textOf(call.get('provider')),
    model: textOf(call.get('model')),
    inputTokens: countOf(call.get('prompt_tokens') ?? call.get('input_tokens')),
    outputTokens: countOf(call.get('completion_tokens') ?? call.get('output_tokens')),
    temperature: numberOf(call.get('temperature')),
    error: message === undefined && type === undefined ? undefined : { type, message: message ?? type ?? '' },
    durationNanos: durationOf(call),
  };
}

function readError(value: unknown): TaskError {
  const error = fieldsOf(value);
  const type = textOf(error?.get('error_type') ?? error?.get('type'));
  return { type, message: textOf(error ? error.get('message') : value) ?? type ?? 'failed' };
}

type Fields = ReadonlyMap<string, unknown>;

/** The fields of an object, their names in snake_case. A map, as a field may be called `__proto__`. */
function fieldsOf(value: unknown): Fields | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value).map(([name, field]) => [snakeCase(name), field]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function restOf(fields: Fields, known: readonly string[]): Task['rest'] {
  const rest: [string, string | number | boolean][] = [];
  for (const [name, value] of fields) {
    if (known.includes(name) || value === null) continue;
    const plain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    rest.push([name, plain ? (value as string | number | boolean) : JSON.stringify(value)]);
  }
  return Object.fromEntries(rest);
}

function requiredText(fields: Fields, name: string, charsMax: number): string {
  const text = fields.get(name);
  if (typeof text !== 'string' || text === '') throw invalid(name, 'is missing');
  if (text.length > charsMax) throw invalid(name, `has more than ${charsMax} characters`);
  return text;
}

function listOf(fields: Fields, name: string): unknown[] {
  const list = fields.get(name) ?? [];
  if (!Array.isArray(list)) throw invalid(name, 'is no list');
  return list;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

const durations: readonly [name: string, nanos: number][] = [
  ['duration_ms', 1e6],
  ['latency_ms', 1e6],
  ['latency_ns', 1],
  ['duration', 1e9],
];

function durationOf(fields: Fields): bigint | undefined {
  for (const [name, nanos] of durations) {
    const value = numberOf(fields.get(name));
    if (value !== undefined && value >= 0) return nanosOf(value, nanos);
  }
  return undefined;
}

/** Never longer than a task may be, whatever the unit was thought to be. */
function nanosOf(value: number, nanos: number): bigint {
  return BigInt(Math.round(Math.min(value * nanos, limits.taskSecondsMax * 1e9)));
}

/** Python writes no zone where it means UTC. */
function timeOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d([T ]|$)/.test(value)) return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(value) || value.length === 10 ? value : `${value}Z`;
  const ms = Date.parse(zoned.replace(' ', 'T'));
  return Number.isNaN(ms) || ms < 0 ? undefined : BigInt(ms) * 1_000_000n;
}

function invalid(field: string, reason: string): TallyError {
  return new TallyError('TASK_INVALID', { field, reason });
}
