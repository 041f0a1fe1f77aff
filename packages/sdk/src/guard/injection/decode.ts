import { reversed, rot13 } from './lexicon.ts';

/** Text that was hidden in another, with the place of what hid it. */
export interface Hidden {
  text: string;
  start: number;
  end: number;
  how: 'base64' | 'hex' | 'rot13' | 'reversed' | 'percent' | 'escape' | 'tags';
}

/** Long enough for two short words, too long for an ordinary one. */
const BASE64_LENGTH_MIN = 20;
const HEX_LENGTH_MIN = 24;
/** Encodings of one text that are opened; the rest is as odd as these. */
const HIDDEN_MAX = 24;

const PERCENT = /(?:%[0-9A-Fa-f]{2}){4}/;
const ESCAPE = /\\u(?:00[2-7][0-9a-fA-F])/;

/** What is hidden in a text by encodings that any model reads. The text as written: base64 knows upper case from lower. */
export function hiddenIn(text: string): Hidden[] {
  const found: Hidden[] = [];
  for (const { start, end } of runsOf(text, IS_BASE64, BASE64_LENGTH_MIN)) {
    if (found.length >= HIDDEN_MAX) break;
    const run = text.slice(start, end);
    const plain = looksEncoded(run) ? readable(Buffer.from(run, 'base64')) : undefined;
    if (plain !== undefined) found.push({ text: plain, start, end, how: 'base64' });
  }
  for (const { start, end } of runsOf(text, IS_HEX, HEX_LENGTH_MIN)) {
    if (found.length >= HIDDEN_MAX) break;
    const digits = text.slice(start, end).replace(/[ :]/g, '');
    if (digits.length < HEX_LENGTH_MIN || digits.length % 2 === 1) continue;
    const plain = readable(Buffer.from(digits, 'hex'));
    if (plain !== undefined) found.push({ text: plain, start, end, how: 'hex' });
  }
  if (PERCENT.test(text)) {
    const plain = text.replace(/%([0-7][0-9A-Fa-f])/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
    found.push({ text: plain, start: 0, end: text.length, how: 'percent' });
  }
  if (ESCAPE.test(text)) {
    const plain = text.replace(/\\u00([2-7][0-9a-fA-F])/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 16)),
    );
    found.push({ text: plain, start: 0, end: text.length, how: 'escape' });
  }
  return found;
}

/** The two readings of a text whose words gave it away. */
export function deciphered(folded: string): Hidden[] {
  return [
    { text: rot13(folded), start: 0, end: folded.length, how: 'rot13' },
    { text: reversed(folded), start: 0, end: folded.length, how: 'reversed' },
  ];
}

const IS_BASE64 = classOf(/[A-Za-z0-9+/_-]/);
const IS_HEX = classOf(/[0-9A-Fa-f :]/);

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 0x80 }, (_, unit) => (pattern.test(String.fromCharCode(unit)) ? 1 : 0));
}

/** Stretches of characters of one class, in one pass. */
function* runsOf(text: string, allowed: Uint8Array, lengthMin: number): Generator<{ start: number; end: number }> {
  const { length } = text;
  for (let start = 0; start + lengthMin <= length;) {
    // A run that is long enough holds the character at its least end: where that does not belong, what lies before need not be read.
    let last = start + lengthMin - 1;
    while (last >= start && text.charCodeAt(last) < 0x80 && allowed[text.charCodeAt(last)] === 1) last--;
    if (last >= start) {
      start = last + 1;
      continue;
    }
    let end = start + lengthMin;
    while (end < length && text.charCodeAt(end) < 0x80 && allowed[text.charCodeAt(end)] === 1) end++;
    yield { start, end };
    start = end;
  }
}

/** Marks that turn the direction of what follows: then it is read backwards, and models are told so by the mark. */
const TURNED = /[\u202e\u2067]/;

export function isTurned(text: string): boolean {
  return TURNED.test(text);
}

/** Encoded text mixes cases or has digits; a long word or a path of words has neither. */
function looksEncoded(run: string): boolean {
  return /[A-Z]/.test(run) && /[a-z]/.test(run);
}

/** Text if these bytes are text: mostly letters and spaces. Keys, hashes and pictures are not. */
function readable(bytes: Buffer): string | undefined {
  let letters = 0;
  let spaces = 0;
  let strange = 0;
  for (const byte of bytes) {
    if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters++;
    else if (byte === 0x20 || byte === 0x0a) spaces++;
    else if (byte < 0x20 || byte === 0x7f) strange++;
    else if (byte >= 0x80) letters++;
  }
  if (strange > 0 || letters < bytes.length * 0.6 || spaces === 0) return undefined;
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? undefined : text;
}
