import { rm } from 'node:fs/promises';
import { limits } from '@tallyspan/facts';
import { type Objects, openFileObjects } from '@tallyspan/store';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../test/start-test-server.ts';
import { newKey } from './api-key.ts';
import { openAuthority, type Authority } from './authority.ts';
import { keyAuthenticator } from './key-authenticator.ts';
import { KeyStore } from './key-store.ts';

/**
 * What servers on one ClickHouse share: the same objects, each remembering what it read for as long as the limit allows. How that is
 * kept to, the tests of the driver show; here that nothing is remembered on top of it.
 */
class Shared {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  seenBy(): Objects {
    const objects = this.#objects;
    const seen = new Map<string, { at: number; kind: Promise<Awaited<ReturnType<Objects['list']>>> }>();
    const list = (kind: string, msMax: number = limits.objectsStaleMsMax) => {
      const known = seen.get(kind);
      if (known && performance.now() - known.at <= msMax) return known.kind;
      const fresh = { at: performance.now(), kind: objects.list(kind) };
      seen.set(kind, fresh);
      return fresh.kind;
    };
    const get = async (kind: string, id: string) =>
      (await list(kind)).find((each) => each.id === id) ?? (await list(kind, 0)).find((each) => each.id === id);
    const changed = <Result>(kind: string, result: Result): Result => {
      seen.delete(kind);
      return result;
    };
    return {
      list: list as Objects['list'],
      get: get as Objects['get'],
      put: async (kind, ...rest) => changed(kind, await objects.put(kind, ...rest)),
      delete: async (kind, id) => changed(kind, await objects.delete(kind, id)),
      close: async () => {},
    };
  }
}

async function share(): Promise<Shared> {
  const dir = await temporaryFolder();
  const objects = await openFileObjects(dir);
  onTestFinished(async () => {
    await objects.close();
    await rm(dir, { recursive: true });
  });
  return new Shared(objects);
}

/** Who may do what, as one of the servers sees it. */
async function replica(shared: Shared): Promise<Authority> {
  const dataDir = await temporaryFolder();
  const authority = await openAuthority({ host: '0.0.0.0', dataDir, objects: shared.seenBy(), report: () => {} });
  onTestFinished(async () => {
    await authority.close();
    await rm(dataDir, { recursive: true });
  });
  return authority;
}

/** Waits, as far as anybody looks at the clock. */
function later(ms: number): void {
  const [now, date] = [performance.now.bind(performance), Date.now.bind(Date)];
  const clocks = [
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ms),
    vi.spyOn(Date, 'now').mockImplementation(() => date() + ms),
  ];
  onTestFinished(() => clocks.forEach((clock) => clock.mockRestore()));
}

const visitor = (key: string) => ({
  header: (name: string) => (name === 'x-api-key' ? key : undefined),
  ...{ method: 'GET', path: '/', from: '' },
});

it('a key made on one server is good on the others at once, and one revoked there is refused when half a second has passed', async () => {
  const shared = await share();
  const [here, there] = [await replica(shared), await replica(shared)];
  const { key, secret } = await here.keys.create({ name: 'x', scope: 'read', createdBy: 'a test' });
  expect(await there.admit(visitor(secret), 'read')).toMatchObject({ who: `key ${key.id}` });
  await here.keys.revoke(key.id);
  await expect(here.admit(visitor(secret), 'read')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  later(limits.objectsStaleMsMax + 1);
  await expect(there.admit(visitor(secret), 'read')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('a browser that signed in at one server is known to the others', async () => {
  const shared = await share();
  const [here, there] = [await replica(shared), await replica(shared)];
  const { key } = await here.keys.create({ name: 'x', scope: 'read', createdBy: 'a test' });
  const { token } = await here.sessions.begin(key);
  expect(await there.sessions.authenticate(token)).toMatchObject({ who: `key ${key.id}` });
});

it('two servers that start at once make one admin key together, or each one of its own, and both are good', async () => {
  const shared = await share();
  const both = await Promise.all([replica(shared), replica(shared)]);
  const made = (await Promise.all(both.map((each) => each.ensureAdmin()))).filter((secret) => secret !== undefined);
  expect(made.length).toBeGreaterThan(0);
  for (const secret of made) for (const each of both) await each.admit(visitor(secret), 'admin');
});

it('while the keys cannot be read senders go on for a while, and nobody reads', async () => {
  let isAway = false;
  const secret = newKey('admin');
  const record = { id: '', version: 1, changedAt: 0, body: {} };
  const objects = {
    list: async () => [],
    get: async () => {
      if (isAway) throw new Error('connection refused');
      return record;
    },
    put: async (_kind: string, id: string, body: object) => Object.assign(record, { id, body }),
    delete: async () => true,
    close: async () => {},
  } as never;
  const keys = new KeyStore(objects);
  const made = await keys.create({ name: 'x', scope: 'admin', createdBy: 'a test' }, secret);
  const authenticator = keyAuthenticator(keys);
  expect(await authenticator.authenticate(made.secret)).not.toHaveProperty('unsure');
  isAway = true;
  expect(await authenticator.authenticate(made.secret)).toMatchObject({ unsure: true });
  // One that was not seen before may be anybody's.
  await expect(authenticator.authenticate(newKey('ingest'))).rejects.toMatchObject({ code: 'AUTH_UNAVAILABLE' });
  later(limits.keyUnreadableMsMax + 1);
  await expect(authenticator.authenticate(made.secret)).rejects.toMatchObject({ code: 'AUTH_UNAVAILABLE' });
});
