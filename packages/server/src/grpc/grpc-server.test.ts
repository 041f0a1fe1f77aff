/** OTLP/gRPC against the real server, by a stock client, and by hand where no client would go. */
import { connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Metadata } from '@grpc/grpc-js';
import { limits, TallyError } from '@tallyspan/facts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GrpcClient, grpcClient, type GrpcOutcome } from '../../test/grpc-call.ts';
import { makeCall } from '../../test/make-call.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { MemoryLog } from '../../test/memory-log.ts';
import { type OpenDoors, openDoors } from '../../test/open-doors.ts';
import { decodeAnswer, encode, encodeSpans } from '../../test/otlp-reference.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import type { Trace } from '../api.ts';
import { Backlog } from '../backlog.ts';
import { createGrpcServer, type GrpcServer } from './grpc-server.ts';

let server: TestServer;
let client: GrpcClient;
beforeAll(async () => {
  server = await startTestServer({ grpcPort: 0 });
  client = grpcClient(server.grpcPort!);
});
afterAll(async () => {
  client.close();
  await server.end();
});

const stored = (traceId: string) =>
  eventually(async () => {
    const response = await fetch(`${server.url}/api/v1/traces/${traceId}`);
    return response.ok ? ((await response.json()) as Trace) : undefined;
  }, `trace ${traceId}`);
const rejectedBy = (outcome: GrpcOutcome) =>
  decodeAnswer('ExportTraceServiceResponse', outcome.body!)['partialSuccess'] as
    | { rejectedSpans: number; errorMessage: string }
    | undefined;

describe('a stock gRPC client', () => {
  it.each([false, true])('delivers spans (gzip: %s), and they are found', async (gzip) => {
    const span = makeCall();
    const outcome = await client.export(encodeSpans([span], 'protobuf'), { gzip });
    expect([outcome.code, outcome.body?.length]).toEqual([0, 0]);
    expect((await stored(span.traceId)).spans[0]).toMatchObject({ spanId: span.spanId, operation: 'chat' });
  });

  it('delivers many calls over one connection at once', async () => {
    const spans = Array.from({ length: 300 }, () => makeCall());
    const outcomes = await Promise.all(spans.map((span) => client.export(encodeSpans([span], 'protobuf'))));
    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set([0]));
    await Promise.all(spans.slice(-3).map(({ traceId }) => stored(traceId)));
  });

  it('is told which spans were refused, and the rest is stored', async () => {
    const good = makeCall();
    const outcome = await client.export(encodeSpans([makeWireSpan({ spanId: '0'.repeat(16) }), good], 'protobuf'));
    expect(outcome.code).toBe(0);
    expect(rejectedBy(outcome)).toMatchObject({
      rejectedSpans: 1,
      errorMessage: expect.stringMatching(/^1 of 2 spans were refused\. 1: A span has no valid span id/),
    });
    expect((await stored(good.traceId)).spans).toHaveLength(1);
  });

  it('is told that metrics and logs are not stored here, and how many there were', async () => {
    const gauge = { name: 'm', gauge: { dataPoints: [{ asDouble: 1 }, { asDouble: 2 }] } };
    const metrics = encode('ExportMetricsServiceRequest', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [gauge] }] }],
    });
    const logs = encode('ExportLogsServiceRequest', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] });
    // The field has the same number for all signals.
    expect(rejectedBy(await client.export(metrics, { signal: 'metrics' }))?.rejectedSpans).toBe(2);
    expect(rejectedBy(await client.export(logs, { signal: 'logs' }))?.rejectedSpans).toBe(1);
  });

  it('nonsense is INVALID_ARGUMENT with a Status, and not to be sent again', async () => {
    const outcome = await client.export(Buffer.from([0x0a]));
    expect([outcome.code, outcome.message]).toEqual([
      3,
      expect.stringMatching(/^The body is no protobuf ExportTraceServiceRequest/),
    ]);
    expect(decodeAnswer('RpcStatus', outcome.details!)).toEqual({ code: 3, message: outcome.message });
  });

  it('a method that is not there is UNIMPLEMENTED', async () => {
    const outcome = await client.export(Buffer.alloc(0), { path: '/grpc.health.v1.Health/Check' });
    expect(outcome).toMatchObject({
      code: 12,
      message: 'There is no method "/grpc.health.v1.Health/Check" here.',
    });
  });

  it('a message of 64 MiB is read, one byte more is RESOURCE_EXHAUSTED and not to be sent again', async () => {
    // Unknown field 99: a length of 64 MiB less its own five or six bytes.
    const unknown = (bytes: number) => {
      const head = Buffer.from([0x9a, 0x06, 0, 0, 0, 0]);
      let length = bytes - head.length;
      for (let at = 2; at < 6; at++, length >>>= 7) head[at] = (length & 0x7f) | (at < 5 ? 0x80 : 0);
      return Buffer.concat([head, Buffer.alloc(bytes - head.length)]);
    };
    expect((await client.export(unknown(limits.bodyBytesMax))).code).toBe(0);
    for (const gzip of [false, true]) {
      const outcome = await client.export(unknown(limits.bodyBytesMax + 1), { gzip });
      expect([outcome.code, outcome.message]).toEqual([8, expect.stringMatching(/^The body is over 64 MiB/)]);
      // No RetryInfo: decoded, there is no third field.
      expect(decodeAnswer('RpcStatus', outcome.details!)).toEqual({ code: 8, message: outcome.message });
    }
  });

  it('a message with a hundred headers is taken, and ten thousand are refused without harm', async () => {
    const metadata = new Metadata();
    for (let index = 0; index < 100; index++) metadata.add(`x-${index}`, 'y');
    expect((await client.export(Buffer.alloc(0), { metadata })).code).toBe(0);
    for (let index = 100; index < 10_000; index++) metadata.add(`x-${index}`, 'y');
    const other = grpcClient(server.grpcPort!);
    const { code } = await other.export(Buffer.alloc(0), { metadata, deadline: new Date(Date.now() + 5_000) });
    other.close();
    expect(code).not.toBe(0);
    expect((await client.export(Buffer.alloc(0))).code).toBe(0);
  });

  it('text outside of ASCII in the error is percent-encoded, and comes out as it went in', async () => {
    const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
    const { headers } = await call(session, [], { 'grpc-encoding': 'naïve%' }, { flag: 1 });
    session.close();
    expect(headers['grpc-status']).toBe('12');
    expect(decodeURIComponent(headers['grpc-message'] as string)).toContain('is not understood');
  });
});

