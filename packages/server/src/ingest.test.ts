import { connect } from 'node:net';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { limits, type WireSpan } from '@tallyspan/facts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWireSpan } from '../test/make-wire-span.ts';
import { decodeAnswer, encode, encodeSpans } from '../test/otlp-reference.ts';
import { JSON_TYPE, PROTOBUF, send, type Sent } from '../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../test/start-test-server.ts';
import type { Trace } from './api.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

let made = 0;
/** A span with ids of its own. */
const freshSpan = (part: Partial<WireSpan> = {}): WireSpan => {
  made++;
  return makeWireSpan({
    traceId: made.toString(16).padStart(32, 'a'),
    spanId: made.toString(16).padStart(16, 'b'),
    ...part,
  });
};
const post = (body: Uint8Array | string, headers: Record<string, string | string[]>, path = '/v1/traces') =>
  send(server.url + path, { body, headers });
const stored = (traceId: string, spans = 1) =>
  eventually(async () => {
    const response = await fetch(`${server.url}/api/v1/traces/${traceId}`);
    const trace = response.ok ? ((await response.json()) as Trace) : undefined;
    return trace && trace.spans.length >= spans ? trace : undefined;
  }, `trace ${traceId}`);

/** An error as the specification wants it: google.rpc.Status in the format of the request. */
function statusOf(sent: Sent): { status: number; type: string | undefined; code: unknown; message: unknown } {
  const type = sent.headers['content-type'];
  const answer =
    type === 'application/json'
      ? (JSON.parse(sent.text) as Record<string, unknown>)
      : decodeAnswer('RpcStatus', sent.body);
  return { status: sent.status, type, code: answer['code'], message: answer['message'] };
}
const aStatus = (status: number, format: 'protobuf' | 'json', message: RegExp) => ({
  status,
  type: format === 'json' ? 'application/json' : 'application/x-protobuf',
  code: rpcCodes[status],
  message: expect.stringMatching(message) as unknown,
});
const rpcCodes: Record<number, number> = { 400: 3, 404: 5, 405: 12, 413: 8, 415: 3, 503: 14 };

