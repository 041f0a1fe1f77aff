import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '@tallyspan/facts';
import { type GroupRow, noTotals, type Objects, openFileObjects } from '@tallyspan/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Alerts } from './alerts.ts';
import type { AlertDefinition } from './definition.ts';
import type { AlertStore } from './evaluate.ts';

let dir: string;
let objects: Objects;
let nowMs = 1_800_000_000_000;
let failedOf100: Record<string, number> = {};
let failing: Error | undefined;
const told: string[] = [];
const reported: string[] = [];

/** A hundred calls of each agent, of which so many failed. */
const store: AlertStore = {
  async groups() {
    if (failing) throw failing;
    const rows = Object.entries(failedOf100).map(([agent, errors]): GroupRow => ({
      ...noTotals(),
      ...{ key: [agent], calls: 100, errors, spans: 100, errorSpans: errors, runs: 1, sessions: 0, users: 0 },
      ...{ first: 0n, last: 0n },
    }));
    return { rows, truncated: false };
  },
  async costs() {
    return { rows: [], total: noTotals(), truncated: false };
  },
};
const open = () => new Alerts({ objects, store, report: (line) => reported.push(line), now: () => nowMs });
const alert: AlertDefinition = {
  name: 'errors',
  enabled: true,
  rule: { on: 'error_rate', scope: {}, by: 'agent', windowMinutes: 15, above: 20, callsMin: 10 },
  channels: [],
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tallyspan-alerts-'));
  objects = await openFileObjects(dir);
  [failedOf100, failing] = [{}, undefined];
  told.length = reported.length = 0;
});
afterEach(async () => {
  await objects.close();
  await rm(dir, { recursive: true, force: true });
});

/** Looks once, half a minute later, and answers what was told of since the last time. */
async function look(alerts: Alerts, failed: Record<string, number>): Promise<string[]> {
  failedOf100 = failed;
  nowMs += limits.alertEveryMs;
  await alerts.look();
  const all = (await alerts.history(1_000)).map(({ id, state, key }) => `${id} ${state} ${key}`).reverse();
  const fresh = all.filter((each) => !told.includes(each));
  told.push(...fresh);
  return fresh.map((each) => each.slice(each.indexOf(' ') + 1));
}

it('what swings around its mark is told of once, and of its end when it stayed clearly below for a while', async () => {
  const alerts = open();
  await alerts.put('a', alert);
  expect(await look(alerts, { crew: 20 })).toEqual([]);
  expect(await look(alerts, { crew: 21 })).toEqual(['firing crew']);
  for (let turn = 0; turn < 40; turn++) expect(await look(alerts, { crew: turn % 2 === 0 ? 19 : 30 })).toEqual([]);
  // Clearly below once is not over yet.
  expect(await look(alerts, { crew: 5 })).toEqual([]);
  expect(await look(alerts, { crew: 25 })).toEqual([]);
  expect(await look(alerts, { crew: 5 })).toEqual([]);
  expect(await look(alerts, { crew: 5 })).toEqual(['resolved crew']);
  expect(await look(alerts, { crew: 5 })).toEqual([]);
  // It fires again, and its quick end waits until five minutes have passed.
  expect(await look(alerts, { crew: 50 })).toEqual(['firing crew']);
  for (let looks = 1; looks < limits.alertHoldMs / limits.alertEveryMs; looks++)
    expect(await look(alerts, {})).toEqual([]);
  expect(await look(alerts, {})).toEqual(['resolved crew']);
  await alerts.close();
});

it('fires for each group by itself, and does not fire again after a restart', async () => {
  const alerts = open();
  await alerts.put('a', alert);
  expect(await look(alerts, { one: 50, two: 10 })).toEqual(['firing one']);
  await alerts.close();
  const again = open();
  expect(await look(again, { one: 50, two: 60 })).toEqual(['firing two']);
  await again.close();
});

it('of hundreds of groups one message tells', async () => {
  const alerts = open();
  const { put } = objects;
  const messages = new Map<string, { id: string; events: { text: string }[] }>();
  objects.put = (kind, id, body, expected) => {
    if (kind === 'alert-outbox') {
      const { message } = body as unknown as { message: { id: string; events: { text: string }[] } };
      messages.set(message.id, message);
    }
    return put(kind, id, body, expected);
  };
  await alerts.put('a', { ...alert, channels: [{ type: 'email', to: ['a@example.com'] }] });
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`agent ${index}`, 90]));
  await look(alerts, many);
  const [message, ...more] = messages.values();
  expect(more).toEqual([]);
  expect(message!.events).toHaveLength(limits.alertGroupsMax);
  expect(message!.events.at(-1)!.text).toContain('and 280 more like it');
  expect(await look(alerts, many)).toEqual([]);
  await alerts.close();
});

it('a store that does not answer is reported once, and rules are looked at again when it does', async () => {
  const alerts = open();
  await alerts.put('a', alert);
  failing = new Error('away');
  await look(alerts, {});
  await look(alerts, {});
  expect(reported).toEqual(['The alert a could not be looked at: away']);
  failing = undefined;
  expect(await look(alerts, { crew: 90 })).toEqual(['firing crew']);
  await alerts.close();
});
