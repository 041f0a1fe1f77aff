import { expect, it } from 'vitest';
import { formatDuration } from './duration.ts';

it('a duration keeps about three digits in the unit that fits', () => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [0.0001, '1 µs'],
    [0.42, '420 µs'],
    [1, '1.0 ms'],
    [4.24, '4.2 ms'],
    [42.4, '42 ms'],
    [842.2, '842 ms'],
    [4213, '4.21 s'],
    [42_130, '42.1 s'],
    [187_000, '3 m 07 s'],
    [7_500_000, '2 h 05 m'],
    [273_600_000, '3 d 04 h'],
  ];
  expect(cases.map(([ms]) => formatDuration(ms))).toEqual(cases.map(([, text]) => text));
});

it('what rounds up to the next unit is shown in it', () => {
  expect([0.9996, 9.96, 999.6, 9996, 59_960, 3_599_600].map(formatDuration)).toEqual([
    '1.0 ms',
    '10 ms',
    '1.00 s',
    '10.0 s',
    '1 m 00 s',
    '1 h 00 m',
  ]);
});
