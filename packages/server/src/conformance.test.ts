/**
 * What OTLP 1.11 asks of a server, one row for each MUST (and the SHOULDs that senders rely on), over HTTP with protobuf, HTTP with
 * JSON, and gRPC: https://opentelemetry.io/docs/specs/otlp/
 */
import { limits, type WireSpan } from '@tallyspan/facts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grpcClient } from '../test/grpc-call.ts';
import { makeWireSpan } from '../test/make-wire-span.ts';
import { type OpenDoors, openDoors } from '../test/open-doors.ts';
import {
  bodyFor,
  deliver,
  type Doors,
  type Kind,
  type Outcome,
  type Transport,
  transports,
} from '../test/transports.ts';
import { JSON_TYPE, PROTOBUF, send } from '../test/send.ts';
import { startTestServer, type TestServer } from '../test/start-test-server.ts';
import { lengthField } from './otlp/protobuf-writer.ts';
import { readTraces } from './otlp/read-traces.ts';

let doors: OpenDoors;
beforeAll(async () => {
  doors = await openDoors();
});
afterAll(() => doors.close());
afterEach(() => {
  doors.waiting = 0;
  doors.log.failure = undefined;
  doors.log.records = [];
  // An error 500 tells the operator. There is none in all of this.
  if (doors.told.length > 0) throw new Error(doors.told.join('\n'));
});

/** What lies in the log, read as the drain will read it. */
const kept = (): WireSpan[] =>
  doors.log.records.flatMap(({ body, meta }) =>
    [...readTraces(body, meta.contentType)].filter((span): span is WireSpan => span !== undefined && 'traceId' in span),
  );

const span = makeWireSpan({ attributes: { a: 'b' } });
const other = makeWireSpan({ spanId: 'b7ad6b7169203332' });
const zeroId = makeWireSpan({ spanId: '0'.repeat(16) });
const points = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ sum: { dataPoints: [{ asDouble: 1 }, {}] } }] }] }] };
const records = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityText: 'a' }] }] }] };

interface Row {
  must: string;
  body: (transport: Transport) => Uint8Array;
  kind?: Kind;
  gzip?: boolean;
  /** Before it is sent. */
  given?: () => void;
  /** HTTP's status and gRPC's. */
  status: readonly [http: number, grpc: number];
  also?: (outcome: Outcome, transport: Transport) => void;
}

const fine = [200, 0] as const;
const badData = [400, 3] as const;
const tooLarge = [413, 8] as const;
const later = [503, 14] as const;

const notAgain = ({ retrySeconds }: Outcome) => expect(retrySeconds).toBeUndefined();
const againLater = ({ retrySeconds }: Outcome) => {
  expect(retrySeconds).toBeGreaterThanOrEqual(1);
  expect(retrySeconds).toBeLessThanOrEqual(limits.retrySecondsMax);
};
const rejects =
  (rejected: number) =>
  ({ partial }: Outcome) => {
    expect(partial).toEqual({ rejected, message: expect.stringMatching(/\w/) });
  };
const keeps = (count: number) => expect(kept()).toHaveLength(count);
/** White space is nothing in JSON, and unknown field 99 is nothing in protobuf. */
const padded = (bytes: number) => (transport: Transport) => {
  if (transport === 'http/json') return Buffer.concat([Buffer.from('{}'), Buffer.alloc(bytes - 2, 0x20)]);
  const head = Buffer.from([0x9a, 0x06, 0, 0, 0, 0]);
  for (let at = 2, length = bytes - head.length; at < 6; at++, length >>>= 7)
    head[at] = (length & 0x7f) | (at < 5 ? 0x80 : 0);
  return Buffer.concat([head, Buffer.alloc(bytes - head.length)]);
};

