import { limits, type Prices } from '@tallyspan/facts';
import type { LogPosition, LogEntry, StoredSpan } from '@tallyspan/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeWireSpan } from '../test/make-wire-span.ts';
import { MemoryLog } from '../test/memory-log.ts';
import { encodeSpans } from '../test/otlp-reference.ts';
import { eventually } from '../test/start-test-server.ts';
import { Drain } from './drain.ts';

/** A store that only counts, and fails when told to. */
class FakeStore {
  batches: StoredSpan[][] = [];
  at: LogPosition | undefined;
  refuses: (spans: readonly StoredSpan[]) => boolean = () => false;
  tries = 0;

  position = () => Promise.resolve(this.at);
  settledPosition = () => this.at;
  async add(spans: readonly StoredSpan[], position?: LogPosition) {
    this.tries++;
    if (this.refuses(spans)) throw new Error('no\u001b[31m');
    if (spans.length > 0) this.batches.push([...spans]);
    this.at = position ?? this.at;
    return { added: spans.length, traceIds: [...new Set(spans.map((span) => span.traceId))] };
  }
  get names(): string[] {
    return this.batches.flat().map((span) => span.name);
  }
}

const noPrices: Prices = { version: 'none', price: () => undefined };

let log: MemoryLog;
let store: FakeStore;
let told: string[];
let aside: LogEntry[];
let notices: string[][];
let drain: Drain;

const append = (...names: string[]) =>
  log.append({
    meta: { signal: 'traces', contentType: 'protobuf', receivedAt: 0 },
    body: encodeSpans(
      names.map((name, index) => makeWireSpan({ name, spanId: (index + 1).toString(16).padStart(16, '0') })),
      'protobuf',
    ),
  });

beforeEach(() => {
  [log, store, told, aside, notices] = [new MemoryLog(), new FakeStore(), [], [], []];
  drain = new Drain({
    log,
    store,
    prices: noPrices,
    setAside: async (record) => void aside.push(record),
    onSpans: (traceIds) => notices.push([...traceIds]),
    onDrained: () => {},
    report: (line) => told.push(line),
    retryMs: { first: 1, max: 5 },
  });
});
afterEach(async () => {
  store.refuses = () => false;
  vi.useFakeTimers();
  const stopped = drain.stop();
  await vi.advanceTimersByTimeAsync(limits.stopMsMax);
  await stopped;
  vi.useRealTimers();
});

