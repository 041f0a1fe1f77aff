import { type Direction, type Scanner, verdictOf } from '../scanner.ts';
import { COMMON_WORDS, SCRIPTS } from './languages.ts';

export interface LanguageOptions {
  /** ISO 639-1 codes of the languages that are fine: `['en', 'de']`. */
  allowed: readonly string[];
  /** Default 0.6: how sure it must be that the language is another one. */
  threshold?: number;
  /** Default: both. */
  directions?: readonly Direction[];
}

/** Texts in a language that nobody here reads. Text that is too short or too mixed to tell passes. */
export function language({ allowed, threshold = 0.6, directions = ['input', 'output'] }: LanguageOptions): Scanner {
  const fine = new Set(allowed);
  return {
    name: 'Language',
    directions,
    scan(text) {
      const found = detectLanguage(text);
      return verdictOf(found === undefined || fine.has(found.language) ? 0 : found.confidence, threshold);
    },
  };
}

/** What is looked at: the first page tells. */
const CHARS_MAX = 4_000;
/** So many common words must be found before they say anything. */
const HITS_MIN = 2;

const WORD = /[\p{L}\p{M}]+/gu;
const wordLanguages = new Map<string, string[]>();
for (const [code, words] of Object.entries(COMMON_WORDS)) {
  for (const word of words.split(' ')) {
    const known = wordLanguages.get(word);
    if (known) known.push(code);
    else wordLanguages.set(word, [code]);
  }
}

/** The language of a text by its script and its most common words. Twenty-six languages; undefined when it cannot tell. */
export function detectLanguage(text: string): { language: string; confidence: number } | undefined {
  const sample = text.slice(0, CHARS_MAX).toLowerCase();
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 4) return undefined;
  for (const { language, pattern, share } of SCRIPTS) {
    const count = sample.match(pattern)?.length ?? 0;
    if (count / letters >= share) return { language, confidence: Math.min(1, 0.6 + count / letters / 2) };
  }
  const scores = new Map<string, number>();
  let words = 0;
  for (const [word] of sample.matchAll(WORD)) {
    words += 1;
    const codes = wordLanguages.get(word);
    // A word that several languages have says less.
    for (const code of codes ?? []) scores.set(code, (scores.get(code) ?? 0) + 1 / codes!.length);
  }
  const [first, second] = [...scores].toSorted((left, right) => right[1] - left[1]);
  if (!first || first[1] < Math.min(HITS_MIN, words / 2)) return undefined;
  const lead = first[1] / (first[1] + (second?.[1] ?? 0));
  // Few common words among many others: names, code, a language we do not know.
  const share = Math.min(1, (first[1] / words) * 6);
  return { language: first[0], confidence: lead * share };
}
