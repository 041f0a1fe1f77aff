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

// oxlint-disable-next-line no-control-regex -- the same
const BEYOND_ASCII = /[^\x00-\x7f]+/g;

/** Folds one stretch of text, in one pass. Lone surrogates become U+FFFD. */
export function fold(text: string): Folded {
  if (ASCII.test(text))
    return { text: text.toLowerCase(), origins: undefined, invisible: 0, confusable: 0, hidden: '' };
  const origins = new Uint32Array(text.length * 4 + 16);
  const made: Making = { text: '', last: 0, origins, invisible: 0, hidden: '' };
  let from = 0;
  for (const { 0: run, index } of text.matchAll(BEYOND_ASCII)) {
    append(made, text.slice(from, index).toLowerCase(), from, 1);
    from = index + run.length;
    foldRun(made, text, index, from);
  }
  append(made, text.slice(from).toLowerCase(), from, 1);
  const { latin, confusable } = withoutConfusables(made.text);
  return { text: latin, origins, invisible: made.invisible, confusable, hidden: made.hidden };
}

interface Making {
  text: string;
  /** Its last unit. Asking the text itself would make V8 join its pieces each time, which is quadratic. */
  last: number;
  origins: Uint32Array;
  invisible: number;
  hidden: string;
}

/** Adds characters that come from `at`, and from the places after it when each came from one of its own. */
function append(made: Making, plain: string, at: number, step: 0 | 1): void {
  const { origins } = made;
  const from = made.text.length;
  // Compatibility forms may become several characters (\ufdfa becomes eighteen); what no longer fits is of no use to anybody.
  if (from + plain.length > origins.length) return;
  for (let unit = 0; unit < plain.length; unit++) origins[from + unit] = at + unit * step;
  made.text += plain;
  if (plain !== '') made.last = plain.charCodeAt(plain.length - 1);
}

function foldRun(made: Making, text: string, start: number, end: number): void {
  for (let at = start; at < end;) {
    const code = text.codePointAt(at)!;
    const isTag = code >= 0xe0000 && code <= 0xe0fff;
    if (code >= 0xe0020 && code <= 0xe007e) made.hidden += String.fromCharCode(code - 0xe0000);
    const plain = isTag || INVISIBLE.has(code) ? '' : simple(code);
    // Between other letters invisible characters have their uses; within a Latin word they are there to break it.
    if (plain === '' && (isTag || isLatin(made.last))) made.invisible++;
    append(made, plain, at, 0);
    at += code > 0xffff ? 2 : 1;
  }
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

const ALIKE = /[\u0180-\u02af\u0370-\u058f\u13a0-\u13f5\u1d00-\u1dbf\ua730-\ua7ff]+/g;

/** A Greek or Cyrillic letter beside a Latin one is a disguise. A word wholly in its own script is a word of its language. */
function withoutConfusables(text: string): { latin: string; confusable: number } {
  let confusable = 0;
  const latin = text.replace(ALIKE, (run, at: number) => {
    if (!isLatin(text.charCodeAt(at - 1)) && !isLatin(text.charCodeAt(at + run.length))) return run;
    let result = '';
    for (const letter of run) result += CONFUSABLE.get(letter) ?? letter;
    if (result !== run) confusable++;
    return result;
  });
  return { latin, confusable };
}
