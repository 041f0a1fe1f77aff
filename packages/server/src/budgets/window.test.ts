import { expect, it } from 'vitest';
import { isoFromNanos, nanosFromIso } from '../query/time.ts';
import { windowAt } from './window.ts';

it.each([
  ['hour', '2026-11-21T18:24:13.5Z', '2026-11-21T18:00', '2026-11-21T19:00'],
  ['hour', '2026-12-31T23:59:59.999Z', '2026-12-31T23:00', '2027-01-01T00:00'],
  ['day', '2026-02-28T00:00:00Z', '2026-02-28T00:00', '2026-03-01T00:00'],
  ['day', '2028-02-28T12:00:00Z', '2028-02-28T00:00', '2028-02-29T00:00'],
  ['month', '2026-11-21T18:24:13Z', '2026-11-01T00:00', '2026-12-01T00:00'],
  ['month', '2026-12-01T00:00:00Z', '2026-12-01T00:00', '2027-01-01T00:00'],
] as const)('the %s of %s goes from %s to %s', (window, at, from, to) => {
  const found = windowAt(window, nanosFromIso(at));
  expect([isoFromNanos(found.from).slice(0, 16), isoFromNanos(found.to).slice(0, 16)]).toEqual([from, to]);
});
