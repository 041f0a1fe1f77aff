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

describe('a tenant’s share of the backlog', () => {
  const at = (offset: number) => ({ segment: 1, offset });

  it('is half for one alone, a third for each of two, and so on: there is room for the next one', () => {
    log.end = 0;
    const backlog = new Backlog(log, at(0), 120);
    expect([backlog.overShare('a', 60), backlog.overShare('a', 61)]).toEqual([false, true]);
    backlog.reading(60, 'a');
    expect([backlog.overShare('b', 40), backlog.overShare('b', 41)]).toEqual([false, true]);
    backlog.reading(40, 'b');
    // The one that had more than its share now waits; whoever has less goes on.
    expect([backlog.overShare('a', 0), backlog.overShare('b', 0)]).toEqual([true, false]);
  });

  it('counts what lies in the log until it is drained', () => {
    const backlog = new Backlog(log, at(0), 120);
    backlog.logged(at(30), 30, 'a');
    backlog.logged(at(60), 30, 'a');
    expect(backlog.overShare('a', 1)).toBe(true);
    backlog.drained(at(30));
    expect([backlog.overShare('a', 30), backlog.overShare('a', 31)]).toEqual([false, true]);
    backlog.drained(at(60));
    expect(backlog.overShare('b', 60)).toBe(false);
    // Drained before anybody said that it was logged.
    backlog.logged(at(60), 60, 'a');
    expect(backlog.overShare('a', 60)).toBe(false);
  });
});
