/** Randomness is drawn and spelled out 4 KiB at a time: cutting a piece off a string is a tenth of spelling out each id. */
const POOL_BYTES = 4096;
let pool = '';
let used = 0;

/** So many hex digits; never all zero, which OpenTelemetry reserves for "no id". */
function randomHex(digits: number, none: string): string {
  if (used + digits > pool.length) {
    // Loaded with the first id: it is a fifth of what our own import costs.
    pool = process.getBuiltinModule('node:crypto').randomBytes(POOL_BYTES).toString('hex');
    used = 0;
  }
  const hex = pool.slice(used, used + digits);
  used += digits;
  return hex === none ? randomHex(digits, none) : hex;
}

const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

export const newTraceId = (): string => randomHex(32, NO_TRACE);
export const newSpanId = (): string => randomHex(16, NO_SPAN);
