import { limits } from '@tallyspan/facts';
import { type Scanner, type ScanResult, type Span, verdictOf } from '../scanner.ts';

export interface InvisibleTextOptions {
  /** Default 0.5. */
  threshold?: number;
}

interface Kind {
  kind: string;
  pattern: RegExp;
  /** How odd one such place is. */
  weight: number;
  /** Where it is honest after all. */
  except?: (text: string, start: number, length: number) => boolean;
}

/** At most seven tag characters after a black flag; longer ones spell something. */
function isFlag(text: string, start: number, length: number): boolean {
  return length <= 14 && text.slice(start - 2, start) === '\u{1f3f4}';
}

/** Each with what makes it odd; emoji, Arabic, Persian and Indic scripts use some of these characters honestly. */
const KINDS: readonly Kind[] = [
  // Tag characters spell ASCII that nobody sees. The flags of England, Scotland and Wales use them after a black flag.
  { kind: 'TAGS', pattern: /[\u{e0000}-\u{e007f}]+/gu, weight: 1, except: isFlag },
  // A right-to-left override turns what is read around; nothing but attacks on readers does this.
  { kind: 'BIDI', pattern: /[\u202d\u202e]/g, weight: 0.6 },
  { kind: 'BIDI', pattern: /[\u202a\u202b\u2066-\u2068]/g, weight: 0.15 },
  // A letter that is broken by what takes no room.
  {
    kind: 'ZERO_WIDTH',
    pattern: /(?<=[A-Za-z0-9])[\u200b-\u200d\u2060-\u2064\ufeff\u180e]+(?=[A-Za-z0-9])/g,
    weight: 0.25,
  },
  // Several in a row carry bits.
  { kind: 'ZERO_WIDTH', pattern: /[\u200b-\u200f\u2060-\u2064\ufeff]{4,}/g, weight: 0.6 },
  // Variation selectors can carry bytes after any character; honest text has one at a time.
  { kind: 'SELECTORS', pattern: /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{2,}/gu, weight: 1 },
  { kind: 'FILLER', pattern: /[\u115f\u1160\u3164\uffa0]{2,}/g, weight: 0.6 },
  { kind: 'PRIVATE', pattern: /[\u{f0000}-\u{10ffff}]{2,}/gu, weight: 0.6 },
];

/** Text that people do not see and models read: tag characters, zero-width characters within words, overrides of direction. */
export function invisibleText({ threshold = 0.5 }: InvisibleTextOptions = {}): Scanner {
  return {
    name: 'InvisibleText',
    directions: ['input', 'output'],
    redacts: true,
    scan: (text) => scan(text, threshold),
  };
}

/** Nothing of this is in ASCII, nor in the usual letters of Europe. */
// oxlint-disable-next-line no-control-regex -- a range from the first character on
const PLAIN = /^[\u0000-\u00ac\u00ae-\u034e\u0350-\u0fff]*$/;

function scan(text: string, threshold: number): ScanResult {
  if (PLAIN.test(text)) return verdictOf(0, threshold);
  const spans: Span[] = [];
  let harmless = 1;
  for (const { kind, pattern, weight, except } of KINDS) {
    for (const match of text.matchAll(pattern)) {
      if (spans.length >= limits.guardSpansMax) break;
      if (except?.(text, match.index, match[0].length)) continue;
      spans.push({ start: match.index, end: match.index + match[0].length, kind });
      harmless *= 1 - weight;
    }
  }
  return verdictOf(1 - harmless, threshold, spans);
}
