/** Connections that are there to hold something up: thousands of slow ones, and HTTP/2 frames in floods. */
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, startHouse } from './house.ts';
import { bodyOfCalls, bodyWith, sendBody, usageOf } from './load.ts';

const CONNECTIONS = Number(process.env['SLOW_CONNECTIONS'] ?? 2_000);

let house: House;
let httpPort: number;
let grpcPort: number;
beforeAll(async () => {
  house = await startHouse('server');
  httpPort = Number(new URL(house.url).port);
  grpcPort = await house.grpcPort();
});
afterAll(() => house?.remove());

const body = bodyOfCalls(10);
let sent = 0;
/** Somebody who has done nothing wrong. */
const works = async () => (await sendBody(house.url, bodyWith(body, ++sent))).status;

/** Open sockets with these first bytes, that go on with one byte from time to time; how many the server has closed. */
async function open(port: number, count: number, first: (index: number) => string | Buffer, next: string) {
  const closed = new Set<Socket>();
  const sockets: Socket[] = [];
  for (let index = 0; index < count; index++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => closed.add(socket));
    socket.on('data', () => {});
    socket.write(first(index));
    sockets.push(socket);
    if (index % 100 === 99) await sleep(5);
  }
  const drip = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed) socket.write(next);
  }, 5_000);
  return {
    closed: () => closed.size,
    end() {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('slow senders', () => {
  it.each([
    ['headers', 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    [
      'a body',
      'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"resourceSpans":',
    ],
    ['a question', 'GET /api/v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ])('thousands that never finish %s are closed, and others are served all the while', async (_, first) => {
    const slow = await open(httpPort, CONNECTIONS, () => first, ' ');
    try {
      for (let times = 0; times < 5; times++) expect(await works()).toBe(200);
      // The limit is 15 seconds, looked at every half; the machine may have other things to do.
      await expect.poll(slow.closed, { timeout: 30_000, interval: 250 }).toBe(CONNECTIONS);
      expect(await works()).toBe(200);
    } finally {
      slow.end();
    }
  });

  it('thousands that speak HTTP/2 as far as its first frame are closed too', async () => {
    const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
    const slow = await open(grpcPort, CONNECTIONS, () => preface, '');
    try {
      expect(await works()).toBe(200);
      await expect.poll(slow.closed, { timeout: 30_000, interval: 250 }).toBe(CONNECTIONS);
    } finally {
      slow.end();
    }
  });

  it('more connections than there is room for are turned away, and when they are gone all is as before', async () => {
    const held = await open(httpPort, 2_300, () => 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: ', ' ');
    await expect.poll(held.closed, { timeout: 10_000 }).toBeGreaterThanOrEqual(2_300 - 2_048);
    held.end();
    await expect.poll(works, { timeout: 10_000 }).toBe(200);
  });
});

/** https://www.rfc-editor.org/rfc/rfc9113#section-4.1 */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
/** `:method POST`, `:path /`, `:scheme http` and an authority, from the static table. */
const headerBlock = Buffer.from([0x83, 0x84, 0x86, 0x41, 0x01, 0x78]);

/** Writes floods until the server closes the connection or all is written; answers whether it was closed. */
async function flood(pieces: (index: number) => Buffer, count: number): Promise<boolean> {
  const socket = connect(grpcPort, '127.0.0.1');
  let closed = false;
  socket.on('error', () => {});
  socket.on('close', () => (closed = true));
  socket.on('data', () => {});
  await once(socket, 'connect');
  socket.write(preface);
  for (let index = 0; index < count && !closed; index += 1) {
    if (!socket.write(pieces(index)))
      await Promise.race([once(socket, 'drain').catch(() => {}), once(socket, 'close').catch(() => {}), sleep(2_000)]);
  }
  for (let waits = 0; waits < 50 && !closed; waits++) await sleep(100);
  socket.destroy();
  return closed;
}

describe('floods of HTTP/2', () => {
  const batch = (make: (index: number) => Buffer) => (at: number) =>
    Buffer.concat(Array.from({ length: 100 }, (_, index) => make(at * 100 + index)));
  const streamOf = (index: number) => 1 + 2 * index;

  it.each([
    [
      'headers that go on and on',
      (at: number) => (at === 0 ? frame(1, 0, 1, headerBlock) : frame(9, 0, 1, Buffer.alloc(8_000, 0x40))),
    ],
    ['headers that go on without a byte', (at: number) => (at === 0 ? frame(1, 0, 1, headerBlock) : frame(9, 0, 1))],
    [
      'streams that are taken back at once',
      batch((index) =>
        Buffer.concat([
          frame(1, 5, streamOf(index), headerBlock),
          frame(3, 0, streamOf(index), Buffer.from([0, 0, 0, 8])),
        ]),
      ),
    ],
    ['settings', batch(() => frame(4, 0, 0))],
    ['pings', batch(() => frame(6, 0, 0, Buffer.alloc(8)))],
    ['data without a byte', (at: number) => (at === 0 ? frame(1, 4, 1, headerBlock) : batch(() => frame(0, 0, 1))(at))],
  ])('%s: the connection is closed or costs nothing, and others are served', async (_, pieces) => {
    const closed = await flood(pieces, 1_000);
    expect(await works()).toBe(200);
    const before = await usageOf(house.pid);
    await sleep(2_000);
    const after = await usageOf(house.pid);
    console.info(
      `${_}: ${closed ? 'closed' : 'left open'}, ${after.cpuMs - before.cpuMs} ms of processor in the next 2 s, ${Math.round(after.rssMiB)} MiB`,
    );
    // Back at rest; half of a core would be a flood that goes on by itself.
    expect(after.cpuMs - before.cpuMs).toBeLessThan(1_000);
    expect(after.rssMiB).toBeLessThan(1_024);
  });

  it('answers that nobody takes in wait in bounded number, and others are served', async () => {
    const session = connectHttp2(`http://127.0.0.1:${grpcPort}`, { settings: { initialWindowSize: 0 } });
    session.on('error', () => {});
    await once(session, 'connect');
    const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' };
    for (let calls = 0; calls < 500; calls++) {
      const stream = session.request(headers);
      stream.on('error', () => {});
      stream.end(Buffer.alloc(5));
    }
    await sleep(1_000);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(128);
    expect(await works()).toBe(200);
    session.destroy(undefined, constants.NGHTTP2_CANCEL);
  });
});
