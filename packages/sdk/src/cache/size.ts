import { limits } from '@tallyspan/facts';

/** What an object and each of its fields take in memory, roughly. */
const OBJECT_BYTES = 32;

/**
 * About how many bytes a value takes in memory, counted no further than `bytesMax`: more is `Infinity`, as is what cannot be looked
 * into. Never throws.
 */
export function sizeOf(value: unknown, bytesMax: number): number {
  let bytes = 0;
  const seen = new Set<object>();
  const look = (each: unknown, depth: number): void => {
    if (bytes > bytesMax) return;
    bytes += 8;
    if (typeof each === 'string') bytes += each.length * 2;
    if (typeof each !== 'object' || each === null || seen.has(each)) return;
    seen.add(each);
    bytes += OBJECT_BYTES;
    if (ArrayBuffer.isView(each) || each instanceof ArrayBuffer) bytes += each.byteLength;
    else if (depth >= limits.attributeDepthMax) bytes = Infinity;
    else {
      for (const key in each) {
        if (bytes > bytesMax) return;
        bytes += key.length * 2;
        look((each as Record<string, unknown>)[key], depth + 1);
      }
    }
  };
  try {
    look(value, 0);
  } catch {
    return Infinity;
  }
  return bytes > bytesMax ? Infinity : bytes;
}
