import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { TallyError } from '@tallyspan/facts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryLog } from '../test/memory-log.ts';
import { makeCall } from '../test/make-call.ts';
import { decodeAnswer, encodeSpans } from '../test/otlp-reference.ts';
import { JSON_TYPE, PROTOBUF, send } from '../test/send.ts';
import { Backlog } from './backlog.ts';
import { createIngest } from './ingest.ts';

const body = encodeSpans([makeCall()], 'protobuf');

let log: MemoryLog;
let waiting: number;
let outcomes: unknown[];
let told: string[];
let url: string;
/** How long it takes to find out who somebody is. */
let lookUp: () => Promise<void>;
let released: number;
let server: ReturnType<typeof createServer>;

/** The ingest door alone, with a log in memory behind it and room for so many bytes. */
beforeEach(async () => {
  [log, waiting, outcomes, told] = [new MemoryLog(), 0, [], []];
  [lookUp, released] = [async () => {}, 0];
  const backlog = new Backlog({ bytesAfter: () => waiting }, { segment: 0, offset: 0 }, 10 * body.length);
  const ingest = createIngest({
    log,
    backlog,
    dataDir: '/data',
    onLogged: () => {},
    onWrite: (error) => outcomes.push(error),
    report: (line) => told.push(line),
    // Whoever says so is a tenant with a key.
    admit: async ({ header }) => {
      await lookUp();
      return { tenant: header('x-tenant') };
    },
    quotas: { admit: async () => ({ release: () => (released += 1) }), charge: () => {} },
  });
  server = createServer((request, response) => ingest(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
});
afterEach(() => void server.close());

const retryAfter = async () => {
  const { status, headers } = await send(url, { headers: PROTOBUF, body });
  expect(status).toBe(503);
  return Number(headers['retry-after']);
};

describe('a server that cannot keep up', () => {
  it('takes what still fits, and answers one byte more with 503', async () => {
    waiting = 9 * body.length;
    expect((await send(url, { headers: PROTOBUF, body })).status).toBe(200);
    waiting++;
    const sent = await send(url, { headers: PROTOBUF, body });
    expect([sent.status, decodeAnswer('RpcStatus', sent.body)]).toMatchObject([
      503,
      { code: 14, message: expect.stringMatching(/^The server has \d+ MiB waiting/) },
    ]);
    expect(log.records).toHaveLength(1);
    waiting = 0;
    expect((await send(url, { headers: PROTOBUF, body })).status).toBe(200);
  });

  it('spreads the senders over half a minute', async () => {
    waiting = 10 * body.length;
    const seconds = new Set<number>();
    for (let requests = 0; requests < 40; requests++) seconds.add(await retryAfter());
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(30);
    expect(seconds.size).toBeGreaterThan(5);
  });

  it('refuses a body of unknown length in the middle, and counts it no longer', async () => {
    const chunked = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };
    const long = `{"x":"${'y'.repeat(11 * body.length)}"}`;
    expect((await send(url, { headers: chunked, body: long })).status).toBe(503);
    expect((await send(url, { headers: PROTOBUF, body })).status).toBe(200);
  });
});

describe('a tenant that sends without end', () => {
  const sendAs = async (tenant: string) => send(url, { headers: { ...PROTOBUF, 'x-tenant': tenant }, body });

  it('is 429 at its share, while the others and senders without a tenant go on', async () => {
    const statuses: number[] = [];
    for (let requests = 0; requests < 7; requests++) statuses.push((await sendAs('greedy')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    waiting = 5 * body.length;
    expect([(await sendAs('modest')).status, (await sendAs('modest')).status]).toEqual([200, 200]);
    const refused = await sendAs('greedy');
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    expect((await send(url, { headers: PROTOBUF, body })).status).toBe(200);
    // No room for anybody is 503, also for who has taken little.
    waiting = 10 * body.length;
    expect((await sendAs('modest')).status).toBe(503);
  });
});

it('a sender that leaves while it is looked up is let go, and holds nothing', async () => {
  let found = () => {};
  const looking = new Promise<void>((asked) => {
    lookUp = () => {
      asked();
      return new Promise((resolve) => (found = resolve));
    };
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const head =
    'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Tenant: a\r\nContent-Length: 9';
  socket.write(`${head}\r\n\r\n{`);
  await looking;
  const left = new Promise((resolve) => server.once('connection', (other) => other.once('close', resolve)));
  socket.destroy();
  // Another one comes and goes after it, so the first one's leaving is known by then.
  connect(Number(new URL(url).port), '127.0.0.1').on('connect', function (this: Socket) {
    this.destroy();
  });
  await left;
  found();
  await expect.poll(() => released, { timeout: 10_000 }).toBe(1);
});

describe('a log that fails', () => {
  it.each([
    ['a full disk', new TallyError('STORAGE_FULL', { reason: 'no space left on device', dir: '/data' })],
    ['anything else', Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })],
  ])('%s is 503, never 200, and the sender may try again', async (_, failure) => {
    log.failure = failure;
    expect(await retryAfter()).toBeGreaterThanOrEqual(1);
    expect(outcomes).toEqual([failure]);
    log.failure = undefined;
    expect((await send(url, { headers: PROTOBUF, body })).status).toBe(200);
    expect(outcomes.at(-1)).toBeUndefined();
  });

  it('nothing of it reaches the operator as a bug', async () => {
    log.failure = new Error('EIO');
    await retryAfter();
    expect(told).toEqual([]);
  });
});
