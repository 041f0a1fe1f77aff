import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn 4 KiB at a time: one system call for 256 trace ids. */
const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

/** `bytes` random bytes as lower-case hex; never all zero, which OpenTelemetry reserves for "no id". */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString('hex', used, used + bytes);
  used += bytes;
  return /^0+$/.test(hex) ? randomHex(bytes) : hex;
}

export const newTraceId = (): string => randomHex(16);
export const newSpanId = (): string => randomHex(8);
