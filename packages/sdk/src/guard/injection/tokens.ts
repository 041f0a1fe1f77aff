import { HASH_START, hashOf, hashStep } from './hash.ts';
import { beginnings, ciphers, exact, HASH_BITS, mayBe, mayBegin, mayGoOn, UNSPACED_LENGTH_MAX } from './lexicon.ts';

/** The words of a folded text, in columns: a prompt has thousands, and objects would cost more than the scan. */
export interface Tokens {
  count: number;
  hash: Int32Array;
  start: Uint32Array;
  end: Uint32Array;
  /** What the word may mean, bits of `meanings`. */
  meaning: Int32Array;
  /** How many sentences ended before it. */
  sentence: Uint32Array;
  /** How many stretches ended before it that say one thing: sentences, cells, short lines, paragraphs. */
  segment: Uint32Array;
  /** All meanings of the text. */
  seen: number;
  /** Words that were written in disguise: letters as digits, spelt out, without spaces between them. */
  disguised: number;
  /** Words that are known words in rot13 or backwards. */
  ciphered: number;
  /** The first letters of each word, hashed: words of one stem have it in common. */
  stem: Int32Array;
}

/** A word longer than this is no word. It is cut, so that a megabyte of one letter is many short ones. */
const WORD_LENGTH_MAX = 40;
/** Letters of a stem: `instructions` and `instructed` share six. */
const STEM_LENGTH = 5;
/** So many single letters in a row are a word spelt out. */
const SPELT_LENGTH_MIN = 5;
/** A word without spaces that may be several: `ignorepreviousinstructions`. */
const GLUED_LENGTH_MIN = 13;

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
};
const NUMBER = hashOf('0');

const meaningOf = (hash: number): number => (mayBe[hash & HASH_BITS] === 1 ? (exact.get(hash) ?? 0) : 0);

/** Letters and digits, and whatever is no punctuation beyond ASCII. */
function isWord(unit: number): boolean {
  if (unit < 0x80) return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39);
  if (unit < 0xc0) return unit === 0xb5;
  return !(
    (unit >= 0x2000 && unit <= 0x2bff) ||
    (unit >= 0x3000 && unit <= 0x303f) ||
    (unit >= 0xd800 && unit <= 0xf8ff) ||
    unit >= 0xff00
  );
}

const LETTER = 1;
const DIGIT = 2;
const QUOTE = 3;
const MARK = 4;
/** What ASCII characters are in a word. */
const KIND = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  if (unit >= 0x30 && unit <= 0x39) return DIGIT;
  if (unit >= 0x61 && unit <= 0x7a) return LETTER;
  return unit === 0x27 ? QUOTE : unit === 0x40 || unit === 0x24 || unit === 0x21 ? MARK : 0;
});

/** Han, kana and Thai are written without spaces. */
function isUnspaced(unit: number): boolean {
  return (unit >= 0x3040 && unit <= 0x30ff) || (unit >= 0x3400 && unit <= 0x9fff) || (unit >= 0x0e00 && unit <= 0x0e7f);
}

/** `@`, `$` and `!` stand for letters only where letters are around them. */
function isLeetMark(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return (
    (unit === 0x40 || unit === 0x24 || unit === 0x21) &&
    isWord(text.charCodeAt(at + 1)) &&
    text.charCodeAt(at + 1) < 0x80
  );
}

/** Columns of this length are kept for the next text: a window fits, and most of its cost would be making them. */
const KEPT_ROOM = 20_480;
let kept: Tokens | undefined;

function columns(room: number): Tokens {
  return {
    count: 0,
    hash: new Int32Array(room),
    start: new Uint32Array(room),
    end: new Uint32Array(room),
    meaning: new Int32Array(room),
    sentence: new Uint32Array(room),
    segment: new Uint32Array(room),
    seen: 0,
    disguised: 0,
    ciphered: 0,
    stem: new Int32Array(room),
  };
}

/** Gives columns back; their tokens must not be used any more. */
export function release(tokens: Tokens): void {
  if (tokens.hash.length === KEPT_ROOM) kept = tokens;
}

/** A line shorter than this was ended by who wrote it; a longer one may have been wrapped. */
const WRAPPED_LENGTH_MIN = 60;

