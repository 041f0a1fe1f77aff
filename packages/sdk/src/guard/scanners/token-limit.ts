import { type Direction, type Scanner } from '../scanner.ts';

export interface TokenLimitOptions {
  /** Tokens of all texts together, by our estimate. */
  tokensMax: number;
  /** Default: input. */
  directions?: readonly Direction[];
  /** Counts exactly where you have a tokenizer, e.g. `encode(text).length`. Default: {@link estimateTokens}. */
  count?: (text: string) => number;
}

/** Texts that are longer than you want to pay for. At the limit the score is 0.5, at twice the limit 1. */
export function tokenLimit({ tokensMax, directions = ['input'], count = estimateTokens }: TokenLimitOptions): Scanner {
  return {
    name: 'TokenLimit',
    directions,
    joins: true,
    scan(text) {
      const tokens = count(text);
      const score = Math.min(1, tokens / tokensMax / 2);
      return { score, threshold: 0.5, isValid: tokens <= tokensMax, spans: [] };
    },
  };
}

/**
 * An estimate, not a count: tokenizers differ, and a table of theirs has megabytes. Short words and each mark are one token, longer
 * words one for every five letters, Chinese and Japanese three for four characters. Against o200k within some 15 % on prose and code.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  let word = 0;
  const endWord = () => {
    if (word > 0) quarters += 4 * Math.max(1, Math.ceil((word - 2) / 5));
    word = 0;
  };
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x3040 && unit <= 0x9fff) {
      endWord();
      quarters += 3;
    } else if ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) word++;
    else if (unit >= 0x30 && unit <= 0x39) {
      endWord();
      quarters += 4 / 3;
    } else if (unit >= 0xc0) {
      // Letters beyond ASCII take more tokens.
      word += 2;
    } else {
      endWord();
      if (unit > 0x20) quarters += 3;
      else if (unit === 0x0a) quarters += 2;
    }
  }
  endWord();
  return Math.ceil(quarters / 4);
}
