import { limits } from '@tallyspan/facts';
import { expect, it } from 'vitest';
import { pauseMs } from './follow.ts';

it('each pause is up to twice the one before, never the same for all, and never over the limit', () => {
  const pauses = (failures: number) => Array.from({ length: 200 }, () => pauseMs(failures));
  for (const [failures, longest] of [
    [1, 100],
    [2, 200],
    [5, 1_600],
    [9, 25_600],
    [10, limits.workloadRetryMsMax],
    [1e9, limits.workloadRetryMsMax],
  ] as const) {
    const found = pauses(failures);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(longest / 2);
    expect(Math.max(...found)).toBeLessThanOrEqual(longest);
    expect(new Set(found).size).toBeGreaterThan(100);
  }
});
