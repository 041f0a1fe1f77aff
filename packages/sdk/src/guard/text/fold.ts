import { CONFUSABLE, INVISIBLE } from './characters.ts';

/** A text made comparable, and the way back to where each of its characters came from. */
export interface Folded {
  /** Lower case, compatibility forms resolved, accents and invisible characters gone, look-alike letters made Latin in Latin words. */
  text: string;
  /** Offset in the original of each UTF-16 unit of `text`; undefined when they are the same. */
  origins: Uint32Array | undefined;
  /** How many invisible characters were dropped, and how many look-alikes were exchanged. */
  invisible: number;
  confusable: number;
  /** What stood there in invisible tag characters, which spell ASCII. */
  hidden: string;
}

// oxlint-disable-next-line no-control-regex -- exactly the range that needs no work
const ASCII = /^[\x00-\x7f]*$/;

/** Folds one stretch of text, in one pass. Lone surrogates become U+FFFD. */
export function fold(text: string): Folded {
  if (ASCII.test(text))
    return { text: text.toLowerCase(), origins: undefined, invisible: 0, confusable: 0, hidden: '' };
  const made: Making = {
    units: new Uint16Array(text.length + 64),
    origins: new Uint32Array(text.length + 64),
    length: 0,
  };
  let invisible = 0;
  let hidden = '';
  let mayConfuse = false;
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    const single = unit < SINGLES_MAX ? SINGLES[unit]! : 0;
    if (single > 0) {
      if (made.length === made.units.length) grow(made, 1);
      made.units[made.length] = single;
      made.origins[made.length++] = at;
      if (single >= ALIKE_MIN) mayConfuse = true;
      continue;
    }
    const code = text.codePointAt(at)!;
    const isTag = code >= 0xe0000 && code <= 0xe0fff;
    if (code >= 0xe0020 && code <= 0xe007e) hidden += String.fromCharCode(code - 0xe0000);
    const plain = isTag || INVISIBLE.has(code) ? '' : simple(code);
    // Between other letters invisible characters have their uses; within a Latin word they are there to break it.
    if (plain === '' && (isTag || (made.length > 0 && isLatin(made.units[made.length - 1]!)))) invisible++;
    if (made.length + plain.length > made.units.length) grow(made, plain.length);
    for (let unitAt = 0; unitAt < plain.length; unitAt++) {
      made.units[made.length] = plain.charCodeAt(unitAt);
      made.origins[made.length++] = at;
    }
    mayConfuse = true;
    if (code > 0xffff) at++;
  }
  const confusable = mayConfuse ? withoutConfusables(made.units, made.length) : 0;
  const { buffer } = made.units;
  return {
    text: Buffer.from(buffer, 0, made.length * 2).toString('utf16le'),
    origins: made.origins.subarray(0, made.length),
    invisible,
    confusable,
    hidden,
  };
}

interface Making {
  units: Uint16Array;
  origins: Uint32Array;
  length: number;
}

/** Compatibility forms may become several characters; \ufdfa becomes eighteen. */
function grow(made: Making, more: number): void {
  const room = made.units.length * 2 + more;
  const { units, origins } = made;
  made.units = new Uint16Array(room);
  made.units.set(units);
  made.origins = new Uint32Array(room);
  made.origins.set(origins);
}

function isLatin(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}

/** Remembered, as a text uses few different characters. Bounded by the number of characters there are. */
const known = new Map<number, string>();

function simple(code: number): string {
  let result = known.get(code);
  if (result !== undefined) return result;
  if (code >= 0xd800 && code <= 0xdfff) result = '\ufffd';
  else {
    const compatible = String.fromCodePoint(code).normalize('NFKC').toLowerCase();
    // Accents go, but syllables of Hangul and other scripts stay whole: there the marks are letters.
    result =
      code < 0x2000
        ? compatible
            .normalize('NFD')
            .replace(/[\u0300-\u036f]/g, '')
            .normalize('NFC')
        : compatible;
  }
  known.set(code, result);
  return result;
}

/** What the letters of Europe, Arabia and India become, where it is one unit; 0 where it is more or nothing. */
const SINGLES_MAX = 0x1000;
const SINGLES = new Uint16Array(SINGLES_MAX);
for (let code = 0; code < SINGLES_MAX; code++) {
  const result = code < 0x80 ? String.fromCharCode(code).toLowerCase() : simple(code);
  if (result.length === 1 && !INVISIBLE.has(code)) SINGLES[code] = result.charCodeAt(0);
}

/** Letters of other alphabets that look like Latin ones: phonetic, Greek, Cyrillic, Armenian, Cherokee. */
const ALIKE_MIN = 0x180;
function isAlike(unit: number): boolean {
  return (
    (unit >= ALIKE_MIN && unit <= 0x2af) ||
    (unit >= 0x370 && unit <= 0x58f) ||
    (unit >= 0x13a0 && unit <= 0x13f5) ||
    (unit >= 0x1d00 && unit <= 0x1dbf) ||
    (unit >= 0xa730 && unit <= 0xa7ff)
  );
}

/** A Greek or Cyrillic letter beside a Latin one is a disguise. A word wholly in its own script is a word of its language. */
function withoutConfusables(units: Uint16Array, length: number): number {
  let confusable = 0;
  for (let from = 0; from < length; from++) {
    if (!isAlike(units[from]!)) continue;
    let to = from + 1;
    while (to < length && isAlike(units[to]!)) to++;
    if ((from > 0 && isLatin(units[from - 1]!)) || (to < length && isLatin(units[to]!))) {
      let changed = false;
      for (let at = from; at < to; at++) {
        const latin = CONFUSABLE.get(String.fromCharCode(units[at]!));
        if (latin === undefined) continue;
        units[at] = latin.charCodeAt(0);
        changed = true;
      }
      if (changed) confusable++;
    }
    from = to;
  }
  return confusable;
}
