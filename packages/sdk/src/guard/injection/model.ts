import { hashOf, mix } from './hash.ts';
import type { Tokens } from './tokens.ts';

/** Weights of a linear model over hashed words, pairs and triples of words. Made by tools/train-guard.ts. */
export interface Model {
  /** Power of two. */
  size: number;
  weights: Float32Array | Float64Array;
  bias: number;
}

/** How many words are judged together: a sentence slipped into a document, a paragraph, a whole page of role-play. */
export const SPANS: readonly number[] = [16, 48, 160, 480];

/**
 * The features that word `at` ends: the word, its stem, the pair, the pair with a hole, and where the word has a meaning, that
 * meaning alone and after the meaning before it. Meanings are what makes one language learn from another.
 */
export const FEATURES_PER_WORD = 6;
const HOLE = hashOf('_');
const STEM = hashOf('stem');
const MEANING = hashOf('meaning');
/** Words between two meanings that still belong together. */
const MEANING_REACH = 4;

export function featuresAt(tokens: Tokens, at: number, size: number, into: Int32Array): void {
  const { hash, stem, meaning } = tokens;
  const mask = size - 1;
  const word = hash[at]!;
  into[0] = mix(word, 1) & mask;
  into[1] = mix(STEM, stem[at]!) & mask;
  into[2] = mix(at > 0 ? hash[at - 1]! : 0, word) & mask;
  into[3] = mix(mix(at > 1 ? hash[at - 2]! : 0, HOLE), word) & mask;
  // Feature 0 is nobody's: its weight is always zero.
  into[4] = 0;
  into[5] = 0;
  const own = meaning[at]!;
  if (own === 0) return;
  into[4] = mix(MEANING, own) & mask;
  for (let before = at - 1; before >= 0 && before >= at - MEANING_REACH; before--) {
    if (meaning[before] === 0) continue;
    into[5] = mix(mix(MEANING, meaning[before]!), own) & mask;
    return;
  }
}

/** Sums of the words' weights: `sums[j] - sums[i]` is the weight of the words from i to j. */
export function prefixSums(tokens: Tokens, { weights, size }: Model): Float64Array {
  const sums = new Float64Array(tokens.count + 1);
  const features = new Int32Array(FEATURES_PER_WORD);
  for (let at = 0; at < tokens.count; at++) {
    featuresAt(tokens, at, size, features);
    let weight = 0;
    for (let index = 0; index < FEATURES_PER_WORD; index++) weight += weights[features[index]!]!;
    sums[at + 1] = sums[at]! + weight;
  }
  return sums;
}

/** The stretches of a text that are judged: all of them for short texts, half overlapping ones for long texts. */
export function* stretches(count: number): Generator<{ from: number; to: number }> {
  if (count === 0) return;
  let whole = false;
  for (const span of SPANS) {
    if (span >= count) {
      if (!whole) yield { from: 0, to: count };
      whole = true;
      continue;
    }
    for (let from = 0; from < count; from += span >> 1) {
      yield { from, to: Math.min(from + span, count) };
      if (from + span >= count) break;
    }
  }
}

/** The sum of n weights grows with n; its spread grows with the root of n. */
export function logit(sum: number, count: number, bias: number): number {
  return bias + sum / Math.sqrt(count);
}

/** The most suspicious stretch, and how sure the model is, 0..1. */
export function judge(tokens: Tokens, model: Model): { probability: number; from: number; to: number } {
  const sums = prefixSums(tokens, model);
  let best = { value: -Infinity, from: 0, to: 0 };
  for (const { from, to } of stretches(tokens.count)) {
    const value = logit(sums[to]! - sums[from]!, to - from, model.bias);
    if (value > best.value) best = { value, from, to };
  }
  return { probability: 1 / (1 + Math.exp(-best.value)), from: best.from, to: best.to };
}
