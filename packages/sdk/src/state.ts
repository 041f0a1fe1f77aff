import { diag, type SpanContext } from '@opentelemetry/api';
import type { Facts, Identity } from '@tallyspan/facts';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Budget } from './budget/budget.ts';
import { carriedFrame } from './carry/carried-frame.ts';
import { contentFromEnvironment, isTrue } from './environment.ts';
import type { InitOptions } from './options.ts';
import type { Recorder } from './recorder.ts';
import type { Gatherer } from './task-trace/gatherer.ts';

/** What travels with the user's code: who it works for, and the span it works under. */
export interface Frame {
  identity: Identity;
  span: SpanContext | undefined;
  /** Of the agent's run that this belongs to. */
  budget?: Budget | undefined;
  /** The task trace that gathers what ends in here. */
  task?: Gatherer | undefined;
  /** The facts of the open `agent()` span around us: a framework that works inside of it names itself there. */
  invoked?: Facts | undefined;
  /** A framework's model call around us: whoever records the same call inside owns it. */
  claim?: { owned: boolean } | undefined;
  /** The frame in which this one was made. */
  around?: Frame | undefined;
  /** How many frames are around this one, counted as far as they are remembered. */
  depth?: number;
  /** OpenTelemetry's active span when the frame was made: one that is active instead of it is inside. */
  over?: string | undefined;
}

/** Where a framework which has an async context of its own says we are; undefined outside of it. Never throws. */
export type Ambient = () => Frame | undefined;

/**
 * The state of one process. It hangs on `globalThis`, because an application may hold two copies of us (ESM and CommonJS, or two
 * versions in one tree) and identity must flow through both.
 */
export interface State {
  frames: AsyncLocalStorage<Frame>;
  /** The async contexts of frameworks that tell us what they do, beside our own. */
  ambients: Ambient[];
  options: InitOptions;
  /** Ours, once `init`, `agent` or the first call without an OpenTelemetry provider made it. */
  recorder: Recorder | undefined;
  /** True after `init` or `agent`: our pipeline even when the application has an OpenTelemetry provider. */
  initialised: boolean;
  /** Somebody asked for the metrics here, so they are counted even where they are not pushed. */
  exposesMetrics: boolean;
  warned: Set<string>;
  /** What the environment says, read once (`process.env` is slow to ask) and again after each `init`. */
  environment: Environment | undefined;
}

export interface Environment {
  spiffeId: string | undefined;
  tenant: string | undefined;
  /** Where the process was started from, if whoever started it said so. */
  carried: Frame | undefined;
  /** Whether the environment asks for the guard, and for the budgets of the server. */
  guarded: boolean;
  budgeted: boolean;
}

const KEY = Symbol.for('tallyspan.sdk.state.1');
const holder = globalThis as { [KEY]?: State };

export const state: State = (holder[KEY] ??= {
  frames: new AsyncLocalStorage<Frame>(),
  ambients: [],
  options: {},
  recorder: undefined,
  initialised: false,
  exposesMetrics: false,
  warned: new Set(),
  environment: undefined,
});

/** One diagnostic line per cause and process, through OpenTelemetry's logger, which is silent unless the user turns it on. */
export function warnOnce(cause: string, text: string): void {
  if (state.warned.has(cause)) return;
  state.warned.add(cause);
  diag.warn(`tallyspan: ${text}`);
}

let content: { said: string | undefined; captured: boolean } | undefined;

/** What the environment says of message content now: a program may change its mind. Asked per call, for 0.3 microseconds. */
export function capturesContent(): boolean {
  const said = process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT;
  if (content?.said !== said || !content) content = { said, captured: contentFromEnvironment(process.env) };
  return content.captured;
}

export function environment(): Environment {
  return (state.environment ??= {
    carried: carriedFrame(process.env),
    spiffeId: process.env.SPIFFE_ID || undefined,
    budgeted: isTrue(process.env.TALLYSPAN_BUDGETS),
    guarded: isTrue(process.env.TALLYSPAN_GUARD_ENABLED ?? process.env.HEXR_LLM_GUARD_ENABLED),
    tenant: process.env.TALLYSPAN_TENANT || process.env.HEXR_TENANT || process.env.HEXR_TENANT_ID || undefined,
  });
}
