import type { Facts } from '@tallyspan/facts';
import type { AnsweredContent, AskedContent } from '../content.ts';
import type { Failure } from '../failure.ts';
import { scanAfter, scanBefore } from './engine.ts';
import { GuardrailError } from './guardrail-error.ts';
import { type GuardOptions, makeReady, type Policy, policyFor } from './policy.ts';
import type { GuardText } from './scanner.ts';
import { blockedBy, GUARDRAIL_BLOCKED, guardSummary, scanSummary } from './telemetry.ts';
import { textsOfAnswered, textsOfAsked, textsOfTool } from './texts-of-content.ts';
import { Vault } from './vault.ts';
import type { Verdict } from './verdict.ts';

/** What the kernel needs of the guard, in one module that is loaded when a guard is wanted. */

type Given = boolean | GuardOptions | undefined;

/** Policies by agent, as long as the settings are the same object. */
let policies: { given: Given; byAgent: Map<string | undefined, Policy | undefined> } | undefined;
const AGENTS_MAX = 1_000;

function policyOf(given: Given, agent: string | undefined): Policy | undefined {
  if (!policies || policies.given !== given || policies.byAgent.size >= AGENTS_MAX)
    policies = { given, byAgent: new Map() };
  const { byAgent } = policies;
  if (!byAgent.has(agent)) byAgent.set(agent, policyFor(given, agent));
  return byAgent.get(agent);
}

/** Loads what the scanners of the settings need, so that the first call does not find them cold. */
export async function warm(given: Given): Promise<void> {
  const policy = policyOf(given, undefined);
  if (policy) await makeReady(policy);
}

export function sessionFor(given: Given, agent: string | undefined): Session | undefined {
  const policy = policyOf(given, agent);
  return policy && new Session(policy);
}

/** One call under guard: what was asked is remembered, as an answer is judged by it. */
export class Session {
  readonly holdsStreams: boolean;
  /** Whether there is anybody to look at prompts, and at answers. */
  readonly scans: Readonly<Record<Verdict['direction'], boolean>>;
  readonly #policy: Policy;
  readonly #vault = new Vault();
  #asked: readonly GuardText[] = [];

  constructor(policy: Policy) {
    this.#policy = policy;
    this.scans = { input: policy.input.length > 0, output: policy.output.length > 0 };
    this.holdsStreams = policy.blockStreams && this.scans.output;
  }

