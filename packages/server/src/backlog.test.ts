import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

const at = (offset: number, segment = 1) => ({ segment, offset });

describe('the backlog', () => {
  it('is full one byte over its limit', () => {
    const backlog = new Backlog(100);
    backlog.reading(90);
    expect([backlog.full(10), backlog.full(11)]).toEqual([false, true]);
  });

  it('counts bodies while they are read, and records until they are drained', () => {
    const backlog = new Backlog(100);
    backlog.reading(30);
    backlog.logged(at(10), 30);
    backlog.reading(-30);
    backlog.logged(at(5, 2), 20);
    expect(backlog.bytes).toBe(50);
    backlog.drained(at(10));
    expect(backlog.bytes).toBe(20);
    backlog.drained(at(5, 2));
    expect(backlog.bytes).toBe(0);
  });

  it('does not count a record that was drained before it was counted', () => {
    const backlog = new Backlog(100);
    backlog.drained(at(10));
    backlog.logged(at(10), 30);
    backlog.logged(at(11), 5);
    expect(backlog.bytes).toBe(5);
  });
});
