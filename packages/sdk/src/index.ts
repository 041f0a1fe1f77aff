/** The face of the SDK. */
export { agent, type AgentOptions, role } from './agent.ts';
export {
  BudgetExceededError,
  type BudgetLimit,
  type BudgetState,
  isBudgetExceededError,
} from './budget/budget-exceeded-error.ts';
export type { BudgetOptions } from './budget/budget.ts';
export { carryEnvironment } from './carry/carried-environment.ts';
export { type Carrier, carry, inherit } from './carry/carrier.ts';
export {
  fromHeaders,
  type IncomingHeaders,
  type IncomingOptions,
  outgoingHeaders,
  type OutgoingOptions,
} from './carry/headers.ts';
export { identitySpanProcessor, type IdentitySpanProcessor } from './carry/identity-span-processor.ts';
export { comparison } from './comparison.ts';
export type { Decorator } from './decorate.ts';
export { guard } from './guard-face.ts';
export { GuardrailError, isGuardrailError } from './guard/guardrail-error.ts';
export type { GuardMode, GuardOptions } from './guard/policy.ts';
export { metricsHandler, prometheusText, type ScrapeRequest, type ScrapeResponse } from './exposition.ts';
export { type InstrumentOptions, Instrumentor } from './instrumentor.ts';
export * from './instrumentors.ts';
export { compare, type Compared, type CompareOptions, llm, type LlmOptions, type LlmProvider } from './llm.ts';
export { observe } from './observe.ts';
export type { CaptureContent, InitOptions, ServerBudgetOptions, WatchOptions } from './options.ts';
export { flush, init } from './pipeline.ts';
export { coralogix, datadog, grafanaCloud, honeycomb, langfuse, newRelic, phoenix, type Preset } from './presets.ts';
export { type Client, type ClientOptions, type ClientTraceOptions, createClient } from './task-trace/client.ts';
export type {
  ModelUsage,
  TaskFailure,
  TaskStep,
  TaskStepType,
  TaskTrace,
  TaskUsage,
  TokenCounts,
} from './task-trace/task-trace.ts';
export { currentTrace, type Trace, trace, type TraceOptions } from './task-trace/trace.ts';
export { tool } from './tool.ts';
export { unwatch, watch } from './watch.ts';
