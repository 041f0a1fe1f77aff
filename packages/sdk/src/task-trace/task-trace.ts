/**
 * What a program can read of its own task, while it runs and after it:
 *
 *   { name: 'Summarise article', durationMs: 1840, cost: 0.0035,
 *     usage: { calls: 2, promptTokens: 1000, completionTokens: 100, totalTokens: 1100, cost: 0.0035, unpricedCalls: 0, models: [ … ] },
 *     steps: [{ type: 'model', name: 'chat gpt-4o', model: 'gpt-4o', tokens: { prompt: 900, … }, latencyMs: 1200, cost: 0.003 }, … ] }
 */
import type { CostSource, Identity } from '@tallyspan/facts';

/** What a step did. `step` where nobody says; further kinds are operations by their own name, such as `retrieval`. */
export type TaskStepType = 'model' | 'tool' | 'agent' | 'role' | 'workflow' | 'guard' | 'step' | (string & {});

/** One thing that was done in a task: a model call, a tool's call, a role. It is there once it has ended. */
export interface TaskStep {
  readonly type: TaskStepType;
  /** The name of its span: `chat gpt-4o`, `execute_tool search`, `role researcher`. */
  readonly name: string;
  readonly startedAt: Date;
  readonly latencyMs: number;
  readonly tenant?: string;
  readonly agent?: string;
  readonly role?: string;
  readonly provider?: string;
  /** The model that answered, else the one that was asked. */
  readonly model?: string;
  readonly tool?: string;
  /** As the provider reported them. `prompt` includes cached tokens, `completion` includes reasoning. */
  readonly tokens?: TokenCounts;
  /** Dollars. Absent where nobody knows the price; never 0 for that. */
  readonly cost?: number;
  readonly costSource?: CostSource;
  readonly error?: TaskFailure;
  /** What went in and what came out, as JSON text, its first 500 characters. Only with `captureContent` on. */
  readonly input?: string;
  readonly output?: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

export interface TokenCounts {
  readonly prompt: number;
  readonly completion: number;
  readonly total: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** Why something failed, in a few words. Holds no message of a provider unless `captureContent` is on. */
export interface TaskFailure {
  /** A short name: an HTTP status, the class of the error. */
  readonly type: string;
  readonly message: string;
  /** The step that failed. Absent where it is the task's own function. */
  readonly step?: string;
}

/** Model calls taken together. */
export interface TaskUsage {
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** Dollars, of the calls whose price is known. */
  readonly cost: number;
  /** Calls of which nobody knows what they cost, or not yet: the price table loads in the first milliseconds of a program. */
  readonly unpricedCalls: number;
}

export interface ModelUsage extends TaskUsage {
  readonly provider?: string;
  readonly model: string;
}

/** A task as `trace()` gathers it. Each reading is up to date; the object stays valid when the task has ended. */
export interface TaskTrace {
  readonly name: string;
  readonly description?: string;
  readonly traceId: string;
  /** The span of the task itself. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** For whom it ran: the agent around it, or that of the client. */
  readonly identity: Readonly<Identity>;
  readonly startedAt: Date;
  /** So far, while it runs. */
  readonly durationMs: number;
  readonly ended: boolean;
  /** In the order in which they began. The first thousand; see {@link stepsLeftOut}. */
  readonly steps: readonly TaskStep[];
  /** Steps beyond the limit. Their usage and cost are summed all the same. */
  readonly stepsLeftOut: number;
  /** Sums over the calls that a provider bills: a call inside another one is counted once. */
  readonly usage: TaskUsage & { readonly models: readonly ModelUsage[] };
  /** Dollars: the same as `usage.cost`. */
  readonly cost: number;
  /** Where something failed first, and, at the end, what the task itself failed with. */
  readonly errors: readonly TaskFailure[];
  /** What the function was given and answered, as JSON text, its first 500 characters. Only with `captureContent` on. */
  readonly inputSummary?: string;
  readonly outputSummary?: string;
  /** All of it as one plain object. */
  toJSON(): object;
}
