import { expect, it } from 'vitest';
import { isWhole, pan, readZoom, windowAround, windowBetween, wholeOf, zoomAt, zoomText } from './zoom.ts';

const TOTAL = 1_000;

it('zooming keeps the moment under the pointer where it is', () => {
  const near = zoomAt(wholeOf(TOTAL), TOTAL, 4, 800);
  expect(near).toEqual({ fromMs: 600, toMs: 850 });
  expect((800 - near.fromMs) / (near.toMs - near.fromMs)).toBeCloseTo(0.8, 9);
});

it('zooming out ends at the whole trace, and zooming in at a microsecond', () => {
  expect(zoomAt({ fromMs: 100, toMs: 900 }, TOTAL, 0.1, 500)).toEqual({ fromMs: 0, toMs: TOTAL });
  const deepest = zoomAt({ fromMs: 500, toMs: 500.002 }, TOTAL, 1_000, 500.001);
  expect(deepest.toMs - deepest.fromMs).toBeCloseTo(0.001, 9);
});

it('moving stops at both ends and keeps the width', () => {
  expect(pan({ fromMs: 100, toMs: 300 }, TOTAL, -500)).toEqual({ fromMs: 0, toMs: 200 });
  expect(pan({ fromMs: 100, toMs: 300 }, TOTAL, 5_000)).toEqual({ fromMs: 800, toMs: 1_000 });
});

it('what is drawn from right to left is the same part', () => {
  expect(windowBetween(700, 200, TOTAL)).toEqual(windowBetween(200, 700, TOTAL));
  expect(windowBetween(-50, 2_000, TOTAL)).toEqual(wholeOf(TOTAL));
  expect(windowAround(990, 100, TOTAL).toMs).toBe(TOTAL);
});

it('the part stands in the address and is read back; what is no part of this trace shows all', () => {
  const part = { fromMs: 12.5, toMs: 480 };
  expect(zoomText(part, TOTAL)).toBe('12.5-480');
  expect(readZoom('12.5-480', TOTAL)).toEqual(part);
  expect(zoomText(wholeOf(TOTAL), TOTAL)).toBeUndefined();
  for (const text of [undefined, '', 'a-b', '480-12', '5-5', '2000-3000', '-1-5', '1e3-2e3'])
    expect(isWhole(readZoom(text, TOTAL), TOTAL), text).toBe(true);
});
