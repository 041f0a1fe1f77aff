import { limits } from '@tallyspan/facts';
import type { Span } from '../scanner.ts';
import { fold } from '../text/fold.ts';
import { deciphered, type Hidden, hiddenIn, isTurned } from './decode.ts';
import { meanings } from './lexicon.ts';
import { judge, type Model, prefixSums } from './model.ts';
import { type Hit, hitsOf, marks } from './rules.ts';
import { type Part, slippedRequests } from './slipped-requests.ts';
import { release, type Tokens, tokenize } from './tokens.ts';

/** What speaks for an attack, in one stretch of text. */
export interface Evidence {
  score: number;
  /** Names of rules and `model`; for tests and the benchmark, never for telemetry. */
  reasons: string[];
  spans: Span[];
}

/** Odds from which on the model refuses a text by itself; below, it adds to what the rules found. */
const MODEL_ALONE = 3.3;
/** Nobody is ever quite sure. */
const SCORE_MAX = 0.99;
/** A disguise is no attack, but nobody disguises what is harmless. */
const DISGUISE_WEIGHT = 0.3;
const ENCODED_WEIGHT = 0.2;
/** What a rule is worth where attacks are talked about rather than made. */
const QUOTED_FACTOR = 0.3;
const QUOTED_ALONE_FACTOR = 0.6;
const DISCUSSED_FACTOR = 0.6;

/** Judges one window. Linear in its length. `parts` says who wrote what of it; without them it is a user's. */
export function judgeText(
  text: string,
  model: Model | undefined,
  parts: readonly Part[] = [],
  depth: number = limits.guardDecodeDepthMax,
): Evidence {
  const folded = fold(text);
  const tokens = tokenize(folded.text);
  const back = (at: number) => (folded.origins && at < folded.origins.length ? folded.origins[at]! : at);
  const hits = [...hitsOf(tokens), ...markHits(folded.text)];
  const discussion = discussionOf(tokens, folded.text);
  if (model && tokens.count > 2) {
    const sums = prefixSums(tokens, model);
    const { odds, from, to } = judge(tokens, sums, model);
    const weight = modelWeight(odds);
    if (weight > 0) hits.push({ name: 'model', weight, start: tokens.start[from]!, end: tokens.end[to - 1]! });
    const where = folded.origins
      ? parts.map((part) => ({ ...part, from: placeOf(folded.origins!, part.from) }))
      : parts;
    hits.push(...slippedRequests(tokens, sums, model, folded.text, where));
  }
  const { together, score } = strongestTogether(hits, discussion);
  const evidence: Evidence = { score, reasons: together.map(({ name }) => name), spans: [] };
  for (const { name, start, end } of together) {
    evidence.spans.push({ start: back(start), end: Math.min(text.length, back(end - 1) + 1), kind: name });
  }
  const { ciphered } = tokens;
  const disguised = tokens.disguised >= 2 || folded.invisible + folded.confusable >= 3;
  if (disguised && evidence.score > 0.1) {
    evidence.score = either(evidence.score, DISGUISE_WEIGHT);
    evidence.reasons.push('disguise');
  }
  release(tokens);
  evidence.score = Math.min(evidence.score, SCORE_MAX);
  if (depth > 0) {
    const hidden: Hidden[] = hiddenIn(text);
    if (folded.hidden.length > 3) hidden.push({ text: folded.hidden, start: 0, end: text.length, how: 'tags' });
    if (ciphered > 1 || isTurned(text)) hidden.push(...deciphered(folded.text));
    for (const { text: plain, start, end, how } of hidden) {
      const inside = judgeText(plain, model, [], depth - 1);
      if (inside.score < 0.3 || inside.score < evidence.score + 0.1) continue;
      evidence.score = Math.max(evidence.score, Math.min(SCORE_MAX, either(inside.score, ENCODED_WEIGHT)));
      evidence.reasons.push(`${how}(${inside.reasons.join(', ')})`);
      evidence.spans.push({ start, end: Math.min(end, text.length), kind: how });
    }
  }
  return evidence;
}

/** Two independent witnesses. */
function either(left: number, right: number): number {
  return 1 - (1 - left) * (1 - right);
}

