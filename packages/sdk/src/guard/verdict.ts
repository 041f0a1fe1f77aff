import { GuardrailError } from './guardrail-error.ts';
import type { Direction, Score, Span } from './scanner.ts';
import type { Vault } from './vault.ts';

/**
 * What the guard says of the texts of one call, worst first: `blocked` must not go on; `redacted` goes on with other texts;
 * `annotated` goes on though something was found; `not_scanned` goes on though somebody could not look; `passed` is clean.
 */
export type Outcome = 'blocked' | 'redacted' | 'annotated' | 'not_scanned' | 'passed';

/** Why a scanner gave no answer. */
export type Failure = 'error' | 'timeout' | 'circuit_open' | 'budget';

export interface Verdict {
  outcome: Outcome;
  direction: Direction;
  /** Every scanner that looked. Where several texts were seen, the highest score. */
  scanners: Record<string, Score>;
  /** Those that found something. */
  triggered: Record<string, Score>;
  /** Those that were to look and could not. */
  failures: Record<string, Failure>;
  /** Where things were found: by scanner, each place with the index of its text. */
  spans: Record<string, (Span & { text: number })[]>;
  /** The texts as they may go on, in their order. Present when a scanner replaced something. */
  sanitizedTexts?: string[];
  /** Gives the replaced values back, see {@link Vault.restore}. */
  vault?: Vault;
  durationMs: number;
}

/** Raises the documented error for a verdict that says so. */
export function throwIfBlocked(verdict: Verdict): void {
  if (verdict.outcome !== 'blocked') return;
  throw new GuardrailError(verdict.triggered, verdict.direction, verdict.failures);
}
