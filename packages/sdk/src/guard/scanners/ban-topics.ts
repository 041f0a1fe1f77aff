import { type Direction, type Scanner, verdictOf } from '../scanner.ts';
import { fold } from '../text/fold.ts';
import { placesOf } from './ban-substrings.ts';
import { TOPICS } from './topics.ts';

export interface BanTopicsOptions {
  /** Names of built-in topics ({@link TOPICS}), or topics of your own: a name and the words that speak of it. */
  topics: readonly (keyof typeof TOPICS | { name: string; words: readonly string[] })[];
  /** Default 0.6: three different words of a topic, or two in a short text. */
  threshold?: number;
  /** Default: both. */
  directions?: readonly Direction[];
}

/** How much each further word of a topic says. */
const WORD_WEIGHT = 0.3;
/** In a text of so few characters a word says more. */
const SHORT_CHARS = 240;

/**
 * Text about a topic that has no place here. It counts different words of the topic, so it knows what a text is about only as far as
 * words tell; for meaning use a remote scanner or {@link judge}.
 */
export function banTopics({ topics, threshold = 0.6, directions = ['input', 'output'] }: BanTopicsOptions): Scanner {
  const known = topics.map((topic) => {
    const { name, words } = typeof topic === 'string' ? { name: topic, words: TOPICS[topic] } : topic;
    return {
      kind: name
        .toUpperCase()
        .replace(/[^A-Z]+/g, '_')
        .slice(0, 20),
      words: words.map((word) => fold(word).text),
    };
  });
  return {
    name: 'BanTopics',
    directions,
    scan(text) {
      let best = verdictOf(0, threshold);
      for (const { kind, words } of known) {
        const spans = placesOf(text, words, 'word', kind);
        const different = new Set(spans.map(({ start, end }) => fold(text.slice(start, end)).text)).size;
        const weight = text.length < SHORT_CHARS ? WORD_WEIGHT * 1.5 : WORD_WEIGHT;
        const score = 1 - (1 - weight) ** different;
        if (score > best.score) best = verdictOf(score, threshold, spans);
      }
      return best;
    },
  };
}