const manySpans = (transport: Transport, count: number) =>
  transport === 'http/json'
    ? Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(count - 1)}{}]}]}]}`)
    : lengthField(1, lengthField(2, Buffer.alloc(count * 2, Buffer.from([0x12, 0x00]))));

const rows: Row[] = [
  {
    must: 'full success is an Export response without partial_success, and what was sent is kept',
    body: (transport) => bodyFor(transport, [span, other]),
    status: fine,
    also: ({ partial, bytes }, transport) => {
      expect([partial, bytes]).toEqual([undefined, transport === 'http/json' ? 2 : 0]);
      keeps(2);
    },
  },
  {
    must: 'gzip is supported',
    body: (transport) => bodyFor(transport, [span]),
    gzip: true,
    status: fine,
    also: () => keeps(1),
  },
  {
    must: 'a request without any telemetry is a success',
    body: (transport) => bodyFor(transport, []),
    status: fine,
    also: ({ partial }) => expect(partial).toBeUndefined(),
  },
  {
    must: 'an empty envelope (a resource without scopes) is a success',
    body: (transport) => bodyFor(transport, { resourceSpans: [{}, { scopeSpans: [{}] }] }),
    status: fine,
    also: ({ partial }) => expect(partial).toBeUndefined(),
  },
  {
    must: 'partial success has the number of what was rejected and says why; the rest is kept',
    body: (transport) => bodyFor(transport, [zeroId, span, zeroId]),
    status: fine,
    also: (outcome) => {
      rejects(2)(outcome);
      keeps(1);
    },
  },
  {
    must: 'when nothing is accepted that is still a partial success, and nothing is kept',
    body: (transport) => bodyFor(transport, [zeroId]),
    status: fine,
    also: (outcome) => {
      rejects(1)(outcome);
      expect(doors.log.records).toEqual([]);
    },
  },
  {
    must: 'metrics are answered by their own service: rejected data points',
    kind: 'metrics',
    body: (transport) => bodyFor(transport, points, 'metrics'),
    status: fine,
    also: rejects(2),
  },
  {
    must: 'logs are answered by their own service: rejected log records',
    kind: 'logs',
    body: (transport) => bodyFor(transport, records, 'logs'),
    status: fine,
    also: rejects(1),
  },
  {
    must: 'data that cannot be decoded is refused for good, with a Status',
    body: (transport) => bodyFor(transport, [span]).subarray(0, 30),
    status: badData,
    also: notAgain,
  },
  {
    must: 'the data of another service is refused for good',
    body: (transport) =>
      bodyFor(transport, { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '5' }] }] }] }, 'logs'),
    status: badData,
    also: notAgain,
  },
  {
    must: 'a body at the limit is read',
    body: padded(limits.bodyBytesMax),
    status: fine,
  },
  {
    must: 'a body over the limit is refused for good',
    body: padded(limits.bodyBytesMax + 1),
    status: tooLarge,
    also: notAgain,
  },
  {
    must: 'the limit is that of the body after decompression',
    gzip: true,
    body: padded(limits.bodyBytesMax + 1),
    status: tooLarge,
    also: notAgain,
  },
  {
    must: 'more spans than one request may have are refused for good, like too many bytes',
    body: (transport) => manySpans(transport, limits.spansPerRequestMax + 1),
    status: tooLarge,
    also: notAgain,
  },
  {
    must: 'as many as it may have are looked at one by one',
    body: (transport) => manySpans(transport, limits.spansPerRequestMax),
    status: fine,
    also: rejects(limits.spansPerRequestMax),
  },
  {
    must: 'an overloaded server says so, and when to come back',
    given: () => (doors.waiting = limits.ingestBacklogBytesMax),
    body: (transport) => bodyFor(transport, [span]),
    status: later,
    also: againLater,
  },
  {
    must: 'what cannot be kept is not acknowledged, and may be sent again',
    given: () => (doors.log.failure = new Error('EIO: i/o error')),
    body: (transport) => bodyFor(transport, [span]),
    status: later,
    also: againLater,
  },
  {
    must: 'fields that nobody knows are ignored, and the message is read as if they were not there',
    body: (transport) => {
      const plain = bodyFor(transport, [span]);
      if (transport === 'http/json')
        return Buffer.from(plain.toString().replaceAll('{"', '{"future":{"a":[1,{"b":null}],"c":"d"},"'));
      return Buffer.concat([plain, Buffer.from([0x9a, 0x06, 2, 1, 2, 0x98, 0x06, 0x05, 0x9b, 0x06, 0x9c, 0x06])]);
    },
    status: fine,
    also: () => expect(kept()).toEqual([span]),
  },
  {
    must: 'ids are bytes, and in JSON hex of any case',
    body: (transport) =>
      bodyFor(transport, [makeWireSpan({ spanId: 'abcdef0123456789', parentSpanId: 'ABCDEF0123456780' })]),
    status: fine,
    also: () => expect(kept()[0]).toMatchObject({ spanId: 'abcdef0123456789', parentSpanId: 'abcdef0123456780' }),
  },
  {
    must: 'enums are integers; one that nobody knows yet is no reason to refuse',
    body: (transport) => {
      const ids = { traceId: 'CvdlGRbNQ92ESOshHIAxnA==', spanId: 't61rcWkgMzE=' };
      const hex = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
      const known = transport === 'http/json' ? hex : ids;
      const spans = [
        { ...known, kind: 2, status: { code: 2 } },
        { ...known, kind: 77, status: { code: 9 } },
      ];
      return bodyFor(transport, { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    },
    status: fine,
    also: () =>
      expect(kept()).toMatchObject([
        { kind: 'server', status: 'error' },
        { kind: 'internal', status: 'unset' },
      ]),
  },
  {
    must: '64-bit integers are exact',
    body: (transport) =>
      bodyFor(transport, [makeWireSpan({ attributes: { big: 9_007_199_254_740_993n, min: -(2n ** 63n) } })]),
    status: fine,
    also: () => expect(kept()[0]!.attributes).toEqual({ big: 9_007_199_254_740_993n, min: -(2n ** 63n) }),
  },
];

describe.each(transports)('%s', (transport) => {
  it.each(rows.map((row) => [row.must, row] as const))('%s', async (_, row) => {
    row.given?.();
    const { kind = 'traces', gzip = false } = row;
    const outcome = await deliver(doors, transport, row.body(transport), { kind, gzip });
    const wanted = row.status[transport === 'grpc' ? 1 : 0];
    expect(outcome).toMatchObject({
      status: wanted,
      // The same Content-Type as that of the request, whether it went well or not.
      type: transport === 'http/json' ? 'application/json' : 'application/x-protobuf',
    });
    if (row.status !== fine)
      expect(outcome.error).toEqual({ code: row.status[1], message: expect.stringMatching(/^\S.+\. .+\. .+\.$/) });
    row.also?.(outcome, transport);
    // Of all codes of an error only these may be sent again, and only they say when.
    expect(outcome.retrySeconds !== undefined).toBe(row.status === later);
  });
});

describe('HTTP', () => {
  const body = bodyFor('http/json', [span]);
  it.each([
    ['another method', '/v1/traces', { method: 'PUT', headers: JSON_TYPE, body }, 405, { allow: 'POST' }],
    ['another content type', '/v1/traces', { headers: { 'content-type': 'text/plain' }, body }, 415, {}],
    ['no content type', '/v1/traces', { body }, 415, {}],
    [
      'two content types',
      '/v1/traces',
      { headers: { 'content-type': ['application/json', 'application/json'] }, body },
      415,
      {},
    ],
    ['another compression', '/v1/traces', { headers: { ...JSON_TYPE, 'content-encoding': 'zstd' }, body }, 415, {}],
    ['another path', '/v1/spans', { headers: JSON_TYPE, body }, 404, {}],
    ['a charset', '/v1/traces', { headers: { 'content-type': 'application/json;charset="utf-8"' }, body }, 200, {}],
    ['no body and no length', '/v1/traces', { headers: PROTOBUF }, 200, {}],
    ['a query behind the path', '/v1/traces?x=1', { headers: JSON_TYPE, body }, 200, {}],
  ] as [string, string, Parameters<typeof send>[1], number, Record<string, string>][])(
    '%s is answered as HTTP asks',
    async (_, path, request, status, headers) => {
      const sent = await send(doors.url + path, request);
      expect([sent.status, sent.headers]).toMatchObject([status, headers]);
      if (status !== 200) expect(sent.headers['content-type']).toMatch(/^application\/(json|x-protobuf)$/);
      expect(sent.headers['retry-after']).toBeUndefined();
    },
  );

  it('field names as protobuf spells them are not keys of OTLP/JSON, so they are unknown', async () => {
    const text = body.toString().replace('resourceSpans', 'resource_spans');
    const outcome = await deliver(doors, 'http/json', Buffer.from(text));
    expect([outcome.status, doors.log.records]).toEqual([200, []]);
  });
});

describe('all three on the real server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ grpcPort: 0 });
  });
  afterAll(() => server.end());

  it('an acknowledged span is found after the server was stopped and started again', async () => {
    const real: Doors = { url: server.url, grpc: grpcClient(server.grpcPort!) };
    const spans = transports.map((_, index) =>
      makeWireSpan({ traceId: 'd'.repeat(32), spanId: `d00000000000000${index + 1}` }),
    );
    const outcomes = await Promise.all(
      transports.map((transport, index) => deliver(real, transport, bodyFor(transport, [spans[index]!]))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 0]);
    real.grpc.close();
    await server.close();
    server = await startTestServer({ dataDir: server.dataDir });
    const { spans: found } = await server.get<{ spans: { spanId: string }[] }>(`/api/v1/traces/${'d'.repeat(32)}`);
    expect(found.map(({ spanId }) => spanId).sort()).toEqual(spans.map(({ spanId }) => spanId));
  });
});
