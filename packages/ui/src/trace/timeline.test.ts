import { expect, it } from 'vitest';
import { makeSpan } from '../../test/make-span.ts';
import { barOf, markOf, spanOfTime, ticksOf } from './timeline.ts';

const whole = (toMs: number) => ({ fromMs: 0, toMs });

it('a bar lies where its span lies in the trace, with the first chunk marked inside', () => {
  const span = makeSpan('s', null, { offsetMs: 250, durationMs: 500, timeToFirstChunkMs: 100 });
  expect(barOf(span, whole(1000))).toEqual({ left: 25, width: 50, firstChunk: 20, outside: null });
});

it('bars stay inside the drawing, also with a clock that goes wrong', () => {
  expect(barOf(makeSpan('s', null, { offsetMs: -50, durationMs: 5000 }), whole(1000))).toEqual({
    left: 0,
    width: 100,
    firstChunk: null,
    outside: null,
  });
  expect(barOf(makeSpan('s', null, { offsetMs: 1000, durationMs: 0, timeToFirstChunkMs: 3 }), whole(1000))).toEqual({
    left: 100,
    width: 0,
    firstChunk: null,
    outside: null,
  });
});

it('the drawing reaches to the end of the last span and is never of no length', () => {
  expect(spanOfTime([makeSpan('late', null, { offsetMs: 900, durationMs: 400 })], 1000)).toBe(1300);
  expect(spanOfTime([], 0)).toBe(1);
});

it('the axis has round steps', () => {
  const labels = (totalMs: number) => ticksOf(whole(totalMs), 5).map((tick) => tick.label);
  expect(labels(1000)).toEqual(['0', '200 ms', '400 ms', '600 ms', '800 ms']);
  expect(labels(4213)).toEqual(['0', '1 s', '2 s', '3 s', '4 s']);
  expect(labels(12_000)).toEqual(['0', '5 s', '10 s']);
  expect(labels(0.4)).toEqual(['0', '100 µs', '200 µs', '300 µs']);
  expect(labels(95_000)).toEqual(['0', '20 s', '40 s', '1 m', '1 m 20 s']);
  expect(labels(3_000_000)).toEqual(['0', '10 m', '20 m', '30 m', '40 m']);
  expect(labels(40 * 3_600_000)).toEqual(['0', '12 h', '24 h', '36 h']);
});

it('in a part of the time a bar is cut at its ends, and one outside says on which side it lies', () => {
  const part = { fromMs: 400, toMs: 600 };
  const span = (offsetMs: number, durationMs: number) => makeSpan('s', null, { offsetMs, durationMs });
  expect(barOf(span(300, 200), part)).toMatchObject({ left: 0, width: 50, outside: null });
  expect(barOf(span(500, 500), part)).toMatchObject({ left: 50, width: 50, outside: null });
  expect(barOf(span(0, 399), part).outside).toBe('before');
  expect(barOf(span(601, 5), part).outside).toBe('after');
  expect(barOf({ ...span(300, 200), timeToFirstChunkMs: 150 }, part).firstChunk).toBe(50);
  expect([markOf(500, part), markOf(399, part)]).toEqual([50, null]);
});

it('deep in a zoom the axis keeps the digits that differ', () => {
  const labels = (fromMs: number, toMs: number) => ticksOf({ fromMs, toMs }, 4).map((tick) => tick.label);
  expect(labels(1200, 2400)).toEqual(['1.5 s', '2.0 s']);
  expect(labels(1200, 1208)).toEqual(['1.200 s', '1.202 s', '1.204 s', '1.206 s']);
  expect(labels(4, 5)).toEqual(['4.0 ms', '4.5 ms']);
});
