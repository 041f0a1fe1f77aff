import type { Verdict } from './verdict.ts';

/**
 * What a verdict says on the span of the model call. Names and numbers only: no matched text, no offsets.
 * `scanners` is JSON: `{"PromptInjection":{"score":0.97,"threshold":0.5}}`.
 */
export interface GuardSummary {
  promptBlocked?: true;
  scanners?: string;
  outputBlocked?: true;
  outputScanners?: string;
  /** The worst outcome of both directions, absent when all was clean. */
  outcome?: Verdict['outcome'];
}

/** What a verdict says on the span of its scan. */
export interface ScanSummary {
  scanType: 'prompt' | 'output';
  isValid: boolean;
  outcome: Verdict['outcome'];
  durationSeconds: number;
}

/** One scanner's part of the counters `tally.guard.scans` and `tally.guard.blocks`. */
export interface ScannerCount {
  direction: Verdict['direction'];
  scanner: string;
  blocked: boolean;
}

export function guardSummary(verdict: Verdict): GuardSummary {
  const { outcome, direction, triggered } = verdict;
  const summary: GuardSummary = {};
  if (outcome !== 'passed') summary.outcome = outcome;
  const scanners = Object.keys(triggered).length > 0 ? scoresJson(verdict) : undefined;
  if (direction === 'input') {
    if (outcome === 'blocked') summary.promptBlocked = true;
    if (scanners !== undefined) summary.scanners = scanners;
  } else {
    if (outcome === 'blocked') summary.outputBlocked = true;
    if (scanners !== undefined) summary.outputScanners = scanners;
  }
  return summary;
}

export function scanSummary({ direction, outcome, triggered, durationMs }: Verdict): ScanSummary {
  return {
    scanType: direction === 'input' ? 'prompt' : 'output',
    isValid: outcome !== 'blocked' && Object.keys(triggered).length === 0,
    outcome,
    durationSeconds: durationMs / 1000,
  };
}

export function scannerCounts({ direction, outcome, scanners, triggered, failures }: Verdict): ScannerCount[] {
  const names = new Set([...Object.keys(scanners), ...Object.keys(failures)]);
  return [...names].map((scanner) => ({
    direction,
    scanner,
    blocked: outcome === 'blocked' && (Object.hasOwn(triggered, scanner) || !Object.hasOwn(scanners, scanner)),
  }));
}

/** For the status of the span: `Blocked by PromptInjection`. */
export function blockedBy({ triggered, failures }: Verdict): string {
  return `Blocked by ${Object.keys({ ...triggered, ...failures }).join(', ')}`;
}

/** The class of the error, `error.type`. */
export const GUARDRAIL_BLOCKED = 'guardrail_blocked';

function scoresJson({ triggered }: Verdict): string {
  const rounded = Object.entries(triggered).map(([name, { score, threshold }]) => [
    name,
    { score: Math.round(score * 1000) / 1000, threshold },
  ]);
  return JSON.stringify(Object.fromEntries(rounded));
}