describe('POST /v1/traces', () => {
  it.each(['protobuf', 'json'] as const)(
    '%s is acknowledged with an empty answer in the same format, and then found',
    async (format) => {
      const span = freshSpan({ name: 'chat gpt-4o', attributes: { 'gen_ai.operation.name': 'chat', own: 'thing' } });
      const headers = format === 'json' ? JSON_TYPE : PROTOBUF;
      const sent = await post(encodeSpans([span], format), headers);
      expect([sent.status, sent.headers['content-type'], sent.text]).toEqual([
        200,
        headers['content-type'],
        format === 'json' ? '{}' : '',
      ]);
      expect((await stored(span.traceId)).spans[0]).toMatchObject({
        spanId: span.spanId,
        operation: 'chat',
        attributes: { own: 'thing' },
      });
    },
  );

  it('gzip is understood, and so is a charset, and so is any case', async () => {
    const span = freshSpan();
    const headers = { 'content-type': 'Application/JSON; charset=UTF-8', 'content-encoding': 'GZIP' };
    expect((await post(gzipSync(encodeSpans([span], 'json')), headers)).status).toBe(200);
    expect((await stored(span.traceId)).spans).toHaveLength(1);
  });

  it('gzip in several members is one body', async () => {
    const body = encodeSpans([freshSpan()], 'protobuf');
    const members = Buffer.concat([gzipSync(body.subarray(0, 10)), gzipSync(body.subarray(10))]);
    expect((await post(members, { ...PROTOBUF, 'content-encoding': 'gzip' })).status).toBe(200);
  });

  it('a body in chunks without a length is understood', async () => {
    const span = freshSpan();
    expect((await post(encodeSpans([span], 'protobuf'), { ...PROTOBUF, 'transfer-encoding': 'chunked' })).status).toBe(
      200,
    );
    expect((await stored(span.traceId)).spans).toHaveLength(1);
  });

  it.each(['protobuf', 'json'] as const)('an attribute called __proto__ in %s is an attribute', async (format) => {
    const odd = JSON.parse('{"__proto__":{"polluted":"yes"},"constructor":"c"}') as WireSpan['attributes'];
    const span = freshSpan({ attributes: odd, events: [{ name: 'e', time: 1n, attributes: odd }], resource: odd });
    expect((await post(encodeSpans([span], format), format === 'json' ? JSON_TYPE : PROTOBUF)).status).toBe(200);
    const [found] = (await stored(span.traceId)).spans;
    for (const attributes of [found!.attributes, found!.resource, found!.events[0]!.attributes]) {
      expect(Object.entries(attributes)).toEqual(expect.arrayContaining(Object.entries(odd)));
    }
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it.each([
    ['an empty protobuf body', '', PROTOBUF],
    ['an empty list', '{"resourceSpans":[]}', JSON_TYPE],
    ['only keys that nobody knows', '{"future":{"a":[1,{"b":null}]}}', JSON_TYPE],
    ['a byte order mark', '\ufeff{}', JSON_TYPE],
    ['`__proto__` as a key', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}', JSON_TYPE],
  ])('%s is fine: 200 and nothing stored', async (_, body, headers) => {
    const sent = await post(body, headers);
    expect([sent.status, sent.text]).toEqual([200, headers === JSON_TYPE ? '{}' : '']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each(['protobuf', 'json'] as const)(
    'bad spans in %s are refused alone, with their number and reasons, and the rest is stored',
    async (format) => {
      const good = freshSpan();
      const bad = [
        freshSpan({ traceId: '0'.repeat(32) }),
        freshSpan({ spanId: '0'.repeat(16) }),
        freshSpan({ spanId: '0'.repeat(16) }),
        freshSpan({ start: 2n ** 64n - 1n }),
        freshSpan({ parentSpanId: 'abcd' }),
      ];
      const sent = await post(encodeSpans([...bad, good], format), format === 'json' ? JSON_TYPE : PROTOBUF);
      expect(sent.status).toBe(200);
      const answer =
        format === 'json' ? (JSON.parse(sent.text) as object) : decodeAnswer('ExportTraceServiceResponse', sent.body);
      const rejectedSpans = format === 'json' ? '5' : 5;
      expect(answer).toMatchObject({ partialSuccess: { rejectedSpans } });
      const { errorMessage } = (answer as { partialSuccess: { errorMessage: string } }).partialSuccess;
      expect(errorMessage).toMatch(/^5 of 6 spans were refused\. 2: A span has no valid span id\. Ids are 8 bytes/);
      expect(errorMessage).toContain('Other reasons: 1.');
      expect((await stored(good.traceId)).spans).toHaveLength(1);
    },
  );

  it('a time that no clock shows is quoted, not trusted', async () => {
    const sent = await post(encodeSpans([freshSpan({ start: 2n ** 63n, end: 2n ** 63n })], 'json'), JSON_TYPE);
    expect(sent.text).toContain('start 9223372036854775808');
  });

  it.each([
    ['protobuf that ends early', encodeSpans([makeWireSpan()], 'protobuf').subarray(0, 40), PROTOBUF, 'protobuf'],
    ['JSON that ends early', '{"resourceSpans":[', JSON_TYPE, 'json'],
    ['no JSON at all', '', JSON_TYPE, 'json'],
    ['NaN as a number', '{"resourceSpans":NaN}', JSON_TYPE, 'json'],
    ['brackets 100,000 deep', '['.repeat(100_000), JSON_TYPE, 'json'],
    ['groups 100,000 deep', Buffer.alloc(100_000, 0x0b), PROTOBUF, 'protobuf'],
    [
      'logs in protobuf',
      encode('ExportLogsServiceRequest', {
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '5', severityNumber: 9 }] }] }],
      }),
      PROTOBUF,
      'protobuf',
    ],
    ['logs in JSON', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}', JSON_TYPE, 'json'],
    ['JSON said to be protobuf', '{"resourceSpans":[]}', PROTOBUF, 'protobuf'],
    ['protobuf said to be JSON', encodeSpans([makeWireSpan()], 'protobuf'), JSON_TYPE, 'json'],
    [
      'gzip that ends early',
      gzipSync(Buffer.alloc(9_999)).subarray(0, 25),
      { ...PROTOBUF, 'content-encoding': 'gzip' },
      'protobuf',
    ],
    ['gzip that is none', 'hello', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'json'],
    ['gzip with a wrong checksum', breakChecksum(gzipSync('{}')), { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'json'],
    [
      'gzip with junk behind it',
      Buffer.concat([gzipSync('{}'), Buffer.from('junk')]),
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
      'json',
    ],
    ['gzip within gzip', gzipSync(gzipSync('{}')), { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'json'],
  ] as const)('%s is 400 with a Status', async (_, body, headers, format) => {
    expect(statusOf(await post(body, headers))).toEqual(aStatus(400, format, /^The body is no (protobuf|JSON|gzip)/));
  });

  it.each([
    ['another content type', { 'content-type': 'text/plain' }, /^Content-Type "text\/plain" is not understood/],
    [
      'a form, which any web page may send',
      { 'content-type': 'application/x-www-form-urlencoded' },
      /is not understood/,
    ],
    ['no content type', {}, /^Content-Type \(none\) is not understood/],
    ['two content types', { 'content-type': ['application/json', 'application/x-protobuf'] }, /is not understood/],
    ['brotli', { ...JSON_TYPE, 'content-encoding': 'br' }, /^Content-Encoding "br" is not understood/],
    ['gzip twice', { ...JSON_TYPE, 'content-encoding': 'gzip, gzip' }, /^Content-Encoding "gzip, gzip"/],
    [
      'two content encodings',
      { ...JSON_TYPE, 'content-encoding': ['gzip', 'deflate'] },
      /^Content-Encoding "gzip, deflate"/,
    ],
  ] as [string, Record<string, string | string[]>, RegExp][])('%s is 415', async (_, headers, message) => {
    expect(statusOf(await post('{}', headers))).toEqual(aStatus(415, 'json', message));
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])('%s is 405 and says what is taken', async (method) => {
    const sent = await send(`${server.url}/v1/traces`, { method });
    expect([sent.status, sent.headers.allow]).toEqual([405, 'POST']);
  });

  it('a path that is none of OTLP is 404', async () => {
    expect(statusOf(await post('{}', JSON_TYPE, '/v1/profiles'))).toEqual(
      aStatus(404, 'json', /^There is no OTLP path \/v1\/profiles/),
    );
  });

  it('a body of 64 MiB is read, one byte more is 413', async () => {
    const whole = (bytes: number) => Buffer.concat([Buffer.from('{}'), Buffer.alloc(bytes - 2, 0x20)]);
    expect((await post(whole(limits.bodyBytesMax), JSON_TYPE)).status).toBe(200);
    expect(statusOf(await post(whole(limits.bodyBytesMax + 1), JSON_TYPE))).toEqual(
      aStatus(413, 'json', /^The body is over 64 MiB/),
    );
    const chunked = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };
    expect(statusOf(await post(whole(limits.bodyBytesMax + 1), chunked))).toEqual(
      aStatus(413, 'json', /^The body is over 64 MiB/),
    );
  });

  it('a length over 64 MiB is refused before a byte of the body is there', async () => {
    const answer = await raw(
      `POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\nContent-Length: 67108865\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('Expect: 100-continue is answered by the refusal instead of "continue"', async () => {
    const head =
      'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n';
    expect(await raw(`${head}Content-Length: 67108865\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await raw(`${head}Content-Length: 2\r\n\r\n`, '{}')).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /,
    );
  });

  it('a request with a length and chunks at once is no request', async () => {
    const head =
      'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await raw(`${head}0\r\n\r\nGET /api/v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  it('a gzip bomb is 413 and never takes more memory than two bodies', async () => {
    const bomb = await gzipOfZeros(1024 ** 3);
    expect(bomb.length).toBeLessThan(2 * 1024 ** 2);
    const before = process.memoryUsage().rss;
    let peak = before;
    const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 1);
    const sent = await post(bomb, { ...PROTOBUF, 'content-encoding': 'gzip' });
    clearInterval(watching);
    expect(statusOf(sent)).toEqual(aStatus(413, 'protobuf', /^The body is over 64 MiB/));
    expect(peak - before).toBeLessThan(2 * limits.bodyBytesMax);
  });

  it('empty gzip members for ever are 413 too', async () => {
    const member = gzipSync('');
    const body = Buffer.alloc(limits.bodyBytesMax + member.length, member);
    expect(
      statusOf(await post(body, { ...PROTOBUF, 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' })),
    ).toEqual(aStatus(413, 'protobuf', /^The body is over 64 MiB/));
  });

  it('two bytes per span do not become gigabytes: 1,000,000 empty spans are counted and refused', async () => {
    const spans = Buffer.alloc(2_000_000, Buffer.from([0x12, 0x00]));
    const length = (bytes: number) => [
      (bytes & 0x7f) | 0x80,
      ((bytes >>> 7) & 0x7f) | 0x80,
      ((bytes >>> 14) & 0x7f) | 0x80,
      bytes >>> 21,
    ];
    const scope = Buffer.concat([Buffer.from([0x12, ...length(spans.length)]), spans]);
    const body = Buffer.concat([Buffer.from([0x0a, ...length(scope.length)]), scope]);
    const sent = await post(body, PROTOBUF);
    expect(decodeAnswer('ExportTraceServiceResponse', sent.body)).toMatchObject({
      partialSuccess: { rejectedSpans: 1_000_000 },
    });
  });

  it('no random change of a valid body is answered with anything but 200 or 400', async () => {
    const span = makeWireSpan({
      traceId: 'f'.repeat(32),
      attributes: { a: ['x', { b: 1 }], c: 2n ** 60n, d: 1.5 },
      resource: { r: 's' },
    });
    // Longer in `npm run proof`.
    const numRuns = Number(process.env['DOOR_RUNS'] ?? 1_200);
    const seen = new Map<number, number>();
    const one = async (
      format: 'protobuf' | 'json',
      zipped: boolean,
      changes: readonly (readonly [number, number])[],
    ) => {
      const plain = encodeSpans([span], format);
      const body = Buffer.from(zipped ? gzipSync(plain) : plain);
      for (const [at, byte] of changes) body[at % body.length] = byte;
      const { status } = await post(body, {
        ...(format === 'json' ? JSON_TYPE : PROTOBUF),
        ...(zipped && { 'content-encoding': 'gzip' }),
      });
      seen.set(status, (seen.get(status) ?? 0) + 1);
      expect([200, 400]).toContain(status);
    };
    const change = fc.tuple(fc.nat(10_000), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('protobuf', 'json'),
        fc.boolean(),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        one,
      ),
      { numRuns },
    );
    expect(seen.get(400)).toBeGreaterThan(numRuns / 5);
    expect(seen.get(200)).toBeGreaterThan(numRuns / 25);
  }, 240_000);
});

