import { limits } from '@tallyspan/facts';
import type { Span } from '../scanner.ts';
import { fold } from '../text/fold.ts';
import { deciphered, type Hidden, hiddenIn } from './decode.ts';
import { meanings } from './lexicon.ts';
import { judge, type Model } from './model.ts';
import { type Hit, hitsOf, marks } from './rules.ts';
import { type Tokens, tokenize } from './tokens.ts';

/** What speaks for an attack, in one stretch of text. */
export interface Evidence {
  score: number;
  /** Names of rules and `model`; for tests and the benchmark, never for telemetry. */
  reasons: string[];
  spans: Span[];
}

/** From here on the model adds to what the rules found. */
const MODEL_FLOOR = 0.5;
/** From here on it refuses a text by itself. One in two thousand paragraphs of documentation reaches this. */
const MODEL_ALONE = 0.98;
/** A disguise is no attack, but nobody disguises what is harmless. */
const DISGUISE_WEIGHT = 0.3;
const ENCODED_WEIGHT = 0.2;
/** What a rule is worth where attacks are talked about rather than made. */
const QUOTED_FACTOR = 0.3;
const QUOTED_ALONE_FACTOR = 0.6;
const DISCUSSED_FACTOR = 0.6;

/** Judges one window. Linear in its length. */
export function judgeText(
  text: string,
  model: Model | undefined,
  depth: number = limits.guardDecodeDepthMax,
): Evidence {
  const folded = fold(text);
  const tokens = tokenize(folded.text);
  const back = (at: number) => (folded.origins && at < folded.origins.length ? folded.origins[at]! : at);
  const hits = [...hitsOf(tokens), ...markHits(folded.text)];
  const discussion = discussionOf(tokens, folded.text);
  const suspicion = model && tokens.count > 2 ? judge(tokens, model) : undefined;
  if (suspicion) {
    const weight = modelWeight(suspicion.probability);
    const start = tokens.start[suspicion.from]!;
    const end = tokens.end[suspicion.to - 1]!;
    if (weight > 0) hits.push({ name: 'model', weight, start, end });
  }
  const { together, score } = strongestTogether(hits, discussion);
  const evidence: Evidence = { score, reasons: together.map(({ name }) => name), spans: [] };
  for (const { name, start, end } of together) {
    evidence.spans.push({ start: back(start), end: Math.min(text.length, back(end - 1) + 1), kind: name });
  }
  const disguised = tokens.disguised >= 2 || folded.invisible + folded.confusable >= 3;
  if (disguised && evidence.score > 0.1) {
    evidence.score = either(evidence.score, DISGUISE_WEIGHT);
    evidence.reasons.push('disguise');
  }
  if (depth > 0) {
    const hidden: Hidden[] = hiddenIn(text);
    if (folded.hidden.length > 3) hidden.push({ text: folded.hidden, start: 0, end: text.length, how: 'tags' });
    if (tokens.ciphered > 1) hidden.push(...deciphered(folded.text));
    for (const { text: plain, start, end, how } of hidden) {
      const inside = judgeText(plain, model, depth - 1);
      if (inside.score < 0.3 || inside.score < evidence.score + 0.1) continue;
      evidence.score = Math.max(evidence.score, either(inside.score, ENCODED_WEIGHT));
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

/** 0.5 → 0, 0.9 → 0.32, 0.98 → 0.5, 1 → 0.6. */
function modelWeight(probability: number): number {
  if (probability <= MODEL_FLOOR) return 0;
  return probability < MODEL_ALONE ? (probability - MODEL_FLOOR) * 0.8 : 0.5 + (probability - MODEL_ALONE) * 5;
}

/** What lies further apart than this are different matters. Role-play that makes a model forget itself takes a page. */
const REACH_CHARS = 1_500;

/** The hits that, standing together, say most. Linear but for sorting: each hit begins one group of those that follow it. */
function strongestTogether(hits: Hit[], worth: (hit: Hit) => number): { together: Hit[]; score: number } {
  const sorted = hits.toSorted((left, right) => left.start - right.start);
  const factors = new Map(sorted.map((hit) => [hit, hit.name === 'model' ? undefined : worth(hit)]));
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
