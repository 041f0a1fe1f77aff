/**
 * A task trace as agents send it of themselves: https://i42m.ai/docs/python/data-types, https://i42m.ai/docs/node/data-types
 *
 *   { "name": "Classify ticket", "description": "…", "current_datetime": "2026-11-21T16:00:00Z", "duration": 1.5,
 *     "llm_usage": { "model": "gpt-4o", "prompt_tokens": 1200, "completion_tokens": 40 },
 *     "steps": [{ "action": "ask", "duration_ms": 900, "llm_call": { … } }], "errors": [{ "error_type": "Timeout", "message": "…" }] }
 *
 * Python writes `llm_usage`, JavaScript `llmUsage`; both are read.
 *
 * Our own SDK says beside that which spans it is made of (`trace_id`, `span_id`, and a `span_id` for each step), as it sends those
 * too: a task and its spans are then one thing, and cost once.
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
  /** The span that the task is, where its sender sends spans too. */
  span: SpanIds | undefined;
  /** Whose it was, where it says more than the id of the agent. */
  identity: TaskIdentity;
  /** Everything else that it says, by name in snake_case: texts, numbers, and objects as JSON. */
  rest: Record<string, string | number | boolean>;
}

/** In hex, as OpenTelemetry has them. */
export interface SpanIds {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
}

/** Facts of an identity, by their names in the task. */
export type TaskIdentity = Partial<Record<(typeof identityNames)[number], string>>;
export const identityNames = [
  'tenant',
  'agent',
  'agent_version',
  'role',
  'run_id',
  'session_id',
  'user_id',
  'spiffe_id',
] as const;

export interface TaskStep {
  name: string;
  /** Only where the task says that it is made of spans. */
  span: Pick<SpanIds, 'spanId' | 'parentSpanId'> | undefined;
  /** Undefined where the step begins when the one before it ends. */
  start: bigint | undefined;
  identity: TaskIdentity;
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
  cacheReadTokens: number | undefined;
  cacheWriteTokens: number | undefined;
  reasoningTokens: number | undefined;
  /** Dollars, as the sender reckons. */
  cost: number | undefined;
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
  const span = readSpanIds(task);
  return {
    name,
    description,
    span,
    identity: span ? readIdentity(fieldsOf(task.get('identity'))) : {},
    start: start < 0n ? 0n : start,
    end: end < start ? start : end,
    steps: steps.map((step) => readStep(step, span !== undefined)),
    usage: readCall(task.get('llm_usage')),
    errors: listOf(task, 'errors').map(readError),
    rest: restOf(task, [...OF_TASK, ...(span ? OF_SPANS : [])]),
  };
}

const OF_TASK = ['name', 'description', 'duration', 'current_datetime', 'time_tracking', 'steps', 'errors'];
const OF_SPANS = ['trace_id', 'span_id', 'parent_span_id', 'identity', 'start_time', ...identityNames];

/** Others may mean something else by these names, so a task has both ids or is made of no spans. */
function readSpanIds(task: Fields): SpanIds | undefined {
  if (!task.has('trace_id') || !task.has('span_id')) return undefined;
  const traceId = idOf(task, 'trace_id', 32);
  const spanId = idOf(task, 'span_id', 16);
  if (traceId === undefined) throw invalid('trace_id', 'is no trace id of 32 hex digits');
  if (spanId === undefined) throw invalid('span_id', 'is no span id of 16 hex digits');
  return { traceId, spanId, parentSpanId: idOf(task, 'parent_span_id', 16) };
}

function idOf(of: Fields, name: string, digits: number): string | undefined {
  const id = of.get(name);
  const isId = typeof id === 'string' && id.length === digits && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id);
  return isId ? id : undefined;
}

function readIdentity(of: Fields | undefined): TaskIdentity {
  const identity: TaskIdentity = {};
  for (const name of identityNames) {
    const value = textOf(of?.get(name));
    if (value !== undefined) identity[name] = value;
  }
  return identity;
}

function readStep(value: unknown, ofSpans: boolean): TaskStep {
  const step: Fields = fieldsOf(value) ?? new Map([['description', value]]);
  const spanId = ofSpans ? idOf(step, 'span_id', 16) : undefined;
  const call = readCall(step.get('llm_call'));
  const error = step.get('error');
  return {
    name: textOf(step.get('action') ?? step.get('name') ?? step.get('description')) ?? 'step',
    span: spanId === undefined ? undefined : { spanId, parentSpanId: idOf(step, 'parent_span_id', 16) },
    start: ofSpans ? timeOf(step.get('start_time')) : undefined,
    identity: ofSpans ? readIdentity(step) : {},
    durationNanos: durationOf(step) ?? call?.durationNanos,
    call,
    tool: textOf(step.get('tool') ?? step.get('tool_name')),
    error: error === undefined || error === null ? undefined : readError(error),
    rest: restOf(step, ['llm_call', 'error', ...(ofSpans ? OF_SPANS : [])]),
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
    cacheReadTokens: countOf(call.get('cache_read_tokens')),
    cacheWriteTokens: countOf(call.get('cache_write_tokens')),
    reasoningTokens: countOf(call.get('reasoning_tokens')),
    cost: numberOf(call.get('cost_usd')),
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
