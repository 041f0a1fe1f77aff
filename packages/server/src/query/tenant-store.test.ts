import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { type Dimension, openDuckdbStore, type Store, type StoredSpan } from '@tallyspan/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { temporaryFolder } from '../../test/start-test-server.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

const traceId = 'ab'.repeat(16);
/** The same ids and names for everybody; only what is secret differs. */
const spansOf = (tenant: string): StoredSpan[] =>
  [1, 2].map((number) => ({
    ...makeWireSpan({
      traceId,
      spanId: String(number).padStart(16, '0'),
      name: `chat ${tenant}`,
      attributes: { [`key of ${tenant}`]: `value of ${tenant}` },
    }),
    facts: {
      tenant,
      operation: 'chat',
      agent: `agent of ${tenant}`,
      guardOutcome: 'blocked',
      guardScanners: JSON.stringify({ [`scanner of ${tenant}`]: { score: 1 } }),
    },
    cost: { source: 'computed', nanos: tenant === 'acme' ? 1n : 1_000n, lines: [] },
  }));

let store: Store;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openDuckdbStore({ file: join(folder, 'spans.duckdb') });
  await store.add([...spansOf('acme'), ...spansOf('beta')]);
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const by: Dimension[] = ['tenant', 'agent'];
/** Every question there is, asked about everybody. */
const questions: { [Name in keyof QueryStore]: (asked: QueryStore, tenant?: string) => Promise<unknown> } = {
  traces: (asked, tenant) => asked.traces({ ...(tenant !== undefined && { tenant }) }, { limit: 9 }),
  trace: (asked) => asked.trace(traceId),
  traceSummary: (asked) => asked.traceSummary(traceId),
  outline: (asked, tenant) => asked.outline({ traceId, ...(tenant !== undefined && { tenant }) }),
  costs: (asked, tenant) => asked.costs(by, { ...(tenant !== undefined && { tenant }) }),
  spans: (asked, tenant) => asked.spans({ ...(tenant !== undefined && { tenant }) }, { limit: 9 }),
  groups: (asked, tenant) =>
    asked.groups({ by, of: 'spans', filter: { ...(tenant !== undefined && { tenant }) }, order: 'cost', limit: 9 }),
  values: (asked, tenant) => asked.values('agent', '', { ...(tenant !== undefined && { tenant }) }, 9),
  attributeKeys: (asked, tenant) => asked.attributeKeys('attr', '', { ...(tenant !== undefined && { tenant }) }, 9),
  scanners: (asked, tenant) => asked.scanners({ ...(tenant !== undefined && { tenant }) }, 9),
};
const text = (answer: unknown) =>
  JSON.stringify(answer, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)) ?? '';

describe("a tenant's key", () => {
  it.each(Object.keys(questions) as (keyof QueryStore)[])('asking for %s is told of its own only', async (name) => {
    const own = text(await questions[name](storeFor(store, { tenant: 'acme' })));
    expect(own).toContain('acme');
    expect(own).not.toContain('beta');
    expect(own).not.toMatch(/\b[12]?000\b/);
    const all = text(await questions[name](storeFor(store, { tenant: undefined })));
    expect(all).toMatch(/acme|4/);
    expect(all).toMatch(/beta|"spans":4/);
  });

  it.each((Object.keys(questions) as (keyof QueryStore)[]).filter((name) => !/^trace(Summary)?$/.test(name)))(
    'asking for %s of another tenant is told of nothing',
    async (name) => {
      const own = text(await questions[name](storeFor(store, { tenant: 'acme' }), 'beta'));
      expect(own).not.toMatch(/acme|beta/);
    },
  );
});
