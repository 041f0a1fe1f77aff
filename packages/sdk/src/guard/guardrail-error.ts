import { TallyError } from '@tallyspan/facts';
import type { Direction, Score } from './scanner.ts';

/**
 * A text was refused. Says which scanners refused it and how sure they were, never what they found: errors end up in logs.
 * Recognise it by `name`, not by class: two copies of us may be installed.
 */
export class GuardrailError extends Error {
  override readonly name = 'GuardrailError';
  readonly code = 'GUARDRAIL_BLOCKED';
  /** The scanners that refused: `{ PromptInjection: { score: 0.97, threshold: 0.5 } }`. */
  readonly scanners: Readonly<Record<string, Score>>;
  /** `input`: nothing was sent. `output`: the answer is withheld. */
  readonly direction: Direction;
  /** Scanners that could not look, and why, when the guard fails closed. */
  readonly failures: Readonly<Record<string, string>>;

  constructor(
    scanners: Readonly<Record<string, Score>>,
    direction: Direction,
    failures: Readonly<Record<string, string>> = {},
  ) {
    super(messageOf(scanners, direction, failures));
    this.scanners = scanners;
    this.direction = direction;
    this.failures = failures;
  }
}

export function isGuardrailError(error: unknown): error is GuardrailError {
  return error instanceof Error && error.name === 'GuardrailError' && 'scanners' in error;
}

function messageOf(
  scanners: Readonly<Record<string, Score>>,
  direction: Direction,
  failures: Readonly<Record<string, string>>,
): string {
  const scores = Object.entries(scanners).map(
    ([name, { score, threshold }]) => `${name} scored ${score.toFixed(2)}, its threshold is ${threshold}`,
  );
  const failed = Object.entries(failures).map(([name, reason]) => `${name} could not look: ${reason}`);
  return new TallyError('GUARDRAIL_BLOCKED', {
    scanners: Object.keys({ ...scanners, ...failures }).join(', '),
    direction: direction === 'input' ? 'nothing was sent' : 'the answer is withheld',
    reason: `${[...scores, ...failed].join('; ')}.`,
  }).message;
}
