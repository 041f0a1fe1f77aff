import { describe, expect, it } from 'vitest';
import { spendAnomalies } from './spend-anomalies.ts';

const cents = (value: number) => BigInt(Math.round(value * 1e7));
/** The last window first. */
const spend = (value: string, ...past: number[]) => ({
  value,
  calls: 3,
  nanos: new Map(past.map((cent, index) => [index, cents(cent)] as const).filter(([, nanos]) => nanos > 0n)),
});
const judge = (spends: ReturnType<typeof spend>[], windows = 8, minNanos = cents(10)) =>
  spendAnomalies(spends, { windows, minNanos, length: 'hour' });

describe('spending', () => {
  it('much more than usual is an anomaly, and says how much and how usual', () => {
    expect(judge([spend('crew', 1240, 100, 110, 120, 110, 90, 110, 130, 110)])).toEqual([
      {
        value: 'crew',
        nanos: cents(1240),
        usualNanos: cents(110),
        calls: 3,
        times: 11.27,
        score: 102.73,
        explanation: '$12.40 in the last hour; usually $1.10 (median of 8), 11 times as much.',
      },
    ]);
  });

  it('as usual, or a little more, is none', () => {
    expect(judge([spend('crew', 140, 100, 110, 120, 110, 90, 110, 130, 110)])).toEqual([]);
    expect(judge([spend('wild', 900, 10, 800, 20, 700, 900, 30, 600, 500)])).toEqual([]);
  });

  it('is not hidden by one wild window before', () => {
    expect(judge([spend('crew', 1000, 100, 5000, 120, 110, 90, 110, 130, 110)])).toHaveLength(1);
  });

  it('so little that it is not worth a word is none, and exactly as much as is worth one is', () => {
    const [past, min] = [[1, 1, 1, 1, 1, 1, 1, 1], cents(10)];
    expect(judge([spend('small', 9.9, ...past)], 8, min)).toEqual([]);
    expect(judge([spend('small', 11, ...past)], 8, min)).toHaveLength(1);
  });

  it('now and then, as a nightly job does, is none as long as it is not much more than ever', () => {
    expect(judge([spend('nightly', 520, 0, 0, 0, 500, 0, 0, 0, 480)])).toEqual([]);
    expect(judge([spend('nightly', 2000, 0, 0, 0, 500, 0, 0, 0, 480)])[0]?.explanation).toBe(
      '$20.00 in the last hour; never more than $5.00 in 8 before, 4.0 times as much.',
    );
  });

  it('of somebody new is an anomaly when it is worth a word', () => {
    expect(judge([spend('new', 300), spend('newer', 5)])).toEqual([
      expect.objectContaining({
        value: 'new',
        times: null,
        explanation: '$3.00 in the last hour; nothing in 8 before.',
      }),
    ]);
  });

  it('is compared with five windows at least', () => {
    const jump = spend('crew', 1000, 10, 10, 10, 10, 10);
    expect(judge([jump], 4)).toEqual([]);
    expect(judge([jump], 5)).toHaveLength(1);
  });

  it('comes dearest first', () => {
    expect(judge([spend('a', 300), spend('b', 900), spend('c', 500)]).map(({ value }) => value)).toEqual([
      'b',
      'c',
      'a',
    ]);
  });
});
