/**
 * A task trace as it goes to a server: the shape that agents report themselves in, https://i42m.ai/docs/node/data-types
 *
 *   { "name": "Summarise article", "description": "…", "current_datetime": "2026-11-21T16:00:00.000Z", "duration": 1.84,
 *     "llm_usage": { "model": "gpt-4o", "prompt_tokens": 1000, … }, "steps": [{ "action": "chat gpt-4o", "llm_call": { … } }], … }
 *
 * The steps are spans as well, which go to the same server as OTLP. `trace_id` and `span_id` say so: a server that knows them keeps each
 * step once, whichever way it came first, and so counts what it cost once. Others leave them aside.
 */
import { type Identity, limits } from '@tallyspan/facts';
import type { ModelUsage, TaskFailure, TaskStep, TaskTrace, TaskUsage, TokenCounts } from './task-trace.ts';

export function taskBody(trace: TaskTrace): Buffer {
  const { name, description, startedAt, durationMs, identity, steps, stepsLeftOut, usage, errors } = trace;
  const end = new Date(startedAt.getTime() + durationMs).toISOString();
  const title = name.slice(0, limits.taskNameCharsMax) || 'task';
  return Buffer.from(
    JSON.stringify({
      name: title,
      description: description?.slice(0, limits.taskDescriptionCharsMax) || title,
      current_datetime: end,
      duration: Math.min(durationMs / 1000, limits.taskSecondsMax),
      time_tracking: { start_time: startedAt.toISOString(), end_time: end },
      trace_id: trace.traceId,
      span_id: trace.spanId,
      parent_span_id: trace.parentSpanId,
      identity: identityBody(identity),
      steps: steps.map((step, index) => stepBody(step, index + 1, identity)),
      steps_left_out: stepsLeftOut || undefined,
      llm_usage: usage.calls === 0 ? undefined : usageBody(usage),
      // A step that failed and was tried again is no failure of the task.
      errors: errors.filter(({ step }) => step === undefined).map(errorBody),
      input_summary: trace.inputSummary,
      output_summary: trace.outputSummary,
    }),
  );
}

function identityBody({ tenant, agent, agentVersion, role, runId, sessionId, userId, spiffeId }: Identity): object {
  const who = { tenant, agent, agent_version: agentVersion, role };
  return { ...who, run_id: runId, session_id: sessionId, user_id: userId, spiffe_id: spiffeId };
}

function stepBody(step: TaskStep, number: number, task: Identity): object {
  return {
    step_number: number,
    action: step.name,
    start_time: step.startedAt.toISOString(),
    duration_ms: step.latencyMs,
    tool: step.tool,
    span_id: step.spanId,
    parent_span_id: step.parentSpanId,
    // Only what is not said of the whole task.
    tenant: step.tenant === task.tenant ? undefined : step.tenant,
    agent: step.agent === task.agent ? undefined : step.agent,
    role: step.role,
    ...(step.type === 'model' ? { llm_call: callBody(step) } : { error: step.error && errorBody(step.error) }),
  };
}

function callBody({ provider, model, tokens, cost, latencyMs, error }: TaskStep): object {
  return {
    provider,
    model,
    ...(tokens && tokensBody(tokens)),
    latency_ms: latencyMs,
    cost_usd: cost,
    error_type: error?.type,
    error_message: error?.message,
  };
}

function tokensBody({ prompt, completion, total, cacheRead, cacheWrite, reasoning }: TokenCounts): object {
  const parts = { cache_read_tokens: cacheRead, cache_write_tokens: cacheWrite, reasoning_tokens: reasoning };
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total, ...parts };
}

/** The whole goes under the model with most tokens, as the shape has room for one; all are beside it. */
function usageBody(usage: TaskTrace['usage']): object {
  const [most] = usage.models.toSorted((one, other) => other.totalTokens - one.totalTokens);
  const models = usage.models.length > 1 ? usage.models.map((each) => ({ ...named(each), ...sums(each) })) : undefined;
  return { ...(most && named(most)), ...sums(usage), models };
}

const named = ({ provider, model }: ModelUsage) => ({ provider, model });

function sums({ promptTokens, completionTokens, totalTokens, calls, cost }: TaskUsage): object {
  const tokens = { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens };
  return { ...tokens, api_calls_count: calls, cost_usd: cost };
}

function errorBody({ type, message }: TaskFailure): object {
  return { error_type: type, message };
}
