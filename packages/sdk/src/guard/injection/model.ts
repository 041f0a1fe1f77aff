import { hashOf, mix } from './hash.ts';
import type { Tokens } from './tokens.ts';

/** Weights of two linear models over hashed words, pairs of words and meanings. Made by tools/train-guard.ts. */
export interface Model {
  /** Power of two. */
  size: number;
  /** Is this an attempt to take the model over? */
  attack: Weights;
  /** Is this a request to an assistant, as people write them, and not a sentence of a document? */
  request: Weights;
}

export interface Weights {
  weights: Float32Array | Float64Array;
  bias: number;
}

/** How many words are judged together: a sentence slipped into a document, a paragraph, a whole page of role-play. */
export const SPANS: readonly number[] = [16, 48, 160, 480];

/**
 * The features that word `at` ends: the word, its stem, the pair, the pair with a hole, where the word has a meaning that meaning alone
 * and after the meaning before it, and that a sentence begins with it, as orders begin with a verb. Meanings are what makes one
 * language learn from another.
 */
export const FEATURES_PER_WORD = 7;
const HOLE = hashOf('_');
const STEM = hashOf('stem');
const MEANING = hashOf('meaning');
const FIRST = hashOf('first');
/** Words of every text. Alone they say nothing of it, only of who wrote the training data; in pairs they count. */
const COMMON = new Set(
  `the and to of a an in is are be been being was were it its that this these those as so for on at by from with without into not no any all
  only every each first end start now before after there here have has had do does did will would can could must should may i me my we our
  us you your yours he she they them their or but if then than when which who what how out up over new one two most more other such just
  being run state content user application code text http https www com org a b c d e m n p s t x ai
  der die das und zu von ein eine einen ist sind nicht mit auf als ich du sie wir mir dir den dem des im in für es
  le la les de des et un une est que qui pour dans el los las y en un una es que por con il di e che per`
    .split(/\s+/)
    .map(hashOf),
);
const mayBeCommon = new Uint8Array(0x1000);
for (const word of COMMON) mayBeCommon[word & 0xfff] = 1;

function isCommon(word: number): boolean {
  return mayBeCommon[word & 0xfff] === 1 && COMMON.has(word);
}

/** Words between two meanings that still belong together. */
const MEANING_REACH = 4;

export function featuresAt(tokens: Tokens, at: number, size: number, into: Int32Array): void {
  const { hash, stem, meaning, segment } = tokens;
  const mask = size - 1;
  const word = hash[at]!;
  // Feature 0 is nobody's: its weight is always zero.
  const common = isCommon(word);
  into[0] = common ? 0 : mix(word, 1) & mask;
  into[1] = common ? 0 : mix(STEM, stem[at]!) & mask;
  into[2] = mix(at > 0 ? hash[at - 1]! : 0, word) & mask;
  into[3] = mix(mix(at > 1 ? hash[at - 2]! : 0, HOLE), word) & mask;
  into[4] = 0;
  into[5] = 0;
  into[6] = at === 0 || segment[at] !== segment[at - 1] ? mix(FIRST, word) & mask : 0;
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
export interface Sums {
  attack: Float64Array;
  request: Float64Array;
}

/** How often each pair of words was seen in this text. */
const SEEN_MASK = 0xffff;
const seen = new Uint8Array(SEEN_MASK + 1);

export function prefixSums(tokens: Tokens, { size, attack, request }: Model): Sums {
  const sums = { attack: new Float64Array(tokens.count + 1), request: new Float64Array(tokens.count + 1) };
  const features = new Int32Array(FEATURES_PER_WORD);
  let attacks = 0;
  let requests = 0;
  seen.fill(0);
  for (let at = 0; at < tokens.count; at++) {
    featuresAt(tokens, at, size, features);
    // What is said again says less: otherwise a thousand times one odd word would be certain.
    const place = features[2]! & SEEN_MASK;
    const again = seen[place]!;
    if (again < 0xff) seen[place] = again + 1;
    let attacking = 0;
    let requesting = 0;
    for (let index = 0; index < FEATURES_PER_WORD; index++) {
      const feature = features[index]!;
      attacking += attack.weights[feature]!;
      requesting += request.weights[feature]!;
    }
    attacks += again === 0 ? attacking : attacking / (1 + again);
    requests += again === 0 ? requesting : requesting / (1 + again);
    sums.attack[at + 1] = attacks;
    sums.request[at + 1] = requests;
  }
  return sums;
}

/** A stretch of words. */
export interface Stretch {
  from: number;
  to: number;
}

/** The stretches of a text that are judged: all of them for short texts, half overlapping ones for long texts. */
export function* stretches(count: number): Generator<Stretch> {
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

/** Each stretch of a long text is one more chance to look like an attack by accident. */
const CHANCE = 0.5;

/** The most suspicious stretch, and how sure the model is: the logarithm of the odds. */
export function judge({ count }: Tokens, sums: Sums, { attack }: Model): Stretch & { odds: number } {
  let best = { odds: -Infinity, from: 0, to: 0 };
  for (const { from, to } of stretches(count)) {
    const chances = CHANCE * Math.log(Math.max(1, count / (to - from)));
    const odds = logit(sums.attack[to]! - sums.attack[from]!, to - from, attack.bias) - chances;
    if (odds > best.odds) best = { odds, from, to };
  }
  return best;
}

/** Words of a stretch that can be a request; shorter ones are headings and cells. */
const REQUEST_WORDS_MIN = 4;

/** What each stretch of a text is that says one thing: sentences, lines, cells. */
export function segmentsOf({ count, segment }: Tokens): Stretch[] {
  const found: Stretch[] = [];
  for (let from = 0; from < count;) {
    let to = from + 1;
    while (to < count && segment[to] === segment[from]) to++;
    if (to - from >= REQUEST_WORDS_MIN) found.push({ from, to });
    from = to;
  }
  return found;
}

export function requestOdds(sums: Sums, { request }: Model, { from, to }: Stretch): number {
  return logit(sums.request[to]! - sums.request[from]!, to - from, request.bias);
}
