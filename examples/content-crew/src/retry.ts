import { setTimeout as pause } from 'node:timers/promises';

/** Tries again when the provider says that it is busy, and waits as long as it asks. Each try is a call of its own, so each has its span. */
export async function retry<Result>(call: () => Promise<Result>, tries = 3): Promise<Result> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      if (left === 0 || !isBusy(error)) throw error;
      await pause(Number(error.headers?.get('retry-after-ms') ?? 500));
    }
  }
}

function isBusy(error: unknown): error is { status: number; headers?: Headers } {
  return error instanceof Error && 'status' in error && (error.status === 429 || Number(error.status) >= 500);
}
