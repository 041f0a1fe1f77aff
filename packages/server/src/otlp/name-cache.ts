/**
 * Texts repeat: every span of a body has the same keys, and agents, models and tenants come again and again. Decoding one costs ten
 * times what comparing its bytes does, so the last text of each hash is remembered. A sender who makes texts up can only push out
 * others: the tables never grow.
 */
const SLOTS = 1_024;

interface Known {
  bytes: Uint8Array;
  text: string;
}

type Table = (Known | undefined)[];

const table = (): Table => Array.from({ length: SLOTS }, () => undefined);
/** Apart, so that values, of which there are many more, do not push out names. */
const names = { table: table(), bytesMax: 64 };
const values = { table: table(), bytesMax: 24 };

/** The text of UTF-8 bytes from `start` to `end`, of a name. */
export function nameText(bytes: Buffer, start: number, end: number): string {
  return textOf(names, bytes, start, end);
}

/** The same of what may be anything. Longer ones are seldom the same. */
export function valueText(bytes: Buffer, start: number, end: number): string {
  return textOf(values, bytes, start, end);
}

function textOf(
  { table: known, bytesMax }: { table: Table; bytesMax: number },
  bytes: Buffer,
  start: number,
  end: number,
): string {
  const length = end - start;
  if (length > bytesMax) return bytes.toString('utf8', start, end);
  let hash = length;
  for (let at = start; at < end; at++) hash = (hash * 31 + bytes[at]!) | 0;
  const slot = hash & (SLOTS - 1);
  const last = known[slot];
  if (last !== undefined && isSame(last.bytes, bytes, start, length)) return last.text;
  const text = bytes.toString('utf8', start, end);
  // A copy: a view would keep the whole body alive.
  known[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), text };
  return text;
}

function isSame(known: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let at = 0; at < length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}
