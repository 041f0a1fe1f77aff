import { limits } from '@tallyspan/facts';
import { isTrue } from '../environment.ts';
import { defaultInput, defaultOutput } from './defaults.ts';
import type { Direction, Scanner } from './scanner.ts';

/**
 * What happens to a finding. `block` raises {@link GuardrailError}; `annotate` lets everything pass and writes it down; `redact`
 * replaces what can be replaced (addresses, keys) and blocks the rest.
 */
export type GuardMode = 'block' | 'annotate' | 'redact';

/** How the guard is set. Everything is optional. */
export interface GuardOptions {
  /** Default `'block'`. */
  mode?: GuardMode;
  /** Another mode for single scanners: `{ PII: 'redact' }`. */
  modes?: Readonly<Record<string, GuardMode>>;
  /** Default: prompt injection, secrets, invisible text. */
  input?: readonly Scanner[];
  /** Default: secrets, malicious URLs, leak of the system prompt, invisible text. */
  output?: readonly Scanner[];
  /** Another threshold for single scanners: `{ PromptInjection: 0.7 }`. Lower is stricter. */
  thresholds?: Readonly<Record<string, number>>;
  /** A scanner that is down, slow or broken: `open` lets the call pass and marks it, `closed` raises. Default `'open'`. */
  onFailure?: 'open' | 'closed';
  /** How long one scanner that waits may take, in milliseconds. Default 10,000. */
  timeoutMs?: number;
  /** How long one scan may keep the process busy, in milliseconds. Default 20. The first and last 16 KiB are always scanned. */
  scanMsMax?: number;
  /** Hold a stream back until its whole text was scanned. Default false: it flows, and the span says at the end what was found. */
  blockStreams?: boolean;
  /** Other settings for single agents, by name; `false` switches the guard off for one. */
  agents?: Readonly<Record<string, Omit<GuardOptions, 'agents'> | false>>;
}

/** The settings as the engine reads them. */
export interface Policy {
  mode: GuardMode;
  modes: Readonly<Record<string, GuardMode>>;
  input: readonly Scanner[];
  output: readonly Scanner[];
  thresholds: Readonly<Record<string, number>>;
  onFailure: 'open' | 'closed';
  timeoutMs: number;
  scanMsMax: number;
  blockStreams: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The policy for one agent, or undefined when the guard is off. What is given in code wins over the environment
 * (`TALLYSPAN_GUARD_ENABLED`, `TALLYSPAN_GUARD_MODE`, `TALLYSPAN_GUARD_ON_FAILURE`).
 */
export function policyFor(
  given: boolean | GuardOptions | undefined,
  agent: string | undefined,
  env: Env = process.env,
): Policy | undefined {
  if (given === false || (given === undefined && !enabled(env))) return undefined;
  const { agents, ...shared } = typeof given === 'object' ? given : ({} as GuardOptions);
  const own = agent !== undefined && agents && Object.hasOwn(agents, agent) ? agents[agent] : undefined;
  if (own === false) return undefined;
  const options = { ...fromEnvironment(env), ...shared, ...own };
  return {
    mode: options.mode ?? 'block',
    modes: { ...shared.modes, ...own?.modes },
    input: forDirection(options.input ?? defaultInput(), 'input'),
    output: forDirection(options.output ?? defaultOutput(), 'output'),
    thresholds: { ...shared.thresholds, ...own?.thresholds },
    onFailure: options.onFailure ?? 'open',
    timeoutMs: options.timeoutMs ?? limits.guardTimeoutMs,
    scanMsMax: options.scanMsMax ?? limits.guardScanMsMax,
    blockStreams: options.blockStreams ?? false,
  };
}

/** Loads what the policy's scanners need. Never fails: a scanner that could not load says so when it is asked. */
export async function makeReady({ input, output }: Policy): Promise<void> {
  await Promise.allSettled([...new Set([...input, ...output])].map(async (scanner) => scanner.ready?.()));
}

function forDirection(scanners: readonly Scanner[], direction: Direction): readonly Scanner[] {
  return scanners.filter((scanner) => scanner.directions.includes(direction));
}

function enabled(env: Env): boolean {
  return isTrue(env.TALLYSPAN_GUARD_ENABLED ?? env.HEXR_LLM_GUARD_ENABLED);
}

function fromEnvironment(env: Env): GuardOptions {
  const options: GuardOptions = {};
  const mode = env.TALLYSPAN_GUARD_MODE?.trim().toLowerCase();
  if (mode === 'block' || mode === 'annotate' || mode === 'redact') options.mode = mode;
  // The switch that users of tracekit's guardrails know.
  else if (isTrue(env.DISABLE_GUARDRAILS_TRIGGERED_EXCEPTION)) options.mode = 'annotate';
  const onFailure = env.TALLYSPAN_GUARD_ON_FAILURE?.trim().toLowerCase();
  if (onFailure === 'open' || onFailure === 'closed') options.onFailure = onFailure;
  return options;
}
