import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCall } from '../test/make-call.ts';
import { encodeSpans } from '../test/otlp-reference.ts';
import { PROTOBUF, send } from '../test/send.ts';
import { eventually, startTestServer, temporaryFolder } from '../test/start-test-server.ts';
import type { Trace } from './api.ts';
import { type ServerOptions, startServer } from './server.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const start = (options: Partial<ServerOptions> = {}) =>
  startServer({ port: 0, host: '127.0.0.1', dataDir, report: () => {}, ...options });
const codeOf = (starting: Promise<unknown>) =>
  starting.then(
    () => 'started',
    (error: { code?: string }) => error.code,
  );

describe('starting', () => {
  it('a taken port is PORT_TAKEN and names the next', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      fix: expect.stringContaining(`--port ${port + 1}`),
    });
    await new Promise((resolve) => other.close(resolve));
    // Nothing stayed open: the same folder starts on a free port.
    await (await start()).close();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])(
    '%s without keys is BIND_REFUSED before anything is opened',
    async (host) => {
      expect(await codeOf(start({ host, auth: { noAuth: true } }))).toBe('BIND_REFUSED');
      expect(await readdir(dataDir)).toEqual([]);
    },
  );

  it('a file where the folder should be is DATA_NOT_WRITABLE', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    expect(await codeOf(start({ dataDir: join(file, 'data') }))).toBe('DATA_NOT_WRITABLE');
    expect(await codeOf(start({ dataDir: file }))).toBe('DATA_NOT_WRITABLE');
  });

  it('a second server on the same folder is STORE_LOCKED, and the first is unharmed', async () => {
    const first = await start();
    expect(await codeOf(start())).toBe('STORE_LOCKED');
    // Ready once it has looked through its log, which takes a moment after the start.
    await expect.poll(async () => (await fetch(`${first.url}/readyz`)).ok, { timeout: 10_000 }).toBe(true);
    await first.close();
  });

  it('a damaged store is STORE_UNREADABLE and stays where it is', async () => {
    await (await start()).close();
    const file = join(dataDir, 'spans.duckdb');
    await writeFile(file, 'this is no database, and it is long enough to look at'.repeat(100));
    await expect(start()).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      fix: expect.stringContaining('spans.duckdb'),
    });
    expect(await readdir(dataDir)).toContain('spans.duckdb');
  });

  it('a folder that does not exist is made, for its owner alone', async () => {
    const deep = join(dataDir, 'a', 'b');
    await (await start({ dataDir: deep })).close();
    expect(await readdir(deep)).toContain('spans.duckdb');
    expect((await stat(deep)).mode & 0o777).toBe(0o700);
  });

  it('IPv6 loopback is taken too', async () => {
    const server = await start({ host: '::1' });
    expect(server.url).toBe(`http://[::1]:${server.port}`);
    expect((await fetch(`${server.url}/api/v1/traces`)).status).toBe(200);
    await server.close();
  });
});

describe('stopping', () => {
  it('what was acknowledged is there after the next start', async () => {
    const spans = Array.from({ length: 50 }, () => makeCall({}, { traceId: 'e'.repeat(32) }));
    const first = await startTestServer({ dataDir });
    const answers = await Promise.all(
      spans.map((span) => send(`${first.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans([span], 'protobuf') })),
    );
    await first.close();
    expect(answers.map(({ status }) => status)).toEqual(spans.map(() => 200));
    const second = await startTestServer({ dataDir });
    const { spans: found } = await second.get<Trace>(`/api/v1/traces/${'e'.repeat(32)}`);
    expect(found.map(({ spanId }) => spanId).sort()).toEqual(spans.map(({ spanId }) => spanId).sort());
    await second.close();
  });

  it('a request in flight is finished, a listener of the tail is let go, and idle connections are closed', async () => {
    const server = await startTestServer({ dataDir });
    const tail = await fetch(`${server.url}/api/v1/tail`);
    const tailEnd = tail.text();
    const idle = connect(server.port, '127.0.0.1');
    idle.on('error', () => {});
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (piece) => (answer += piece.toString()));
    const body = encodeSpans([makeCall({}, { traceId: 'f'.repeat(32) })], 'protobuf');
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.subarray(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = server.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write(body.subarray(10));
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await tailEnd).toBe('retry: 1000\n\n');
    socket.destroy();
    idle.destroy();
    const again = await startTestServer({ dataDir });
    await eventually(async () => (await fetch(`${again.url}/api/v1/traces/${'f'.repeat(32)}`)).ok || undefined);
    await again.close();
  });
});

describe('under way', () => {
  it('a sender that never finishes its headers or its body is cut off', async () => {
    const server = await startTestServer({ dataDir });
    const cut = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(server.port, '127.0.0.1');
        let answer = '';
        socket.on('data', (piece) => (answer += piece.toString()));
        socket.on('close', () => resolve(answer));
        socket.on('error', () => {});
        socket.write(text);
      });
    const answers = await Promise.all([
      cut('POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: '),
      cut('POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'),
    ]);
    for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
    await server.close();
  }, 40_000);

  it('a log that cannot be written is 503 with Retry-After between 1 and 30 seconds, and reading still works', async () => {
    const server = await startTestServer({ dataDir });
    // The log's folder is gone, so no segment can be made.
    await rm(join(dataDir, 'log'), { recursive: true });
    await writeFile(join(dataDir, 'log'), '');
    const body = encodeSpans([makeCall({}, { traceId: 'a1'.repeat(16) })], 'protobuf');
    const sent = await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body });
    expect([sent.status, sent.headers['content-type']]).toEqual([503, 'application/x-protobuf']);
    const seconds = Number(sent.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(30);
    expect((await fetch(`${server.url}/api/v1/traces`)).status).toBe(200);
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false, log: { writable: false } }]);

    await rm(join(dataDir, 'log'));
    await mkdir(join(dataDir, 'log'));
    expect((await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body })).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.close();
  });
});
