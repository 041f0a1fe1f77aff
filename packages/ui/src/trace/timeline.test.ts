import { expect, it } from 'vitest';
import { makeSpan } from '../../test/make-span.ts';
import { barOf, spanOfTime, ticksOf } from './timeline.ts';

it('a bar lies where its span lies in the trace, with the first chunk marked inside', () => {
  const span = makeSpan('s', null, { offsetMs: 250, durationMs: 500, timeToFirstChunkMs: 100 });
  expect(barOf(span, 1000)).toEqual({ left: 25, width: 50, firstChunk: 20 });
});

it('bars stay inside the drawing, also with a clock that goes wrong', () => {
  expect(barOf(makeSpan('s', null, { offsetMs: -50, durationMs: 5000 }), 1000)).toEqual({
    left: 0,
    width: 100,
    firstChunk: null,
  });
  expect(barOf(makeSpan('s', null, { offsetMs: 1000, durationMs: 0, timeToFirstChunkMs: 3 }), 1000)).toEqual({
    left: 100,
    width: 0,
    firstChunk: null,
  });
});

it('the drawing reaches to the end of the last span and is never of no length', () => {
  expect(spanOfTime([makeSpan('late', null, { offsetMs: 900, durationMs: 400 })], 1000)).toBe(1300);
  expect(spanOfTime([], 0)).toBe(1);
});

it('the axis has round steps', () => {
  const labels = (totalMs: number) => ticksOf(totalMs, 5).map((tick) => tick.label);
  expect(labels(1000)).toEqual(['0', '200 ms', '400 ms', '600 ms', '800 ms']);
  expect(labels(4213)).toEqual(['0', '1 s', '2 s', '3 s', '4 s']);
  expect(labels(12_000)).toEqual(['0', '5 s', '10 s']);
  expect(labels(0.4)).toEqual(['0', '100 µs', '200 µs', '300 µs']);
  expect(labels(95_000)).toEqual(['0', '20 s', '40 s', '1 m', '1 m 20 s']);
  expect(labels(3_000_000)).toEqual(['0', '10 m', '20 m', '30 m', '40 m']);
  expect(labels(40 * 3_600_000)).toEqual(['0', '12 h', '24 h', '36 h']);
});
