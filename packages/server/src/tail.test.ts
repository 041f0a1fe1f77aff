import { limits } from '@tallyspan/facts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Tail } from './tail.ts';

const readText = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
  const { done, value } = await reader.read();
  return done ? undefined : new TextDecoder().decode(value);
};
const ids = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

describe('the live tail', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('a slow reader hears of several writes at once, each trace once', async () => {
    const tail = new Tail();
    const reader = tail.connect().getReader();
    tail.publish(['a']);
    tail.publish(['b', 'a']);
    tail.publish([]);
    expect(await readText(reader)).toBe('retry: 1000\n\n');
    expect(await readText(reader)).toBe('event: spans\ndata: {"traceIds":["a","b"]}\n\n');
    tail.publish(['c']);
    expect(await readText(reader)).toBe('event: spans\ndata: {"traceIds":["c"]}\n\n');
  });

  it('a reader that waits hears of each write once', async () => {
    const tail = new Tail();
    const reader = tail.connect().getReader();
    await readText(reader);
    const first = readText(reader);
    const second = readText(reader);
    tail.publish(['a']);
    tail.publish(['b']);
    expect(await first).toBe('event: spans\ndata: {"traceIds":["a"]}\n\n');
    expect(await second).toBe('event: spans\ndata: {"traceIds":["b"]}\n\n');
  });

  it('with a filter asks one question at a time, and tells of what it answers', async () => {
    const tail = new Tail();
    const asked: string[][] = [];
    const answers: ((chosen: string[]) => void)[] = [];
    const choose = (traceIds: readonly string[]) => {
      asked.push([...traceIds]);
      return new Promise<string[]>((resolve) => answers.push(resolve));
    };
    const reader = tail.connect(undefined, choose).getReader();
    await readText(reader);
    tail.publish(['a', 'b']);
    tail.publish(['c']);
    tail.publish(['c', 'd']);
    expect(asked).toEqual([['a', 'b']]);
    answers[0]!(['b']);
    expect(await readText(reader)).toBe('event: spans\ndata: {"traceIds":["b"]}\n\n');
    expect(asked[1]).toEqual(['c', 'd']);
    tail.publish(ids(limits.tailTracesMax));
    expect(tail.readers).toBe(1);
    tail.publish(['one more']);
    expect(tail.readers).toBe(0);
  });

  it('a filter that cannot be asked ends the tail, so that its reader comes back', async () => {
    const tail = new Tail();
    const reader = tail.connect(undefined, () => Promise.reject(new Error('the store is away'))).getReader();
    await readText(reader);
    tail.publish(['a']);
    expect(await readText(reader)).toBeUndefined();
    expect(tail.readers).toBe(0);
  });

  it('a silent tail shows a sign of life', async () => {
    const tail = new Tail();
    const reader = tail.connect().getReader();
    await readText(reader);
    vi.advanceTimersByTime(limits.tailHeartbeatMs);
    expect(await readText(reader)).toBe(': still here\n\n');
  });

  it('a reader that stops reading may fall so far behind, and is cut off one trace later', () => {
    const tail = new Tail();
    tail.connect();
    tail.publish(ids(limits.tailTracesMax));
    expect(tail.readers).toBe(1);
    tail.publish(['one more']);
    expect(tail.readers).toBe(0);
  });

  it('a reader that leaves is forgotten, and closing ends all others', async () => {
    const tail = new Tail();
    const leaving = tail.connect().getReader();
    const staying = tail.connect().getReader();
    await leaving.cancel();
    expect(tail.readers).toBe(1);
    await readText(staying);
    tail.close();
    expect(await readText(staying)).toBeUndefined();
    expect([tail.readers, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
