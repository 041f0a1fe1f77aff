import { expect, it } from 'vitest';
import { makeSpan } from '../../test/make-span.ts';
import { verdictOf } from './verdicts.ts';

const said = (facts: Record<string, unknown>, errorType: string | null = null) =>
  verdictOf(makeSpan('s', null, { facts, errorType }));

it('a blocked prompt names the scanners that found something, with their scores', () => {
  expect(
    said({
      guardPromptBlocked: true,
      guardOutcome: 'blocked',
      guardScanners: '{"PromptInjection":{"score":0.97,"threshold":0.5}}',
    }),
  ).toEqual({
    outcome: 'blocked',
    direction: 'prompt',
    scanners: [{ scanner: 'PromptInjection', direction: 'prompt', score: 0.97, threshold: 0.5 }],
  });
});

it('what was found on both sides is one verdict', () => {
  const verdict = said({ guardOutcome: 'redacted', guardScanners: '{"A":{}}', guardOutputScanners: '{"B":{}}' });
  expect([verdict?.outcome, verdict?.direction, verdict?.scanners.map(({ scanner }) => scanner)]).toEqual([
    'redacted',
    'both',
    ['A', 'B'],
  ]);
});

it('a scan that found something is blocked, a clean one says nothing', () => {
  expect(said({ guardScanType: 'output', guardIsValid: false })).toMatchObject({
    outcome: 'blocked',
    direction: 'output',
  });
  expect(said({ guardScanType: 'prompt', guardIsValid: true })).toBeNull();
  expect(said({})).toBeNull();
});

it('a budget that refused a call is said as such', () => {
  expect(said({}, 'budget_exceeded')?.outcome).toBe('over_budget');
});

it('scanners that are no JSON of ours are nothing', () => {
  for (const guardScanners of ['{', '[]', 'null', 7, '{"A":3}']) {
    const verdict = said({ guardOutcome: 'annotated', guardScanners });
    expect(verdict?.outcome).toBe('annotated');
    for (const finding of verdict!.scanners) expect(finding.score).toBeNull();
  }
});
