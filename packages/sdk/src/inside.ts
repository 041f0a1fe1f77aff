/**
 * Whether the code that runs right now was called by a watched method, or by a helper of an observed client. Only the synchronous
 * part counts: libraries begin their own spans, and call each other's methods, before they first wait.
 */
let calls = 0;
let helpers = 0;

export function insideCall<Result>(fn: () => Result): Result {
  calls++;
  try {
    return fn();
  } finally {
    calls--;
  }
}

export function insideHelper<Result>(fn: () => Result): Result {
  helpers++;
  try {
    return fn();
  } finally {
    helpers--;
  }
}

export function isInsideCall(): boolean {
  return calls > 0;
}

export function isInsideHelper(): boolean {
  return helpers > 0;
}
