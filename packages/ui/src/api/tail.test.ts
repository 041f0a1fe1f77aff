import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Tail, type TailSource } from './tail.ts';

class Source implements TailSource {
  closed = false;
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.closed = true;
  }
  emit(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data });
  }
}

const sources: Source[] = [];
const told: (string[] | null)[] = [];
let tail: Tail;
const last = () => sources.at(-1)!;
const spans = (...traceIds: string[]) => last().emit('spans', JSON.stringify({ traceIds }));

beforeEach(() => {
  vi.useFakeTimers();
  sources.length = told.length = 0;
  tail = new Tail(() => {
    sources.push(new Source());
    return last();
  });
  tail.onSpans((traceIds) => told.push(traceIds && [...traceIds]));
});
afterEach(() => vi.useRealTimers());

it('events that come close together are told once', () => {
  tail.start();
  last().emit('open');
  spans('a', 'b');
  spans('b', 'c');
  expect(told).toEqual([]);
  vi.advanceTimersByTime(250);
  expect(told).toEqual([['a', 'b', 'c']]);
  vi.advanceTimersByTime(5_000);
  expect(told).toHaveLength(1);
});

it('a lost connection is said, tried again ever more slowly, and told as a gap when it is back', () => {
  const states: string[] = [];
  tail.onState(() => states.push(tail.state));
  tail.start();
  last().emit('open');
  last().emit('error');
  expect(last().closed).toBe(true);
  const waits = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const [i, wait] of waits.entries()) {
    vi.advanceTimersByTime(wait - 1);
    expect(sources).toHaveLength(i + 1);
    vi.advanceTimersByTime(1);
    expect(sources).toHaveLength(i + 2);
    if (i < waits.length - 1) last().emit('error');
  }
  last().emit('open');
  expect(states).toEqual(['live', 'lost', 'live']);
  expect(told).toEqual([null]);
});

it('after a success the waiting starts from one second again', () => {
  tail.start();
  last().emit('error');
  vi.advanceTimersByTime(1_000);
  last().emit('error');
  vi.advanceTimersByTime(2_000);
  last().emit('open');
  last().emit('error');
  vi.advanceTimersByTime(1_000);
  expect(sources).toHaveLength(4);
});

it('a stopped tail is silent, and its next start tells of the gap', () => {
  tail.start();
  last().emit('open');
  spans('a');
  tail.stop();
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
  expect(sources).toHaveLength(1);
  tail.start();
  last().emit('open');
  expect(told).toEqual([null]);
});

it('a person who does not want to wait can try at once', () => {
  tail.start();
  last().emit('error');
  tail.retryNow();
  tail.retryNow();
  last().emit('open');
  expect(tail.state).toBe('live');
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(2);
});

it('an event of a stream that was left behind changes nothing', () => {
  tail.start();
  last().emit('error');
  vi.advanceTimersByTime(1_000);
  last().emit('open');
  sources[0]!.emit('error');
  expect(tail.state).toBe('live');
});

it('events without trace ids are passed over', () => {
  tail.start();
  last().emit('open');
  for (const data of ['', '{', '[]', 'null', '{"traceIds":7}', '{"traceIds":[1]}']) last().emit('spans', data);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([]);
});
