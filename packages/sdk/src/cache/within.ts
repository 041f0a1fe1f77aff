/** What is thrown when something took too long. Its name is what spans show. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * What a promise answers, or a `TimeoutError` after so many milliseconds. What comes later reaches nobody. The timer holds the
 * process, as somebody waits here; `inBackground` where nobody does.
 */
export async function within<Result>(
  timeoutMs: number,
  work: () => PromiseLike<Result> | Result,
  { inBackground = false } = {},
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const working = Promise.resolve(work());
    working.catch(() => {});
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TimeoutError(`no answer within ${timeoutMs} ms`)), timeoutMs);
      if (inBackground) timer.unref();
    });
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
  }
}
