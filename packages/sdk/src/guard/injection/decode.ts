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

const BASE64 = /[A-Za-z0-9+/_-]{20,}={0,2}/g;
const HEX = /[0-9A-Fa-f][0-9A-Fa-f :]{23,}/g;
const PERCENT = /(?:%[0-9A-Fa-f]{2}){4}/;
const ESCAPE = /\\u(?:00[2-7][0-9a-fA-F])/;

/** What is hidden in a text by encodings that any model reads. The text as written: base64 knows upper case from lower. */
export function hiddenIn(text: string): Hidden[] {
  const found: Hidden[] = [];
  for (const match of text.matchAll(BASE64)) {
    if (found.length >= HIDDEN_MAX) break;
    const [run] = match;
    if (run.length < BASE64_LENGTH_MIN || !looksEncoded(run)) continue;
    const plain = readable(Buffer.from(run, 'base64'));
    if (plain !== undefined)
      found.push({ text: plain, start: match.index, end: match.index + run.length, how: 'base64' });
  }
  for (const match of text.matchAll(HEX)) {
    if (found.length >= HIDDEN_MAX) break;
    const digits = match[0].replace(/[ :]/g, '');
    if (digits.length < HEX_LENGTH_MIN || digits.length % 2 === 1) continue;
    const plain = readable(Buffer.from(digits, 'hex'));
    if (plain !== undefined)
      found.push({ text: plain, start: match.index, end: match.index + match[0].length, how: 'hex' });
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
