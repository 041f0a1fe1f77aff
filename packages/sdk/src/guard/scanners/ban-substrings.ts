import { limits } from '@tallyspan/facts';
import { type Direction, type Scanner, type Span, verdictOf } from '../scanner.ts';
import { fold } from '../text/fold.ts';

export interface BanSubstringsOptions {
  /** Words or phrases. Compared without case, accents, invisible characters and look-alike letters. */
  substrings: readonly string[];
  /** `word` (default): not within a longer word. `anywhere`: also there. */
  match?: 'word' | 'anywhere';
  /** Default: both. */
  directions?: readonly Direction[];
  /** Default `'BanSubstrings'`. Two lists in one policy need two names. */
  name?: string;
}

/** Text that holds one of your words: names of competitors, code names, insults. Found words score 1. */
export function banSubstrings({
  substrings,
  match = 'word',
  directions = ['input', 'output'],
  name = 'BanSubstrings',
}: BanSubstringsOptions): Scanner {
  const wanted = [...new Set(substrings.map((text) => fold(text).text))].filter((text) => text !== '');
  return {
    name,
    directions,
    redacts: true,
    scan(text) {
      const spans = placesOf(text, wanted, match);
      return verdictOf(spans.length > 0 ? 1 : 0, 0.5, spans);
    },
  };
}

/** Where any of the folded words stands in a text. */
export function placesOf(text: string, wanted: readonly string[], match: 'word' | 'anywhere', kind = 'BANNED'): Span[] {
  const folded = fold(text);
  const origin = (at: number) => folded.origins?.[at] ?? at;
  const spans: Span[] = [];
  for (const word of wanted) {
    for (let at = folded.text.indexOf(word); at >= 0; at = folded.text.indexOf(word, at + word.length)) {
      if (spans.length >= limits.guardSpansMax) return spans;
      const end = at + word.length;
      if (match === 'word' && (isInside(folded.text, at, word) || isInside(folded.text, end, word))) continue;
      spans.push({ start: origin(at), end: Math.min(text.length, origin(end - 1) + 1), kind });
    }
  }
  return spans;
}

const LETTER = /[\p{L}\p{N}_]/u;
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]/;

/** True when a place between two characters is within a word. */
function isInside(text: string, at: number, word: string): boolean {
  if (at <= 0 || at >= text.length || UNSPACED.test(word)) return false;
  return LETTER.test(text[at - 1]!) && LETTER.test(text[at]!);
}