/** Odds of 0 → 0, 1.5 → 0.22, 3 → 0.5, 7 → 0.98. */
function modelWeight(odds: number): number {
  if (odds <= 0) return 0;
  return odds < MODEL_ALONE ? (odds / MODEL_ALONE) * 0.45 : Math.min(0.98, 0.5 + (odds - MODEL_ALONE) * 0.12);
}

/** Where a place of the text as written lies in the folded one. */
function placeOf(origins: Uint32Array, at: number): number {
  let low = 0;
  for (let high = origins.length; low < high;) {
    const middle = (low + high) >> 1;
    if (origins[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What lies further apart than this are different matters. Role-play that makes a model forget itself takes a page. */
const REACH_CHARS = 1_500;

const BY_MODEL: ReadonlySet<string> = new Set(['model', 'request']);

/** The hits that, standing together, say most. Linear but for sorting: each hit begins one group of those that follow it. */
function strongestTogether(hits: Hit[], worth: (hit: Hit) => number): { together: Hit[]; score: number } {
  const sorted = hits.toSorted((left, right) => left.start - right.start);
  const factors = new Map(sorted.map((hit) => [hit, BY_MODEL.has(hit.name) ? undefined : worth(hit)]));
  let best: { together: Hit[]; score: number } = { together: [], score: 0 };
  for (const [from, first] of sorted.entries()) {
    const together: Hit[] = [];
    for (let at = from; at < sorted.length && sorted[at]!.start <= first.start + REACH_CHARS; at++)
      together.push(sorted[at]!);
    const known = together.flatMap((hit) => factors.get(hit) ?? []);
    // Where the rules' finds are only talked about, the model has seen the same words.
    const forModel = known.length > 0 ? Math.max(...known) : 1;
    const score = weigh(together, (hit) => factors.get(hit) ?? forModel);
    if (score > best.score) best = { together, score };
  }
  return best;
}

/** Rules of one group are the same witness in other words, so the strongest speaks for them. */
function weigh(hits: readonly Hit[], factorOf: (hit: Hit) => number): number {
  const strongest = new Map<string, number>();
  for (const hit of hits) {
    const group = hit.name.split('-', 1)[0]!;
    strongest.set(group, Math.max(strongest.get(group) ?? 0, hit.weight * factorOf(hit)));
  }
  let score = 0;
  for (const weight of strongest.values()) score = either(score, weight);
  return score;
}

function markHits(folded: string): Hit[] {
  return marks.flatMap(({ text, weight }) => {
    const start = folded.indexOf(text);
    return start < 0 ? [] : [{ name: text, weight, start, end: start + text.length }];
  });
}

/**
 * People write about attacks: in lessons, tickets, papers, tests. Then there are words about attacks around, and often quotation
 * marks around the attack itself. Answers what a hit is still worth.
 */
function discussionOf(tokens: Tokens, folded: string): (hit: Hit) => number {
  let about = 0;
  for (let at = 0; at < tokens.count; at++) if ((tokens.meaning[at]! & meanings.meta) !== 0) about++;
  const often = about >= 2 && about * 40 >= tokens.count;
  return ({ start, end }) => {
    if (isQuoted(folded, start, end)) return about > 0 ? QUOTED_FACTOR : QUOTED_ALONE_FACTOR;
    return often ? DISCUSSED_FACTOR : 1;
  };
}

const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  '“': '”',
  '„': '“',
  '«': '»',
  '‹': '›',
  '`': '`',
  '「': '」',
  '‘': '’',
  "'": "'",
};
/** How far from the hit its quotation marks may be. */
const QUOTE_REACH = 160;

function isQuoted(text: string, start: number, end: number): boolean {
  const from = Math.max(0, start - QUOTE_REACH);
  for (let at = start - 1; at >= from; at--) {
    const close = QUOTES[text[at]!];
    if (close === undefined) continue;
    // The apostrophe of "don't" is no quotation mark.
    if (text[at] === "'" && at > 0 && /[a-z]/.test(text[at - 1]!)) continue;
    const until = text.indexOf(close, end);
    return until >= 0 && until - end <= QUOTE_REACH;
  }
  return false;
}
