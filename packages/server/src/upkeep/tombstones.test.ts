import { expect, it } from 'vitest';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import type { Job } from './jobs.ts';
import { Tombstones } from './tombstones.ts';

const askedMs = Date.now();
const job = (server: string, found: object): Job => ({
  ...{ id: 'j', version: 1, changedAt: askedMs },
  body: {
    ...{ kind: 'delete', state: 'running', step: '', who: '', from: '', server, askedMs },
    ...{ what: { user: 'bob', tenant: 'default' }, found: { ...found } },
  },
});
const of = (userId: string, tenant?: string) => ({ ...makeWireSpan(), facts: { userId, ...(tenant && { tenant }) } });

it('what another server deleted is left out of what was received before, and nothing else is', () => {
  const tombstones = new Tombstones();
  tombstones.load([job('other', {})], 'this');
  expect(tombstones.covers(of('bob'), askedMs)).toBe(true);
  expect(tombstones.covers(of('bob'), askedMs + 1)).toBe(false);
  expect(tombstones.covers(of('eve'), askedMs)).toBe(false);
  expect(tombstones.covers(of('bob', 'acme'), askedMs)).toBe(false);
});

it('what this server is about to delete is stored first, so that its children are known to be of it', () => {
  const tombstones = new Tombstones();
  tombstones.load([job('this', { spans: 3 })], 'this');
  expect(tombstones.covers(of('bob'), askedMs)).toBe(false);
  tombstones.load([job('this', { spans: 3, left: 0 })], 'this');
  expect(tombstones.covers(of('bob'), askedMs)).toBe(true);
});
