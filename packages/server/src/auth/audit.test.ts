import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '@tallyspan/facts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLockedServer } from '../../test/ask-with.ts';
import { temporaryFolder } from '../../test/start-test-server.ts';
import { type Audit, openAudit } from './audit.ts';

let dir: string;
const opened: Audit[] = [];
const open = async (fileBytesMax = 1_000_000, filesMax = 4): Promise<Audit> => {
  const audit = await openAudit(dir, (line) => told.push(line), { fileBytesMax, filesMax });
  opened.push(audit);
  return audit;
};
let told: string[] = [];
beforeEach(async () => {
  dir = await temporaryFolder();
  told = [];
});
afterEach(async () => {
  for (const audit of opened.splice(0)) await audit.close().catch(() => {});
  await rm(dir, { recursive: true, force: true });
});

const deed = (target: string) => ({ who: 'key k_1', action: 'putQuota', target, from: '127.0.0.1', outcome: 'ok' });
const all = async (audit: Audit, book: 'actions' | 'refusals' = 'actions') =>
  (await audit.page(book, 10_000, () => true)).entries;

describe('the audit log', () => {
  it('has what was told when it is opened again, newest first, page by page', async () => {
    const first = await open();
    for (let index = 0; index < 25; index++) await first.tell(deed(`t${index}`));
    await first.close();
    const audit = await open();
    await audit.tell(deed('t25'));
    const seen: string[] = [];
    let next: Parameters<Audit['page']>[3];
    do {
      const page = await audit.page('actions', 10, () => true, next);
      seen.push(...page.entries.map(({ target }) => target!));
      next = page.next;
    } while (next);
    expect(seen).toEqual(Array.from({ length: 26 }, (_, index) => `t${25 - index}`));
  });

  it('goes on after half a line that a crash left, and tells nothing of it', async () => {
    const first = await open();
    await first.tell(deed('before'));
    await first.close();
    await appendFile(join(dir, 'actions', '000001.jsonl'), '{"at":"2026-11');
    const audit = await open();
    await audit.tell(deed('after'));
    expect((await all(audit)).map(({ target }) => target)).toEqual(['after', 'before']);
  });

  it('keeps so many files of so many bytes, and the newest lines', async () => {
    const audit = await open(1_000, 3);
    for (let index = 0; index < 100; index++) await audit.tell(deed(`t${index}`));
    const files = await readdir(join(dir, 'actions'));
    expect(files).toHaveLength(3);
    for (const file of files) expect((await stat(join(dir, 'actions', file))).size).toBeLessThanOrEqual(1_000);
    const targets = (await all(audit)).map(({ target }) => target);
    expect(targets[0]).toBe('t99');
    expect(targets.length).toBeGreaterThan(10);
  });

  it('tells many refusals in few lines, apart from what was done', async () => {
    const audit = await open();
    await audit.tell(deed('done'));
    const refusal = { who: 'anonymous', action: 'POST /v1/traces', from: '10.0.0.1', outcome: 'UNAUTHENTICATED' };
    for (let index = 0; index < 1_000; index++) audit.refused(refusal);
    for (let index = 0; index < limits.auditRefusalsMax + 50; index++)
      audit.refused({ ...refusal, from: `10.0.1.${index}` });
    const refusals = await all(audit, 'refusals');
    expect(refusals).toHaveLength(limits.auditRefusalsMax + 1);
    expect(refusals.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(1_000 + limits.auditRefusalsMax + 50);
    expect(refusals.at(-1)).toMatchObject({ ...refusal, count: 1_000 });
    expect((await all(audit)).map(({ target }) => target)).toEqual(['done']);
  });

  it('that cannot be written is told to the operator with what it would say', async () => {
    const audit = await open();
    await audit.close();
    await audit.tell(deed('lost'));
    expect(told.join()).toMatch(/cannot be written.*"target":"lost"/);
  });
});

it('the server writes down what admins did and who was refused, and no key', async () => {
  const server = await startLockedServer();
  const acme = await server.makeKey({ scope: 'admin', tenant: 'acme' });
  await server.ask('POST', '/api/v1/keys', acme.secret, { name: 'x', scope: 'ingest' });
  await server.ask('DELETE', '/api/v1/keys/nobody', server.admin);
  await server.ask('GET', `/api/v1/${server.admin}/x`);
  for (let time = 0; time < 3; time++) await server.ask('GET', `/api/v1/traces?key=${server.admin}`);
  await server.ask('GET', '/api/v1/keys', await server.make({ scope: 'read' }));
  expect((await server.ask('GET', '/api/v1/export?format=jsonl', server.admin)).status).toBe(200);
  const actions = (await server.ask('GET', '/api/v1/audit', server.admin)).json;
  expect(actions.entries.map(({ action, outcome }: Record<string, string>) => `${action} ${outcome}`)).toEqual([
    'exportData ok',
    'createKey ok',
    'revokeKey NOT_FOUND',
    'createKey ok',
    'createKey ok',
  ]);
  expect(actions.entries[2]).toMatchObject({ target: '/api/v1/keys/nobody', from: '127.0.0.1', tenant: null });
  const refusals = (await server.ask('GET', '/api/v1/audit?of=refusals', server.admin)).json;
  expect(
    refusals.entries
      .map(({ action, outcome, count }: Record<string, string>) => `${action} ${outcome} ${count}`)
      .sort(),
  ).toEqual([
    'GET /api/v1/keys FORBIDDEN 1',
    'GET /api/v1/tally_…/x UNAUTHENTICATED 1',
    'GET /api/v1/traces UNAUTHENTICATED 3',
  ]);
  // A tenant's admin sees what its keys did.
  const own = (await server.ask('GET', '/api/v1/audit', acme.secret)).json;
  expect(own.entries).toMatchObject([{ action: 'createKey', tenant: 'acme', who: `key ${acme.key.id}` }]);
  expect(JSON.stringify([actions, refusals])).not.toContain(server.admin);
  const page = (await server.ask('GET', '/api/v1/audit?limit=1', server.admin)).json;
  const next = (await server.ask('GET', `/api/v1/audit?limit=1&cursor=${page.nextCursor}`, server.admin)).json;
  expect([page.entries[0], next.entries[0]]).toEqual(actions.entries.slice(0, 2));
  expect((await server.ask('GET', '/api/v1/audit?cursor=x', server.admin)).status).toBe(400);
  await server.end();
});
