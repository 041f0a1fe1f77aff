import type { Prices } from '@tallyspan/facts';
import type { StoredSpan } from '@tallyspan/store';
import { expect, it } from 'vitest';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import type { JobBody } from './jobs.ts';
import { repriceRunner } from './reprice-job.ts';

/** A nano-dollar becomes three. */
const prices: Prices = {
  version: 'new',
  price: () => ({ source: 'computed', nanos: 3n, lines: [], version: 'new' }),
};
const call = (number: number): StoredSpan => ({
  ...makeWireSpan({ spanId: String(number).padStart(16, '0'), start: BigInt(number) }),
  facts: { operation: 'chat', responseModel: 'm', inputTokens: 1 },
  cost: { source: 'computed', nanos: 1n, lines: [], version: 'old' },
});

it('a run that failed in the middle of a page goes on there, and neither loses nor doubles a figure', async () => {
  const stored = new Map(Array.from({ length: 1_200 }, (_, index) => [index, call(index)]));
  let failures = 1;
  const store = {
    async spans(_: unknown, { limit, before }: { limit: number; before?: { start: bigint } }) {
      const all = [...stored.values()].sort((left, right) => Number(right.start - left.start));
      return all.filter(({ start }) => before === undefined || start < before.start).slice(0, limit);
    },
    async replace(replacements: readonly { span: StoredSpan }[]) {
      for (const [index, { span }] of replacements.entries()) {
        if (Number(span.start) < 700 && index > 100 && failures-- > 0) throw new Error('the disk is full');
        stored.set(Number(span.start), span);
      }
    },
  };
  let kept: JobBody = {
    ...{ kind: 'reprice', state: 'running', step: '', who: '', from: '', server: '', askedMs: 0 },
    ...{ what: { dryRun: false }, found: {} },
  };
  const run = (): Promise<number | undefined> => {
    // What a later process reads is what was written, and nothing else.
    const body = structuredClone(kept);
    const save = async (change: Partial<JobBody>) => void (kept = structuredClone(Object.assign(body, change)));
    return repriceRunner({ store, prices })({ id: 'j', body, save, pause: async () => {} });
  };
  await expect(run()).rejects.toThrow('the disk is full');
  expect(await run()).toBeUndefined();
  expect(kept.found['sums']).toMatchObject({
    ...{ spans: 1_200, changed: 1_200 },
    models: [{ model: 'm', calls: 1_200, changed: 1_200, oldNanos: '1200', newNanos: '3600' }],
  });
  expect([...stored.values()].every(({ cost }) => cost?.nanos === 3n)).toBe(true);
});
