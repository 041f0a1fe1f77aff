import { isTallyError } from '@tallyspan/facts';

/** One line for a person: what happened, why, and how to fix it. */
export function printError(error: unknown): void {
  const message =
    isTallyError(error) || !(error instanceof Error)
      ? String((error as { message?: unknown }).message ?? error)
      : `${error.name}: ${error.message}`;
  process.stderr.write(`tallyspan: ${message.replace(/\s+/g, ' ')}\n`);
}
