import type { Origin } from '../scanner.ts';
import { type Model, requestOdds, segmentsOf, type Stretch, type Sums } from './model.ts';
import type { Hit } from './rules.ts';
import type { Tokens } from './tokens.ts';

/** Where a text that belongs to one origin begins, in the text that is judged. */
export interface Part {
  from: number;
  origin: Origin;
}

/** What an odd sentence must reach, by who brought the text: a tool's answer asks nobody for anything, people do little else. */
interface Bar {
  odds: number;
  /** Stretches there must be around it to speak of a document. */
  segmentsMin: number;
}

const TOOL: Bar = { odds: 0.8, segmentsMin: 4 };
const USER: Bar = { odds: 2.3, segmentsMin: 4 };
/** From here on a stretch counts as a request. */
const REQUEST_ODDS = 1.5;
/** A document has few requests; a prompt begins with one or is made of them, and a list of things to do is nothing else. */
const REQUESTS_MAX = 2;
const REQUESTS_SHARE_MAX = 0.34;
/** Each stretch is one more chance to look like a request by accident. */
const CHANCE = 0.5;
/** Words by which a request speaks of the text it stands beside, as somebody's own question does. */
const ABOUT_THE_TEXT =
  /\b(?:this|these|above|below|following|text|email|mail|letter|article|passage|paragraph|document|table|code|it|them|given|context|dies\w*|obig\w*|folgend\w*)\b/;

/**
 * Requests to an assistant that stand in a document: "Tell me a joke about tea" between two sentences of an invoice. As a prompt it is
 * harmless; what makes it odd is its place, so the rest of the document decides as well.
 */
export function slippedRequests(
  tokens: Tokens,
  sums: Sums,
  model: Model,
  folded: string,
  parts: readonly Part[],
): Hit[] {
  const segments = segmentsOf(tokens);
  const hits: Hit[] = [];
  for (let at = 0, next = 0; at < segments.length; at = next) {
    const part = partOf(parts, tokens.start[segments[at]!.from]!);
    while (next < segments.length && partOf(parts, tokens.start[segments[next]!.from]!) === part) next++;
    const hit = inPart(tokens, sums, model, folded, segments.slice(at, next), part.origin);
    if (hit) hits.push(hit);
  }
  return hits;
}

function inPart(
  tokens: Tokens,
  sums: Sums,
  model: Model,
  folded: string,
  segments: readonly Stretch[],
  origin: Origin,
): Hit | undefined {
  const bar = origin === 'tool' ? TOOL : USER;
  if (segments.length < bar.segmentsMin) return undefined;
  const odds = segments.map((segment) => requestOdds(sums, model, segment));
  let best = 0;
  let requests = 0;
  for (const [index, each] of odds.entries()) {
    if (each > odds[best]!) best = index;
    if (each > REQUEST_ODDS) requests++;
  }
  const adjusted = odds[best]! - CHANCE * Math.log(segments.length);
  const { from, to } = segments[best]!;
  const start = tokens.start[from]!;
  const end = tokens.end[to - 1]!;
  if (adjusted < bar.odds) return undefined;
  if (requests > REQUESTS_MAX || requests > segments.length * REQUESTS_SHARE_MAX) return undefined;
  const own = best === 0 || odds[0]! > 0 || ABOUT_THE_TEXT.test(folded.slice(start, end));
  if (own && origin !== 'tool') return undefined;
  return { name: 'request', weight: Math.min(0.9, 0.5 + (adjusted - bar.odds) * 0.08), start, end };
}

function partOf(parts: readonly Part[], at: number): Part {
  let low = 0;
  for (let high = parts.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if (parts[middle]!.from <= at) low = middle;
    else high = middle;
  }
  return parts[low] ?? USERS;
}

const USERS: Part = { from: 0, origin: 'user' };
