import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

/** A log of one segment, of which `end` bytes are written. */
const log = { end: 0, bytesAfter: ({ offset }: { offset: number }) => log.end - offset };

describe('the backlog', () => {
  it('is full one byte over its limit', () => {
    log.end = 40;
    const backlog = new Backlog(log, { segment: 1, offset: 10 }, 100);
    backlog.reading(60);
    expect(backlog.bytes).toBe(90);
    expect([backlog.full(10), backlog.full(11)]).toEqual([false, true]);
  });

  it('counts bodies while they are read, and the log until it is drained', () => {
    log.end = 0;
    const backlog = new Backlog(log, { segment: 1, offset: 0 }, 100);
    backlog.reading(30);
    log.end = 30;
    backlog.reading(-30);
    expect(backlog.bytes).toBe(30);
    backlog.drained({ segment: 1, offset: 30 });
    expect(backlog.bytes).toBe(0);
  });
});
