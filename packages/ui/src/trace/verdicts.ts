import type { Span } from '@tallyspan/server';

export type Outcome = 'blocked' | 'redacted' | 'annotated' | 'not_scanned' | 'over_budget';

/** What the guard or a budget said of a call. */
export interface Verdict {
  outcome: Outcome;
  /** On which side: what was asked, what was answered; null for a budget. */
  direction: 'prompt' | 'output' | 'both' | null;
  /** Scanners that found something. Names and numbers, never the text that was found. */
  scanners: Finding[];
}

export interface Finding {
  scanner: string;
  direction: 'prompt' | 'output';
  score: number | null;
  threshold: number | null;
}

export const OUTCOMES: Readonly<Record<Outcome, { text: string; meaning: string }>> = {
  blocked: { text: 'Blocked', meaning: 'The guard did not let it go on' },
  redacted: { text: 'Redacted', meaning: 'The guard replaced something, and it went on' },
  annotated: { text: 'Flagged', meaning: 'The guard found something and let it go on' },
  not_scanned: { text: 'Not scanned', meaning: 'The guard could not look, and it went on' },
  over_budget: { text: 'Over budget', meaning: 'The budget did not allow the call, so it was not made' },
};

/** Null when nobody found anything. */
export function verdictOf(span: Span): Verdict | null {
  const { facts } = span;
  if (span.errorType === 'budget_exceeded') return { outcome: 'over_budget', direction: null, scanners: [] };
  const scanners = [...findings(facts['guardScanners'], 'prompt'), ...findings(facts['guardOutputScanners'], 'output')];
  const promptBlocked = facts['guardPromptBlocked'] === true;
  const outputBlocked = facts['guardOutputBlocked'] === true;
  const blocked =
    promptBlocked || outputBlocked || facts['guardIsValid'] === false || span.errorType === 'guardrail_blocked';
  const said = facts['guardOutcome'];
  const outcome = blocked ? 'blocked' : isOutcome(said) ? said : scanners.length > 0 ? 'annotated' : null;
  if (outcome === null) return null;
  const sides = new Set(scanners.map((finding) => finding.direction));
  if (promptBlocked) sides.add('prompt');
  if (outputBlocked) sides.add('output');
  const scanned = facts['guardScanType'];
  if (scanned === 'prompt' || scanned === 'output') sides.add(scanned);
  return { outcome, direction: sides.size === 2 ? 'both' : ([...sides][0] ?? null), scanners };
}

/** `{"PromptInjection":{"score":0.97,"threshold":0.5}}`; what is not understood is nothing. */
function findings(json: unknown, direction: 'prompt' | 'output'): Finding[] {
  if (typeof json !== 'string') return [];
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null) return [];
    return Object.entries(parsed).map(([scanner, found]) => ({
      scanner,
      direction,
      score: numberOf(found, 'score'),
      threshold: numberOf(found, 'threshold'),
    }));
  } catch {
    return [];
  }
}

function numberOf(found: unknown, name: string): number | null {
  const value = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : null;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function isOutcome(value: unknown): value is Outcome {
  return value === 'redacted' || value === 'annotated' || value === 'not_scanned' || value === 'blocked';
}
