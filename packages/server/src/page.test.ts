import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { send } from '../test/send.ts';
import { startTestServer, temporaryFolder, type TestServer } from '../test/start-test-server.ts';

let server: TestServer;
let bare: TestServer;
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'ui', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'hunter2');
  await writeFile(join(folder, 'ui', 'index.html'), '<!doctype html><title>the page</title>');
  await writeFile(join(folder, 'ui', 'favicon.svg'), '<svg/>');
  await writeFile(join(folder, 'ui', 'assets', 'main-abc123.js'), 'export {};');
  server = await startTestServer({ uiDir: join(folder, 'ui') });
  bare = await startTestServer({ uiDir: join(folder, 'nothing-here') });
});
afterAll(async () => {
  await server.end();
  await bare.end();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => send(server.url + path, { method: 'GET', headers });

it('the page is served at / and at every path that it routes itself', async () => {
  for (const path of ['/', '/traces/0af7651916cd43dd8448eb211c80319c', '/costs', '/deep/er?x=1']) {
    const { status, headers, text } = await get(path);
    expect([status, headers['content-type'], headers['cache-control'], text]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
      '<!doctype html><title>the page</title>',
    ]);
  }
});

it('assets with a hash in their name are kept for ever, other files are asked for again', async () => {
  expect((await get('/assets/main-abc123.js')).headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect((await get('/favicon.svg')).headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'cache-control': 'no-cache',
  });
});

it('an asset that is not there is 404, not the page', async () => {
  expect((await get('/assets/main-old.js')).status).toBe(404);
});

it.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/..%5csecret.txt',
  '/%00',
  '/%ff',
  '//etc/passwd',
])('%s leads nowhere', async (path) => {
  const { status, text } = await get(path);
  expect([200, 404]).toContain(status);
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain('root:');
});

it.each(['/', '/api/v1/traces', '/api/v1/nothing', '/readyz', '/assets/main-abc123.js'])(
  '%s carries the strict headers',
  async (path) => {
    const { headers } = await get(path);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  },
);

it('a page under another name is refused: it is somebody else who points at us', async () => {
  for (const path of ['/', '/api/v1/traces', '/openapi.json', '/assets/main-abc123.js']) {
    const { status, text } = await get(path, { host: 'evil.example:4318' });
    expect([status, JSON.parse(text)]).toMatchObject([403, { error: { code: 'HOST_REFUSED' } }]);
  }
  expect((await get('/', { host: `localhost:${server.port}` })).status).toBe(200);
});

it('probes come under any name', async () => {
  expect((await get('/healthz', { host: '10.0.0.7' })).status).toBe(200);
  const { status, text } = await get('/readyz', { host: '10.0.0.7' });
  expect([status, JSON.parse(text)]).toEqual([
    200,
    {
      ready: true,
      log: { writable: true, damagedBytes: 0 },
      drain: { caughtUp: true, setAside: 0 },
      backlog: { bytes: 0, bytesMax: 256 * 1024 ** 2 },
    },
  ]);
});

it('without a built page there is one that says what to do', async () => {
  const { status, text } = await send(bare.url, { method: 'GET' });
  expect(status).toBe(200);
  expect(text).toContain('Tallyspan is running');
  expect(text).toContain('npm run build -w @tallyspan/ui');
});

it('writing to the page is 405', async () => {
  expect((await send(`${server.url}/costs`, { method: 'POST' })).status).toBe(405);
});