describe('the other signals', () => {
  const gauge = { name: 'm', gauge: { dataPoints: [{ asDouble: 1 }, { asDouble: 2 }] } };
  const sum = { name: 'n', sum: { dataPoints: [{ asDouble: 1 }] } };
  const metrics = { resourceMetrics: [{ scopeMetrics: [{ metrics: [gauge, sum] }] }] };
  const logs = {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ severityText: 'a' }, { severityText: 'b' }] }, { logRecords: [{}] }] },
    ],
  };

  it('metrics are refused by number, with where to send them instead', async () => {
    const inJson = await post(JSON.stringify(metrics), JSON_TYPE, '/v1/metrics');
    expect([inJson.status, JSON.parse(inJson.text)]).toMatchObject([
      200,
      { partialSuccess: { rejectedDataPoints: '3' } },
    ]);
    expect(inJson.text).toContain('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT');
    const inProtobuf = await post(encode('ExportMetricsServiceRequest', metrics), PROTOBUF, '/v1/metrics');
    // The field has the same number for all signals.
    expect(decodeAnswer('ExportTraceServiceResponse', inProtobuf.body)).toMatchObject({
      partialSuccess: { rejectedSpans: 3 },
    });
  });

  it('logs are refused by number', async () => {
    const inJson = await post(JSON.stringify(logs), JSON_TYPE, '/v1/logs');
    expect([inJson.status, JSON.parse(inJson.text)]).toMatchObject([
      200,
      { partialSuccess: { rejectedLogRecords: '3' } },
    ]);
    const inProtobuf = await post(
      gzipSync(encode('ExportLogsServiceRequest', logs)),
      { ...PROTOBUF, 'content-encoding': 'gzip' },
      '/v1/logs',
    );
    expect(decodeAnswer('ExportTraceServiceResponse', inProtobuf.body)).toMatchObject({
      partialSuccess: { rejectedSpans: 3 },
    });
  });

  it('nothing in them is nothing to refuse, and nonsense is 400', async () => {
    expect((await post('{}', JSON_TYPE, '/v1/logs')).text).toBe('{}');
    expect((await post('', PROTOBUF, '/v1/metrics')).text).toBe('');
    expect(statusOf(await post('{"resourceLogs":[5]}', JSON_TYPE, '/v1/logs'))).toEqual(
      aStatus(400, 'json', /^The body is no JSON ExportLogsServiceRequest/),
    );
    expect(statusOf(await post(Buffer.from([0x0a]), PROTOBUF, '/v1/metrics'))).toEqual(
      aStatus(400, 'protobuf', /^The body is no protobuf ExportMetrics/),
    );
  });
});

/** Bytes over a plain socket, the second part after the first answer; all that comes back until the server has answered. */
function raw(first: string, second = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece.toString();
      if (second !== '' && answer.includes('100 Continue')) {
        socket.write(second);
        second = '';
      } else if (!answer.endsWith('Continue\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(first);
  });
}

function breakChecksum(gzip: Buffer): Buffer {
  const broken = Buffer.from(gzip);
  broken[broken.length - 6]! ^= 0xff;
  return broken;
}

async function gzipOfZeros(bytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: constants.Z_BEST_COMPRESSION });
  const pieces: Buffer[] = [];
  gzip.on('data', (piece: Buffer) => pieces.push(piece));
  const zeros = Buffer.alloc(1024 ** 2);
  for (let written = 0; written < bytes; written += zeros.length) {
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  await new Promise<void>((resolve) => gzip.end(resolve));
  return Buffer.concat(pieces);
}
