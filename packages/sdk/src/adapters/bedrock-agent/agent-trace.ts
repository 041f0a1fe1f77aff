import { type Facts, limits, type Usage } from '@tallyspan/facts';
import type { InnerCall } from '../../adapter.ts';
import { add, count, fields, text } from '../../read.ts';

/** One call of a model that the agent made. */
export interface Step {
  model?: string | undefined;
  startMicros?: number;
  durationMicros?: number;
  reason?: string | undefined;
  usages: Usage[];
}

/** What an agent's events told so far. */
export interface AgentResult {
  steps: Map<string, Step>;
  text?: string;
}

/** The phases of an agent that ask a model. Source: Amazon Bedrock user guide, "Trace events in Amazon Bedrock". */
const PHASES = ['preProcessingTrace', 'orchestrationTrace', 'postProcessingTrace', 'routingClassifierTrace'] as const;

/** Event by event. A step's input names the model, its output what was used; both have the step's `traceId`. */
export function foldAgentEvent(soFar: AgentResult | undefined, event: unknown, keepContent: boolean): AgentResult {
  const result = soFar ?? { steps: new Map<string, Step>() };
  const { trace: part, chunk } = fields(event);
  if (keepContent && chunk !== undefined) {
    const { bytes } = fields(chunk);
    if (bytes instanceof Uint8Array) result.text = (result.text ?? '') + new TextDecoder().decode(bytes);
  }
  const { trace, agentId } = fields(part);
  for (const phase of PHASES) {
    const { modelInvocationInput: input, modelInvocationOutput: output } = fields(fields(trace)[phase]);
    if (input === undefined && output === undefined) continue;
    const step = stepAt(result.steps, `${phase} ${String(agentId)} ${String(fields(input ?? output).traceId)}`);
    if (input !== undefined) step.model = text(fields(input).foundationModel) ?? step.model;
    else readOutput(step, fields(output));
  }
  return result;
}

function stepAt(steps: Map<string, Step>, key: string): Step {
  const known = steps.get(key);
  if (known) return known;
  // More steps than anybody can look at share one, so that no usage is lost.
  if (steps.size > limits.innerCallsMax) return steps.get(MORE)!;
  const step: Step = { usages: [] };
  steps.set(steps.size === limits.innerCallsMax ? MORE : key, step);
  return step;
}

const MORE = 'more';

function readOutput(step: Step, { metadata, rawResponse }: Readonly<Record<string, unknown>>): void {
  const { usage, startTime, endTime } = fields(metadata);
  const { inputTokens, outputTokens } = fields(usage);
  step.usages.push({ inputTokens: count(inputTokens), outputTokens: count(outputTokens) });
  step.reason = stopReason(fields(rawResponse).content) ?? step.reason;
  if (!(startTime instanceof Date)) return;
  step.startMicros = startTime.getTime() * 1000;
  if (endTime instanceof Date) step.durationMicros = Math.max(0, endTime.getTime() - startTime.getTime()) * 1000;
}

/** The raw response is the model's own answer as text, in which only the reason is looked for. */
function stopReason(content: unknown): string | undefined {
  return typeof content === 'string' ? /"stop_?[rR]eason"\s*:\s*"(\w{1,40})"/.exec(content)?.[1] : undefined;
}

/** What all steps used together; undefined where none said anything. */
export function totalOf(usages: readonly Usage[]): Usage {
  const sum = (key: 'inputTokens' | 'outputTokens') => {
    const told = usages.flatMap(({ [key]: tokens }) => (tokens === undefined ? [] : [tokens]));
    return told.length === 0 ? undefined : told.reduce((total, tokens) => total + tokens, 0);
  };
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens') };
}

/** Steps as model calls below the agent's. One that told no usage (the stream was left before) is shown all the same. */
export function innerCalls({ steps }: AgentResult): InnerCall[] {
  return [...steps.values()].map(({ model, usages, reason, startMicros, durationMicros }): InnerCall => {
    const facts: Facts = { operation: 'chat' };
    add<Facts>(facts, { requestModel: model, finishReasons: reason === undefined ? undefined : [reason] });
    add<Facts>(facts, totalOf(usages));
    return { facts, startMicros, durationMicros };
  });
}
