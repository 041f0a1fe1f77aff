import { limits } from '@tallyspan/facts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OpenRuns } from './open-runs.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function made() {
  const quiet: [string, number][] = [];
  const forgotten: string[] = [];
  const runs = new OpenRuns<string>({
    forgotten: (run) => void forgotten.push(run),
    quiet: (run, sinceMs) => void quiet.push([run, sinceMs]),
  });
  return { runs, quiet, forgotten };
}

it('a run that nothing is heard of for a minute is given up once, with how long ago it was heard of', () => {
  const { runs, quiet } = made();
  runs.set('1', 'left');
  vi.advanceTimersByTime(limits.silentStreamMsMax - 1);
  expect(quiet).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(quiet).toEqual([['left', limits.silentStreamMsMax]]);
  vi.advanceTimersByTime(10 * limits.silentStreamMsMax);
  expect(quiet).toHaveLength(1);
  // It may go on: what it belongs to is still known.
  expect(runs.get('1')).toBe('left');
});

it('asking for a run is hearing of it, and a run that ended is not given up', () => {
  const { runs, quiet } = made();
  runs.set('slow', 'slow');
  runs.set('ended', 'ended');
  expect(runs.take('ended')).toBe('ended');
  for (let heard = 0; heard < 5; heard++) {
    vi.advanceTimersByTime(limits.silentStreamMsMax - 1);
    expect(runs.get('slow')).toBe('slow');
  }
  expect(quiet).toEqual([]);
});

it(`${limits.openRunsMax} runs may be open; one more, and the first is forgotten`, () => {
  const { runs, forgotten } = made();
  for (let run = 1; run <= limits.openRunsMax; run++) runs.set(String(run), String(run));
  expect([forgotten, runs.size]).toEqual([[], limits.openRunsMax]);
  runs.set('last', 'last');
  expect([forgotten, runs.size]).toEqual([['1'], limits.openRunsMax]);
});
