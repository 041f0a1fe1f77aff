/** A tool under guard: its arguments are looked at before it runs, and what it answers before anybody reads it. */
import type { Facts } from '@tallyspan/facts';
import { type Guard, guardIsWanted, loadedGuard, loadGuard, noteVerdict } from './checks.ts';
import { innermostFrame } from './context.ts';
import { GuardrailError } from './guard/guardrail-error.ts';
import type { Verdict } from './guard/verdict.ts';
import { type Frame, state } from './state.ts';

type Run = (args: readonly unknown[]) => unknown;

interface Called {
  run: Run;
  args: readonly unknown[];
  /** Whether its caller expects a promise whatever happens, so that a scan may be waited for before it runs. */
  waits: boolean;
  facts: Facts;
  frame: Frame;
}

/** Loads the guard where it is wanted, so that a tool that answers at once finds it there. */
export function warmGuard(): void {
  if (guardIsWanted() && !loadedGuard()) void loadGuard().catch(() => undefined);
}

/**
 * Runs a tool, between two looks of the guard where that is on. A function that is not `async` keeps answering at once: what would have
 * to be waited for then counts as not scanned, or is refused where the guard fails closed. Without the guard it is just called.
 */
export function runGuarded(fn: unknown, args: readonly unknown[], facts: Facts, run: Run): unknown {
  const frame = guardIsWanted() ? innermostFrame() : undefined;
  if (!frame) return run(args);
  const called: Called = { run, args, facts, frame, waits: isAsync(fn) };
  const face = loadedGuard();
  if (face) return between(face, called);
  if (called.waits) return loadGuard().then((loaded) => between(loaded, called));
  warmGuard();
  return unlooked(called);
}

function between(face: Guard, called: Called): unknown {
  const session = face.sessionFor(state.options.guard, called.facts.agent);
  if (!session?.scans.input) return called.run(called.args);
  const act = <Value>(verdict: Verdict, value: Value): Value => {
    const refusal = noteVerdict(face, verdict, called);
    if (refusal) throw refusal;
    // What a tool hands out may be kept by others: it is copied and not changed.
    return face.replacer(verdict, false)?.(value) ?? value;
  };
  const lookAt = (value: unknown): unknown => {
    const verdict = session.scanTool(value, 'result');
    return verdict instanceof Promise ? verdict.then((late) => act(late, value)) : act(verdict, value);
  };
  const go = (args: readonly unknown[]): unknown => {
    const result = called.run(args);
    if (result instanceof Promise) return result.then(lookAt);
    if (!isReadable(result)) return result;
    const verdict = session.scanTool(result, 'result');
    return act(verdict instanceof Promise ? session.unscanned('output') : verdict, result);
  };
  const verdict = session.scanTool(called.args, 'arguments');
  if (!(verdict instanceof Promise)) return go(act(verdict, called.args));
  if (called.waits) return verdict.then((late) => go(act(late, called.args)));
  return go(act(session.unscanned('input'), called.args));
}

/** The guard is not there yet, and nobody waits for it. */
function unlooked({ run, args, facts }: Called): unknown {
  const { guard } = state.options;
  const given = typeof guard === 'object' ? guard.onFailure : undefined;
  if ((given ?? process.env.TALLYSPAN_GUARD_ON_FAILURE?.trim().toLowerCase()) === 'closed')
    throw new GuardrailError({}, 'input', { Guard: 'error' });
  facts.guardOutcome = 'not_scanned';
  return run(args);
}

function isAsync(fn: unknown): boolean {
  return Object.prototype.toString.call(fn) === '[object AsyncFunction]';
}

/** Plain values. What comes bit by bit is read by somebody else, and asking a lazy query would run it. */
function isReadable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'string';
  return !('then' in value) && !(Symbol.asyncIterator in value) && !(Symbol.iterator in value && !Array.isArray(value));
}