/** One call by hand. */
function call(
  session: ReturnType<typeof connectHttp2>,
  pieces: readonly Uint8Array[],
  headers: OutgoingHttpHeaders = {},
  frame: { flag?: number; length?: number; ends?: boolean } = {},
): Promise<{ headers: IncomingHttpHeaders }> {
  const body = Buffer.concat(pieces);
  const prefix = Buffer.alloc(5);
  prefix[0] = frame.flag ?? 0;
  prefix.writeUInt32BE(frame.length ?? body.length, 1);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let found: IncomingHttpHeaders = {};
    stream.on('response', (response) => (found = response));
    stream.on('trailers', (trailers) => (found = { ...found, ...trailers }));
    stream.on('close', () => resolve({ headers: found }));
    stream.on('error', reject);
    stream.resume();
    if (frame.ends === false) stream.write(Buffer.concat([prefix, body]));
    else stream.end(Buffer.concat([prefix, body]));
  });
}

describe('frames that no client sends', () => {
  const body = encodeSpans([makeCall()], 'protobuf');
  it.each([
    ['an unknown flag', [body], {}, { flag: 2 }, '13'],
    ['compression without saying which', [gzipSync(body)], {}, { flag: 1 }, '13'],
    ['an unknown compression', [body], { 'grpc-encoding': 'br' }, { flag: 1 }, '12'],
    ['an unknown compression that is not used', [body], { 'grpc-encoding': 'br' }, {}, '0'],
    ['gzip that is none', [body], { 'grpc-encoding': 'gzip' }, { flag: 1 }, '3'],
    ['gzip that ends early', [gzipSync(body).subarray(0, 30)], { 'grpc-encoding': 'gzip' }, { flag: 1 }, '3'],
    ['a bomb', [gzipSync(Buffer.alloc(limits.bodyBytesMax + 1))], { 'grpc-encoding': 'gzip' }, { flag: 1 }, '8'],
    ['a length of 4 GiB', [body], {}, { length: 0xffff_ffff }, '8'],
    ['a length of 4 GiB, and then nothing', [], {}, { length: 0xffff_ffff, ends: false }, '8'],
    ['half a message', [body], {}, { length: body.length + 1 }, '3'],
    ['two messages', [body, Buffer.alloc(5)], {}, { length: body.length }, '12'],
    ['spans and a charset', [body], { 'content-type': 'application/grpc+proto; charset=utf-8' }, {}, '0'],
  ] as [string, Uint8Array[], OutgoingHttpHeaders, { flag?: number; length?: number; ends?: boolean }, string][])(
    '%s',
    async (_, pieces, headers, frame, status) => {
      const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
      const answered = await call(session, pieces, headers, frame);
      session.close();
      expect([answered.headers[':status'], answered.headers['grpc-status']]).toEqual([200, status]);
      expect(answered.headers['grpc-accept-encoding']).toBe('identity,gzip');
    },
  );

  it.each([
    ['PUT', { ':method': 'PUT' }, 405],
    ['another content type', { 'content-type': 'application/json' }, 415],
    ['gRPC with JSON in it', { 'content-type': 'application/grpc+json' }, 415],
  ] as [string, OutgoingHttpHeaders, number][])('%s is refused in the words of HTTP', async (_, headers, status) => {
    const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
    expect((await call(session, [body], headers)).headers[':status']).toBe(status);
    session.close();
  });

  it('a call without any message is UNIMPLEMENTED, as the method takes one', async () => {
    const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
    const headers = await new Promise<IncomingHttpHeaders>((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
      });
      stream.on('response', resolve);
      stream.end();
    });
    session.close();
    expect(headers['grpc-status']).toBe('12');
  });

  it('what is no HTTP/2 at all is let go', async () => {
    const socket = connect(server.grpcPort!, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
    await closed;
    expect((await client.export(Buffer.alloc(0))).code).toBe(0);
  });

  it('ten thousand calls that are taken back at once end the connection, not the server', async () => {
    const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
    session.on('error', () => {});
    for (let index = 0; index < 10_000 && !session.destroyed; index++) {
      const stream = session.request({ ':method': 'POST', ':path': '/x', 'content-type': 'application/grpc' });
      stream.on('error', () => {});
      stream.close(8);
    }
    expect((await client.export(Buffer.alloc(0))).code).toBe(0);
    session.destroy();
  });
});

