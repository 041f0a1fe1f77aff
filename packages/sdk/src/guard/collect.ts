import { limits } from '@tallyspan/facts';
import type { Report } from './ask.ts';
import type { GuardMode, Policy } from './policy.ts';
import type { Direction, GuardText, Scanner, ScanResult, Score, Span } from './scanner.ts';
import type { Vault } from './vault.ts';
import type { Outcome, Verdict } from './verdict.ts';

/** What one scanner, or one of those it speaks for, said of one text. */
interface Finding extends Score {
  name: string;
  isValid: boolean;
  /** True when the text is fine once it was rewritten. */
  redactable: boolean;
}

/** Worst first. */
const OUTCOMES: readonly Outcome[] = ['blocked', 'redacted', 'annotated', 'not_scanned', 'passed'];

/** Makes one verdict out of what all scanners said, by the rules of the policy. */
export function collect(
  policy: Policy,
  direction: Direction,
  texts: readonly GuardText[],
  reports: readonly Report[],
  vault: Vault,
): Omit<Verdict, 'durationMs'> {
  const verdict: Omit<Verdict, 'durationMs'> = {
    outcome: 'passed',
    direction,
    scanners: {},
    triggered: {},
    failures: {},
    spans: {},
  };
  const worsen = (outcome: Outcome) => {
    if (OUTCOMES.indexOf(outcome) < OUTCOMES.indexOf(verdict.outcome)) verdict.outcome = outcome;
  };
  const replace: Span[][] = texts.map(() => []);
  const rewritten: (string | undefined)[] = texts.map(() => undefined);
  for (const { scanner, results, failure } of reports) {
    if (failure !== undefined) {
      verdict.failures[scanner.name] = failure;
      const strict = policy.onFailure === 'closed' && modeOf(policy, scanner.name) !== 'annotate';
      worsen(strict ? 'blocked' : 'not_scanned');
    }
    for (const { piece, result } of results) {
      const places = placesOf(result.spans, piece.parts);
      if (places.length > 0) keepPlaces(verdict, scanner.name, places);
      for (const finding of findingsOf(scanner, result, policy)) {
        keepScore(verdict.scanners, finding);
        if (finding.isValid) continue;
        keepScore(verdict.triggered, finding);
        worsen(outcomeOf(modeOf(policy, finding.name, scanner.name), finding.redactable));
        if (finding.redactable) for (const { text, ...span } of places) replace[text]!.push(span);
      }
      if (result.sanitized !== undefined && result.sanitized !== piece.text && piece.parts.length === 1) {
        rewritten[piece.parts[0]!.index] = result.sanitized;
      }
    }
  }
  if (replace.some((spans) => spans.length > 0) || rewritten.some((text) => text !== undefined)) {
    for (const { text } of texts) vault.reserve(text);
    verdict.sanitizedTexts = texts.map(({ text }, index) => rewritten[index] ?? vault.redact(text, replace[index]!));
    if (vault.size > 0) verdict.vault = vault;
  }
  return verdict;
}

function modeOf(policy: Policy, ...names: readonly string[]): GuardMode {
  const named = names.find((name) => Object.hasOwn(policy.modes, name));
  return named === undefined ? policy.mode : policy.modes[named]!;
}

function outcomeOf(mode: GuardMode, redactable: boolean): Outcome {
  if (mode === 'annotate') return 'annotated';
  return mode === 'redact' && redactable ? 'redacted' : 'blocked';
}

function findingsOf(scanner: Scanner, result: ScanResult, policy: Policy): Finding[] {
  const rewrote = result.sanitized !== undefined;
  const all: Finding[] = result.parts
    ? Object.entries(result.parts).map(([name, part]) => ({
        name,
        ...part,
        redactable: rewrote && part.redacted === true,
      }))
    : [
        {
          name: scanner.name,
          score: result.score,
          threshold: result.threshold,
          isValid: result.isValid,
          redactable: rewrote || (scanner.redacts === true && result.spans.length > 0),
        },
      ];
  return all.map((finding) => {
    const threshold = Object.hasOwn(policy.thresholds, finding.name) ? policy.thresholds[finding.name] : undefined;
    // A scanner of somebody else's may answer anything; a score that is no number is no reason to let a text pass.
    const score = Number.isFinite(finding.score) ? Math.min(1, Math.max(0, finding.score)) : 1;
    if (threshold === undefined) return { ...finding, score };
    return { ...finding, score, threshold, isValid: score < threshold };
  });
}

function keepScore(scores: Record<string, Score>, { name, score, threshold }: Finding): void {
  const known = Object.hasOwn(scores, name) ? scores[name] : undefined;
  if (known && known.score >= score) return;
  // A hostile name must become a key, never a prototype.
  Object.defineProperty(scores, name, {
    value: { score, threshold },
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function keepPlaces(verdict: Pick<Verdict, 'spans'>, name: string, places: readonly (Span & { text: number })[]): void {
  const all = (verdict.spans[name] ??= []);
  all.push(...places.slice(0, limits.guardSpansMax - all.length));
}

/** From places in a piece to places in the call's texts. A place that lies across two texts is one in each. */
function placesOf(
  spans: readonly Span[],
  parts: readonly { index: number; from: number }[],
): (Span & { text: number })[] {
  if (parts.length === 1) return spans.map((span) => ({ ...span, text: parts[0]!.index }));
  return spans.flatMap(({ start, end, kind }) =>
    parts.flatMap(({ index, from }, at) => {
      const until = (parts[at + 1]?.from ?? Infinity) - 1;
      if (end <= from || start >= until) return [];
      return [{ text: index, kind, start: Math.max(start, from) - from, end: Math.min(end, until) - from }];
    }),
  );
}