describe('the drain', () => {
  it('stores what waits in the log in one batch, remembers where it stands, trims the log and tells the tail', async () => {
    await append('a', 'b');
    await append('c');
    drain.start();
    await eventually(() => log.trimmed);
    expect(store.batches.map((batch) => batch.map((span) => span.name))).toEqual([['a', 'b', 'c']]);
    expect([store.at, log.trimmed]).toEqual([
      { segment: 1, offset: 2 },
      { segment: 1, offset: 2 },
    ]);
    expect(notices).toEqual([['0af7651916cd43dd8448eb211c80319c']]);
    expect(drain.caughtUp).toBe(true);
  });

  it('goes on where the store stands', async () => {
    await append('old');
    await append('new');
    store.at = { segment: 1, offset: 1 };
    drain.start();
    await eventually(() => log.trimmed);
    expect(store.names).toEqual(['new']);
  });

  it('wakes up for what arrives later', async () => {
    drain.start();
    await eventually(() => drain.caughtUp || undefined);
    await append('late');
    drain.notify();
    await eventually(() => store.names.length || undefined);
    expect(store.names).toEqual(['late']);
  });

  it('stores a batch of the largest size whole, and one span more in two', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
    await append(...names(limits.drainSpansMax));
    drain.start();
    await eventually(() => log.trimmed);
    expect(store.batches.map((batch) => batch.length)).toEqual([limits.drainSpansMax]);
    await append(...names(limits.drainSpansMax + 128));
    drain.notify();
    await eventually(() => (log.trimmed?.offset === 2 ? true : undefined));
    expect(store.batches.map((batch) => batch.length)).toEqual([limits.drainSpansMax, limits.drainSpansMax, 128]);
  });

  it('tries again while the store fails, says so once, and says when it is over', async () => {
    store.refuses = () => true;
    await append('a');
    drain.start();
    await eventually(() => (store.tries > 20 ? true : undefined));
    expect(drain.failing).toBe('no\\u001b[31m');
    expect(told).toEqual(['Spans wait in the log: no\\u001b[31m']);
    expect(aside).toEqual([]);
    store.refuses = () => false;
    await eventually(() => log.trimmed);
    expect(store.names).toEqual(['a']);
    expect(drain.failing).toBeUndefined();
    expect(told.at(-1)).toBe('The store takes spans again.');
  });

  it('sets aside the one record that the store cannot take, and stores the others', async () => {
    await append('a');
    await append('poison');
    await append('b', 'c');
    store.refuses = (spans) => spans.some((span) => span.name === 'poison');
    drain.start();
    await eventually(() => (log.trimmed?.offset === 3 ? true : undefined));
    expect(store.names).toEqual(['a', 'b', 'c']);
    expect(aside.map(({ position }) => position.offset)).toEqual([2]);
    expect([drain.setAsideCount, drain.failing]).toEqual([1, undefined]);
  });

  it('sets aside a record that cannot be read, and goes on', async () => {
    await append('a');
    log.records.push({ position: { segment: 1, offset: 2 }, meta: log.records[0]!.meta, body: Buffer.from([0xff]) });
    await append('b');
    drain.start();
    await eventually(() => (log.trimmed?.offset === 3 ? true : undefined));
    expect(store.names).toEqual(['a', 'b']);
    expect(aside.map(({ position }) => position.offset)).toEqual([2]);
  });

  it('stops while the store fails, and leaves the rest in the log', async () => {
    store.refuses = () => true;
    await append('a');
    drain.start();
    await eventually(() => drain.failing);
    await drain.stop();
    expect([store.names, log.trimmed, aside]).toEqual([[], undefined, []]);
  });

  it('stores a batch when it has 32 MiB of the log, and not one byte before', async () => {
    const meta = { signal: 'traces', contentType: 'json', receivedAt: 0 } as const;
    const padded = (bytes: number, name: string) =>
      Buffer.concat([encodeSpans([makeWireSpan({ name })], 'json'), Buffer.alloc(bytes, 0x20)]).subarray(0, bytes);
    const half = limits.drainBytesMax / 2;
    // A clock that stands, or the longest delay of a batch could end it first.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    for (const [bytes, name] of [
      [half, 'a'],
      [half, 'b'],
      [half, 'c'],
      [half - 1, 'd'],
      [1_000, 'e'],
    ] as const) {
      await log.append({ meta, body: padded(bytes, name) });
    }
    drain.start();
    await eventually(() => (log.trimmed?.offset === 5 ? true : undefined));
    clock.mockRestore();
    expect(store.batches.map((batch) => batch.map((span) => span.name))).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  it('does not wait for the end of a log that has none', async () => {
    const endless = (async function* () {
      for (let offset = 1; store.names.length === 0; offset++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield { ...log.records[0]!, position: { segment: 1, offset } };
      }
    })();
    await append('a');
    log.read = () => endless;
    drain.start();
    await eventually(() => store.names[0]);
    expect(store.batches[0]!.length).toBeGreaterThan(1);
  });

  it('a store that hangs is waited for so long and no longer', async () => {
    await append('a');
    store.add = () => new Promise(() => {});
    drain.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    vi.useFakeTimers();
    let stopped = false;
    void drain.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(limits.stopMsMax - 1);
    expect(stopped).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(stopped).toBe(true);
    vi.useRealTimers();
  });

  it('stores what is left when it is told to stop', async () => {
    drain.start();
    await eventually(() => drain.caughtUp || undefined);
    await append('last');
    drain.notify();
    await drain.stop();
    expect(store.names).toEqual(['last']);
  });
});