  scanAsked(read: () => AskedContent): Verdict | Promise<Verdict> {
    try {
      this.#asked = textsOfAsked(read());
    } catch {
      return unreadable(this.#policy, 'input');
    }
    return this.#remembered(scanBefore(this.#policy, this.#asked, this.#vault), this.#asked);
  }

  scanAnswered(read: () => AnsweredContent): Verdict | Promise<Verdict> {
    let texts: GuardText[];
    try {
      texts = textsOfAnswered(read());
    } catch {
      return unreadable(this.#policy, 'output');
    }
    return this.#remembered(scanAfter(this.#policy, this.#asked, texts, this.#vault), texts);
  }

  /**
   * What a tool is to be called with, or what it answered: both are about to be read by a machine that may do what they say. The
   * scanners of prompts look at them; arguments are words of a model or a user, an answer is a document.
   */
  scanTool(value: unknown, what: 'arguments' | 'result'): Verdict | Promise<Verdict> {
    let texts: GuardText[];
    try {
      texts = textsOfTool(value, what === 'arguments' ? 'user' : 'tool');
    } catch {
      return this.unscanned(what === 'arguments' ? 'input' : 'output');
    }
    const verdict = scanBefore(this.#policy, texts, this.#vault);
    const turned = (said: Verdict): Verdict => (what === 'arguments' ? said : { ...said, direction: 'output' });
    return this.#remembered(verdict instanceof Promise ? verdict.then(turned) : turned(verdict), texts);
  }

  /** Where nobody could look: by the policy it passes and says so, or is refused. */
  unscanned(direction: Verdict['direction']): Verdict {
    return unreadable(this.#policy, direction);
  }

  /** A verdict says which text has a finding by its number; whoever replaces them needs the texts. */
  #remembered(verdict: Verdict | Promise<Verdict>, about: readonly GuardText[]): Verdict | Promise<Verdict> {
    const remember = (said: Verdict): Verdict => {
      scanned.set(said, about);
      return said;
    };
    return verdict instanceof Promise ? verdict.then(remember) : remember(verdict);
  }
}

/** The texts a verdict is about, for replacing them. */
const scanned = new WeakMap<Verdict, readonly GuardText[]>();

/** Content that cannot be read was not scanned: by the policy it passes and says so, or is refused. */
function unreadable(policy: Policy, direction: Verdict['direction']): Verdict {
  return {
    outcome: policy.onFailure === 'closed' ? 'blocked' : 'not_scanned',
    direction,
    scanners: {},
    triggered: {},
    failures: { Content: 'error' },
    spans: {},
    durationMs: 0,
  };
}

export function guardFacts(verdict: Verdict): Partial<Facts> {
  const { promptBlocked, outputBlocked, scanners, outputScanners, outcome } = guardSummary(verdict);
  return {
    ...(promptBlocked && { guardPromptBlocked: true }),
    ...(outputBlocked && { guardOutputBlocked: true }),
    ...(scanners !== undefined && { guardScanners: scanners }),
    ...(outputScanners !== undefined && { guardOutputScanners: outputScanners }),
    ...(outcome !== undefined && { guardOutcome: outcome }),
  };
}

export function scanFacts(verdict: Verdict): Partial<Facts> {
  const { scanType, isValid, outcome } = scanSummary(verdict);
  return { guardScanType: scanType, guardIsValid: isValid, guardOutcome: outcome };
}

export function scanFailure(verdict: Verdict): Failure | undefined {
  if (verdict.outcome !== 'blocked') return undefined;
  return { errorType: GUARDRAIL_BLOCKED, statusMessage: blockedBy(verdict) };
}

export function refusalOf(verdict: Verdict): GuardrailError | undefined {
  if (verdict.outcome !== 'blocked') return undefined;
  return new GuardrailError(verdict.triggered, verdict.direction, verdict.failures);
}

/** For what has been seen by the caller already. */
export function onlyNoted(verdict: Verdict): Verdict {
  const acts = verdict.outcome === 'blocked' || verdict.outcome === 'redacted';
  if (!acts) return verdict;
  const { sanitizedTexts: _, ...rest } = verdict;
  return { ...rest, outcome: Object.keys(verdict.triggered).length > 0 ? 'annotated' : 'not_scanned' };
}

/**
 * Puts the redacted texts where the original ones stood; undefined when nothing was redacted. A request is the caller's own and is
 * copied; an answer is handed out by us and keeps its identity.
 */
export function replacer(
  verdict: Verdict,
  inPlace: boolean = verdict.direction === 'output',
): (<Value>(value: Value) => Value) | undefined {
  const { sanitizedTexts } = verdict;
  const originals = scanned.get(verdict);
  if (verdict.outcome !== 'redacted' || !sanitizedTexts || !originals) return undefined;
  const changed = new Map<string, string>();
  for (const [index, sanitized] of sanitizedTexts.entries()) {
    const original = originals[index]?.text;
    if (original !== undefined && original !== sanitized) changed.set(original, sanitized);
  }
  return (value) => replaced(value, changed, inPlace, 0) as typeof value;
}

const DEPTH_MAX = 64;

/** Plain data with other texts in it; what is no plain data stays as it is. */
function replaced(value: unknown, changed: ReadonlyMap<string, string>, inPlace: boolean, depth: number): unknown {
  if (typeof value === 'string') return changed.get(value) ?? value;
  if (depth > DEPTH_MAX || typeof value !== 'object' || value === null) return value;
  const list = Array.isArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!list && prototype !== Object.prototype && prototype !== null) return value;
  const target = (inPlace ? value : list ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  for (const [key, each] of Object.entries(value)) {
    const other = replaced(each, changed, inPlace, depth + 1);
    if (other !== each) target[key] = other;
  }
  return target;
}
