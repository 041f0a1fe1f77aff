import type { Failure } from '../failure.ts';

/** How a program that did not end with 0 is named; null is one that was killed. */
export function exitFailure(exitCode: number | null): Failure | undefined {
  if (exitCode === 0) return undefined;
  if (exitCode === null) return { errorType: 'killed', statusMessage: 'killed' };
  return { errorType: 'exit_code', statusMessage: `exit code ${exitCode}` };
}
