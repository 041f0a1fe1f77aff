import { diag, type SpanContext } from '@opentelemetry/api';
import type { Identity } from '@tallyspan/facts';
import { AsyncLocalStorage } from 'node:async_hooks';
import { contentFromEnvironment } from './environment.ts';
import type { InitOptions } from './options.ts';
import type { Recorder } from './recorder.ts';

/** What travels with the user's code: who it works for, and the span it works under. */
export interface Frame {
  identity: Identity;
  span: SpanContext | undefined;
  /** A framework's model call around us: whoever records the same call inside owns it. */
  claim?: { owned: boolean };
}

/**
 * The state of one process. It hangs on `globalThis`, because an application may hold two copies of us (ESM and CommonJS, or two
 * versions in one tree) and identity must flow through both.
 */
export interface State {
  frames: AsyncLocalStorage<Frame>;
  options: InitOptions;
  /** Ours, once `init`, `agent` or the first call without an OpenTelemetry provider made it. */
  recorder: Recorder | undefined;
  /** True after `init` or `agent`: our pipeline even when the application has an OpenTelemetry provider. */
  initialised: boolean;
  warned: Set<string>;
  /** What the environment says, read once (`process.env` is slow to ask) and again after each `init`. */
  environment: Environment | undefined;
}

export interface Environment {
  captureContent: boolean;
  spiffeId: string | undefined;
  tenant: string | undefined;
}

const KEY = Symbol.for('tallyspan.sdk.state.1');
const holder = globalThis as { [KEY]?: State };

export const state: State = (holder[KEY] ??= {
  frames: new AsyncLocalStorage<Frame>(),
  options: {},
  recorder: undefined,
  initialised: false,
  warned: new Set(),
  environment: undefined,
});

/** One diagnostic line per cause and process, through OpenTelemetry's logger, which is silent unless the user turns it on. */
export function warnOnce(cause: string, text: string): void {
  if (state.warned.has(cause)) return;
  state.warned.add(cause);
  diag.warn(`tallyspan: ${text}`);
}

export function environment(): Environment {
  return (state.environment ??= {
    captureContent: contentFromEnvironment(process.env),
    spiffeId: process.env.SPIFFE_ID || undefined,
    tenant: process.env.TALLYSPAN_TENANT || process.env.HEXR_TENANT || process.env.HEXR_TENANT_ID || undefined,
  });
}
