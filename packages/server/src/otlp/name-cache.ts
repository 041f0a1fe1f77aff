/**
 * Names repeat: every span of a body has the same keys. Decoding one costs ten times what comparing its bytes does, so the last
 * name of each hash is remembered. A sender who makes names up can only push out others: the table never grows.
 */
const SLOTS = 1_024;
const BYTES_MAX = 64;

interface Known {
  bytes: Uint8Array;
  text: string;
}

const table: (Known | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

/** The text of UTF-8 bytes from `start` to `end`. */
export function nameText(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > BYTES_MAX) return bytes.toString('utf8', start, end);
  let hash = length;
  for (let at = start; at < end; at++) hash = (hash * 31 + bytes[at]!) | 0;
  const slot = hash & (SLOTS - 1);
  const known = table[slot];
  if (known !== undefined && isSame(known.bytes, bytes, start, length)) return known.text;
  const text = bytes.toString('utf8', start, end);
  // A copy: a view would keep the whole body alive.
  table[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), text };
  return text;
}

function isSame(known: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let at = 0; at < length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}