describe('a server that cannot take more', () => {
  const body = encodeSpans([makeCall()], 'protobuf');
  let doors: OpenDoors;
  beforeAll(async () => {
    doors = await openDoors(10 * body.length);
  });
  afterAll(() => doors.close());
  /** google.rpc.Status with RetryInfo in it: the seconds are its last byte. */
  const retrySecondsOf = ({ details }: GrpcOutcome) => {
    expect(details!.includes('type.googleapis.com/google.rpc.RetryInfo')).toBe(true);
    return details!.at(-1)!;
  };

  it('answers UNAVAILABLE with RetryInfo, and takes what comes when there is room again', async () => {
    doors.waiting = 10 * body.length;
    const outcome = await doors.grpc.export(body);
    expect([outcome.code, outcome.message]).toEqual([14, expect.stringMatching(/^The server has \d+ MiB waiting/)]);
    expect(retrySecondsOf(outcome)).toBeGreaterThanOrEqual(1);
    expect(retrySecondsOf(outcome)).toBeLessThanOrEqual(limits.retrySecondsMax);
    doors.waiting = 0;
    expect((await doors.grpc.export(body)).code).toBe(0);
    expect(doors.log.records).toHaveLength(1);
  });

  it('counts a message while it arrives, refuses it where it passes the room, and counts it no longer', async () => {
    doors.waiting = 0;
    expect((await doors.grpc.export(Buffer.alloc(11 * body.length))).code).toBe(14);
    expect((await doors.grpc.export(body)).code).toBe(0);
  });

  it.each([
    ['a full disk', new TallyError('STORAGE_FULL', { reason: 'no space left on device', dir: '/data' })],
    ['a broken disk', Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })],
  ])('%s is UNAVAILABLE with RetryInfo, never OK, and no bug', async (_, failure) => {
    doors.waiting = 0;
    doors.log.failure = failure;
    const outcome = await doors.grpc.export(body);
    doors.log.failure = undefined;
    expect(outcome.code).toBe(14);
    expect(retrySecondsOf(outcome)).toBeGreaterThanOrEqual(1);
    expect(doors.told).toEqual([]);
  });
});

describe('a sender that is slow', () => {
  const body = encodeSpans([makeCall()], 'protobuf');
  let grpc: GrpcServer;
  let url: string;
  const open = async (times: { messageMsMax?: number; idleMsMax?: number }) => {
    const log = new MemoryLog();
    const backlog = new Backlog({ bytesAfter: () => 0 }, { segment: 0, offset: 0 }, 10 * body.length);
    const nothing = () => {};
    grpc = createGrpcServer({
      log,
      backlog,
      dataDir: '/data',
      onLogged: nothing,
      onWrite: nothing,
      report: nothing,
      ...times,
    });
    await new Promise<void>((resolve) => grpc.server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(grpc.server.address() as AddressInfo).port}`;
  };
  afterEach(() => grpc.close());

  it('with half a message is told DEADLINE_EXCEEDED, which it may send again', async () => {
    await open({ messageMsMax: 50 });
    const session = connectHttp2(url);
    const { headers } = await call(session, [body], {}, { length: body.length + 1, ends: false });
    session.close();
    expect(headers['grpc-status']).toBe('4');
  });

  it('that connects and says nothing is let go', async () => {
    await open({ messageMsMax: 50 });
    const session = connectHttp2(url);
    session.on('error', () => {});
    await new Promise((resolve) => session.once('close', resolve));
  });

  it('that has nothing to say for long is let go in order', async () => {
    await open({ idleMsMax: 50 });
    const session = connectHttp2(url);
    const goneAway = new Promise<number>((resolve) => session.once('goaway', resolve));
    expect((await call(session, [body])).headers['grpc-status']).toBe('0');
    expect(await goneAway).toBe(0);
  });

  it('whose message is refused half way leaves nothing open', async () => {
    await open({});
    const closed = new Promise((resolve) => grpc.server.once('stream', (stream) => stream.once('close', resolve)));
    const other = grpcClient((grpc.server.address() as AddressInfo).port);
    expect((await other.export(Buffer.alloc(limits.bodyBytesMax))).code).toBe(14);
    await closed;
    other.close();
  });
});