/** Splits a folded text into words. One pass; every character is looked at a bounded number of times. */
export function tokenize(text: string): Tokens {
  const room = Math.max(KEPT_ROOM, text.length + 8);
  const tokens = room === KEPT_ROOM && kept ? kept : columns(room);
  if (tokens === kept) kept = undefined;
  tokens.count = tokens.seen = tokens.disguised = tokens.ciphered = 0;
  let segment = 0;
  let lineFrom = 0;
  let sentence = 0;
  let spelt = '';
  let speltFrom = 0;
  const add = (hash: number, start: number, end: number, meaning: number, stem = hash) => {
    const { count } = tokens;
    if (count >= room) return;
    tokens.hash[count] = hash;
    tokens.stem[count] = stem;
    tokens.start[count] = start;
    tokens.end[count] = end;
    tokens.meaning[count] = meaning;
    tokens.sentence[count] = sentence;
    tokens.segment[count] = segment;
    tokens.seen |= meaning;
    tokens.count++;
  };
  /** Words that are known, one after the other; what is between them is left out. Answers how many there were. */
  const addKnown = (letters: string, start: number, end: number, lengthMin: number, countMin: number): number => {
    const found: { hash: number; meaning: number }[] = [];
    for (let at = 0; at < letters.length;) {
      const { length, hash, meaning } = longestKnown(letters, at, 16);
      if (length >= lengthMin) found.push({ hash, meaning });
      at += length >= lengthMin ? length : 1;
    }
    if (found.length < countMin) return 0;
    for (const { hash, meaning } of found) add(hash, start, end, meaning);
    return found.length;
  };
  const endSpelt = (end: number) => {
    if (spelt.length >= SPELT_LENGTH_MIN) tokens.disguised += addKnown(spelt, speltFrom, end, 2, 2);
    spelt = '';
  };
  const { length } = text;
  for (let at = 0; at < length;) {
    const unit = text.charCodeAt(at);
    if (isUnspaced(unit)) {
      const known = longestKnown(text, at, UNSPACED_LENGTH_MAX);
      const size = Math.max(1, known.length);
      add(known.length > 0 ? known.hash : hashStep(HASH_START, unit), at, at + size, known.meaning);
      at += size;
      continue;
    }
    if (!isWord(unit) && !isLeetMark(text, at)) {
      if (unit === 0x2e || unit === 0x21 || unit === 0x3f || unit === 0x3002) {
        sentence++;
        segment++;
      } else if (unit === 0x7c) segment++;
      else if (unit === 0x0a) {
        if (at - lineFrom < WRAPPED_LENGTH_MIN) segment++;
        lineFrom = at + 1;
      }
      at++;
      continue;
    }
    const start = at;
    let hash = HASH_START;
    let meaning = 0;
    let digits = 0;
    let marks = 0;
    let letters = 0;
    let stem = 0;
    const until = Math.min(length, start + WORD_LENGTH_MAX);
    for (; at < until; at++) {
      const next = text.charCodeAt(at);
      const kind = next < 0x80 ? KIND[next]! : isWord(next) && !isUnspaced(next) ? LETTER : next === 0x2019 ? QUOTE : 0;
      if (kind === LETTER) letters++;
      else if (kind === DIGIT) digits++;
      // The apostrophe of "don't" is no border.
      else if (kind === QUOTE && at > start && isWord(text.charCodeAt(at + 1))) continue;
      else if (kind === MARK && isLeetMark(text, at)) marks++;
      else break;
      hash = hashStep(hash, next);
      if (letters <= STEM_LENGTH) stem = hash;
      if (mayBegin[hash & HASH_BITS] === 1) meaning |= beginnings.get(hash) ?? 0;
    }
    const size = at - start;
    if (size === 1 && letters === 1) {
      if (spelt === '') speltFrom = start;
      spelt += text[start];
      add(hash, start, at, meaningOf(hash));
      continue;
    }
    endSpelt(start);
    if (letters === 0 && marks === 0) {
      add(NUMBER, start, at, 0);
      continue;
    }
    meaning |= meaningOf(hash);
    if (mayBe[hash & HASH_BITS] === 1 && ciphers.has(hash)) tokens.ciphered++;
    if (meaning === 0 && letters > 0 && digits + marks > 0) {
      const plain = leetMeaning(text.slice(start, at));
      if (plain) {
        tokens.disguised++;
        add(plain.hash, start, at, plain.meaning);
        continue;
      }
    }
    if (meaning === 0 && size >= GLUED_LENGTH_MIN && digits + marks < letters) {
      // Compound words of some languages are two known words; a disguise is three.
      if (addKnown(text.slice(start, at), start, at, 4, 3) > 0) continue;
    }
    add(hash, start, at, meaning, stem);
  }
  endSpelt(length);
  return tokens;
}

/** The longest word of the lexicon that begins here; length 0 when there is none. */
function longestKnown(
  text: string,
  from: number,
  lengthMax: number,
): { length: number; hash: number; meaning: number } {
  let hash = HASH_START;
  const best = { length: 0, hash: 0, meaning: 0 };
  const until = Math.min(text.length, from + lengthMax);
  for (let at = from; at < until; at++) {
    hash = hashStep(hash, text.charCodeAt(at));
    if (mayGoOn[hash & HASH_BITS] === 0) break;
    const meaning = meaningOf(hash);
    if (meaning === 0) continue;
    best.length = at - from + 1;
    best.hash = hash;
    best.meaning = meaning;
  }
  return best;
}

/** `1gn0r3` → what `ignore` means. One may stand for i or l. */
function leetMeaning(word: string): { hash: number; meaning: number } | undefined {
  for (const one of ['i', 'l']) {
    let hash = HASH_START;
    for (const letter of word) {
      hash = hashStep(hash, (letter === '1' || letter === '!' ? one : (LEET[letter] ?? letter)).charCodeAt(0));
    }
    const meaning = meaningOf(hash);
    if (meaning !== 0) return { hash, meaning };
  }
  return undefined;
}
