import { expect, it } from 'vitest';
import { formatAgo, formatExact, millisFromIso } from './time.ts';

const now = Date.UTC(2026, 10, 21, 12, 0, 0);
const before = (ms: number) => `${new Date(now - ms).toISOString().slice(0, -1)}456789Z`;

it('nanoseconds do not disturb the reading of a time', () => {
  expect(millisFromIso('2026-11-21T12:00:00.123456789Z')).toBe(Date.UTC(2026, 10, 21, 12, 0, 0, 123));
  expect(millisFromIso('2026-11-21T12:00:00Z')).toBe(now);
});

it('a recent time is relative, an older one a date', () => {
  expect([0, -50_000, 12_000, 240_000, 3 * 3_600_000].map((ms) => formatAgo(before(ms), now))).toEqual([
    'now',
    'now',
    '12 s ago',
    '4 m ago',
    '3 h ago',
  ]);
  expect(formatAgo(before(3 * 86_400_000), now)).toMatch(/^Nov 1[78], \d\d:\d\d$/);
  expect(formatAgo('2024-02-10T12:00:00Z', now)).toBe('Feb 10, 2024');
});

it('the exact time has milliseconds and names its zone', () => {
  expect(formatExact('2026-11-21T12:00:00.123456789Z')).toMatch(/Nov 2[012], 2026, \d\d:\d\d:00\.123 \S+/);
});

it('what is no time is shown as it came', () => {
  expect(formatAgo('yesterday', now)).toBe('yesterday');
  expect(formatExact('<b>')).toBe('<b>');
});
