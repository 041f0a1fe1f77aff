/** The face of the SDK. */
export { agent, type AgentDecorator, type AgentOptions, role } from './agent.ts';
export {
  BudgetExceededError,
  type BudgetLimit,
  type BudgetState,
  isBudgetExceededError,
} from './budget/budget-exceeded-error.ts';
export type { BudgetOptions } from './budget/budget.ts';
export { guard } from './guard-face.ts';
export { GuardrailError, isGuardrailError } from './guard/guardrail-error.ts';
export type { GuardMode, GuardOptions } from './guard/policy.ts';
export { type InstrumentOptions, Instrumentor } from './instrumentor.ts';
export * from './instrumentors.ts';
export { compare, type Compared, type CompareOptions, llm, type LlmOptions, type LlmProvider } from './llm.ts';
export { observe } from './observe.ts';
export type { CaptureContent, InitOptions, WatchOptions } from './options.ts';
export { flush, init } from './pipeline.ts';
export { coralogix, datadog, grafanaCloud, honeycomb, langfuse, newRelic, phoenix, type Preset } from './presets.ts';
export { tool } from './tool.ts';
export { unwatch, watch } from './watch.ts';
