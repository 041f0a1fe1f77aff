/** OTLP/gRPC against a stock server, and against what is none. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { limits } from '@tallyspan/facts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { leafExtensions, makeAuthority } from '../../test/authority.ts';
import { chatFacts, endedSpan } from '../../test/fixtures.ts';
import { harness, hello } from '../../test/harness.ts';
import { alternativeNames, der } from '../../test/mint.ts';
import { program } from '../../test/program.ts';
import { type RpcSink, startRpcSink } from '../../test/rpc-sink.ts';
import { target } from '../environment.ts';
import { flush, init, watch } from '../index.ts';
import { readRetryInfo } from './post-rpc.ts';
import { envelope } from './request.ts';
import { writeSpan } from './span-bytes.ts';
import { SpanExporter } from './span-exporter.ts';

const entry = Buffer.from(writeSpan(endedSpan(chatFacts), { dialects: ['otel'], semconv: '1.41' }));
const exporterTo = (address: string, env: Record<string, string> = {}) => {
  const to = target('traces', {}, { OTEL_EXPORTER_OTLP_ENDPOINT: `grpc://${address}`, ...env })!;
  return new SpanExporter(to, envelope({}, 'test', '0'));
};
const balanced = ({ counts }: SpanExporter) =>
  counts.exported + counts.waiting + Object.values(counts.dropped).reduce((sum, count) => sum + count) ===
  counts.created;
/** What became of one span that was sent once. */
async function fate(address: string, env?: Record<string, string>): Promise<'exported' | 'waiting' | 'refused'> {
  const exporter = exporterTo(address, env);
  exporter.add(entry);
  await exporter.flush();
  expect(balanced(exporter)).toBe(true);
  return exporter.counts.exported ? 'exported' : exporter.counts.waiting ? 'waiting' : 'refused';
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
const lengthField = (number: number, content: Uint8Array | string) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(content.length)]), Buffer.from(content)]);
const varintField = (number: number, value: number) => Buffer.from([number << 3, ...varint(value)]);
/** google.rpc.Status with a google.rpc.RetryInfo. */
const retryAfter = (seconds: number) =>
  lengthField(
    3,
    Buffer.concat([
      lengthField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
      lengthField(2, lengthField(1, varintField(1, seconds))),
    ]),
  );

let sink: RpcSink;
beforeAll(async () => void (sink = await startRpcSink()));
afterAll(() => sink.close());
beforeEach(() => {
  sink.calls.length = 0;
  sink.always = undefined;
});

/** Calls with spans: metrics of earlier tests may come at any time. */
const exports = () => sink.calls.filter(({ method }) => method.endsWith('TraceService/Export'));

describe('a stock gRPC server', () => {
  const h = harness();
  afterEach(() => vi.unstubAllEnvs());

  it('COST-19 gets spans and metrics of init({ endpoint: "grpc://…" }), with headers as metadata', async () => {
    init({ endpoint: `grpc://${sink.address}`, headers: { 'X-Api-Key': 'k', Host: 'not-metadata', te: 'gzip' } });
    await watch(h.openai()).chat.completions.create(hello);
    await flush(5000);
    const [traces, metrics] = ['trace.v1.TraceService', 'metrics.v1.MetricsService'].map((service) =>
      sink.calls.find(({ method }) => method.endsWith(`${service}/Export`))!,
    );
    expect(traces!.metadata).toMatchObject({ 'x-api-key': 'k' });
    expect(metrics!.metadata).toMatchObject({ 'x-api-key': 'k' });
    // What gRPC carries is what HTTP carries: the receiver of the other tests reads it.
    const body = new Uint8Array(traces!.message);
    await fetch(`${h.sink.url}/v1/traces`, { method: 'POST', body });
    expect(h.sink.spans.at(-1)).toMatchObject({ name: 'chat gpt-4o' });
  });

  it('COST-19 is found by OTEL_EXPORTER_OTLP_PROTOCOL', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc').stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://${sink.address}`);
    init();
    await watch(h.openai()).chat.completions.create(hello);
    await flush(5000);
    expect(exports()).toHaveLength(1);
  });

  it.each([
    ['CANCELLED', 'waiting'],
    ['UNKNOWN', 'refused'],
    ['INVALID_ARGUMENT', 'refused'],
    ['DEADLINE_EXCEEDED', 'waiting'],
    ['NOT_FOUND', 'refused'],
    ['ALREADY_EXISTS', 'refused'],
    ['PERMISSION_DENIED', 'refused'],
    ['RESOURCE_EXHAUSTED', 'refused'],
    ['FAILED_PRECONDITION', 'refused'],
    ['ABORTED', 'waiting'],
    ['OUT_OF_RANGE', 'waiting'],
    ['UNIMPLEMENTED', 'refused'],
    ['INTERNAL', 'refused'],
    ['UNAVAILABLE', 'waiting'],
    ['DATA_LOSS', 'waiting'],
    ['UNAUTHENTICATED', 'refused'],
  ] as const)('answers %s: the span is %s', async (name, expected) => {
    sink.answers.push({ code: status[name] });
    expect(await fate(sink.address)).toBe(expected);
    expect(exports()).toHaveLength(1);
  });

  it('answers RESOURCE_EXHAUSTED and says when to come back: then it gets the span again, and not before', async () => {
    sink.answers.push({ code: status.RESOURCE_EXHAUSTED, details: retryAfter(1) });
    const exporter = exporterTo(sink.address);
    exporter.add(entry);
    await exporter.flush();
    await exporter.flush();
    expect([exports().length, exporter.counts.waiting]).toEqual([1, 1]);
    await expect.poll(() => exporter.counts.exported, { timeout: 10_000 }).toBe(1);
    expect(exports()[1]!.message).toEqual(exports()[0]!.message);
  });

  it('takes a part: what it refused is counted and not sent again', async () => {
    sink.answers.push(lengthField(1, Buffer.concat([varintField(1, 2), lengthField(2, 'no ids')])));
    const exporter = exporterTo(sink.address);
    for (let count = 0; count < 5; count++) exporter.add(entry);
    await exporter.flush();
    await exporter.flush();
    expect(exporter.counts).toMatchObject({ exported: 3, waiting: 0, dropped: { refused: 2 } });
  });

  it('takes the largest request that is sent, with its usual limit of 4 MiB', async () => {
    const exporter = exporterTo(sink.address);
    exporter.add(Buffer.concat([Buffer.from([0x12]), Buffer.alloc(limits.exportRequestBytesMax - 1)]));
    await exporter.flush(10_000);
    expect(exporter.counts).toMatchObject({ exported: 1, dropped: { refused: 0, tooLarge: 0 } });
  });

  it('is reached over TLS with the certificate that OTEL_EXPORTER_OTLP_CERTIFICATE names, and not without', async () => {
    const authority = makeAuthority('example.org');
    const extensions = [
      ...leafExtensions('spiffe://example.org/otlp').slice(0, 3),
      alternativeNames(der(0x87, Buffer.from([127, 0, 0, 1]))),
    ];
    const { certificates, key } = authority.issue('/otlp', { extensions });
    const pem = (bytes: Buffer) =>
      `-----BEGIN CERTIFICATE-----\n${bytes
        .toString('base64')
        .match(/.{1,64}/g)!
        .join('\n')}\n-----END CERTIFICATE-----\n`;
    const folder = await mkdtemp(join(tmpdir(), 'tallyspan-tls-'));
    const file = join(folder, 'ca.pem');
    await writeFile(file, pem(authority.der));
    const chain = {
      cert_chain: Buffer.from(pem(certificates[0]!)),
      private_key: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' })),
    };
    const secure = await startRpcSink(ServerCredentials.createSsl(null, [chain]));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `grpcs://${secure.address}` };
    try {
      expect(await fate('', env)).toBe('waiting');
      expect(secure.calls).toHaveLength(0);
      expect(await fate('', { ...env, OTEL_EXPORTER_OTLP_CERTIFICATE: file })).toBe('exported');
    } finally {
      await secure.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('what is no gRPC server', { timeout: 60_000 }, () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  async function listen(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const http2 = (answer: (stream: ServerHttp2Stream) => void) =>
    createHttp2Server()
      .on('stream', (stream) => answer(stream.on('error', () => {})))
      .on('sessionError', () => {});
  const reply =
    (headers: Record<string, string | number>, body?: Uint8Array | string) => (stream: ServerHttp2Stream) => {
      stream.respond(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
    };
  const grpc = { 'content-type': 'application/grpc' };

  it.each<[string, () => Server, 'exported' | 'waiting' | 'refused']>([
    [
      'answers with noise',
      () => createServer((socket) => socket.on('error', () => {}).end('noise\r\n'.repeat(99))),
      'waiting',
    ],
    ['hangs up', () => createServer((socket) => socket.destroy()), 'waiting'],
    ['resets', () => createServer((socket) => socket.on('error', () => {}).resetAndDestroy()), 'waiting'],
    ['speaks HTTP/1', () => createHttpServer((_, response) => response.end()), 'waiting'],
    ['speaks HTTP/2 and knows no gRPC', () => http2(reply({ ':status': 404 })), 'refused'],
    ['is a proxy without a server behind it', () => http2(reply({ ':status': 503 }, 'busy')), 'waiting'],
    ['takes the stream back', () => http2((stream) => stream.close(7)), 'waiting'],
    [
      'breaks in the middle',
      () =>
        http2((stream) => {
          stream.respond(grpc);
          setImmediate(() => stream.session?.destroy());
        }),
      'waiting',
    ],
    ['sends a message without an end of gRPC', () => http2(reply(grpc, Buffer.from([0, 0, 0, 0, 0]))), 'refused'],
    ['sends a status that is none', () => http2(reply({ ...grpc, 'grpc-status': 'fine' })), 'refused'],
    ['sends a message that is too long', () => http2(reply(grpc, Buffer.from([0, 0xff, 0xff, 0xff, 0xff]))), 'refused'],
    ['sends a compressed message', () => http2(reply(grpc, Buffer.from([1, 0, 0, 0, 1, 7]))), 'refused'],
  ])('%s', async (_, make, expected) => {
    expect(await fate(await listen(make()))).toBe(expected);
  });

  it('is told when a message is compressed', async () => {
    const seen: Buffer[] = [];
    let encoding: unknown;
    const address = await listen(
      http2((stream) => {
        stream.on('data', (piece: Buffer) => seen.push(piece));
        stream.on('end', () => reply({ ...grpc, 'grpc-status': 0 })(stream));
      }).on('stream', (_, headers) => (encoding = headers['grpc-encoding'])),
    );
    const exporter = exporterTo(address, { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' });
    for (let count = 0; count < 20; count++) exporter.add(entry);
    await exporter.flush();
    const all = Buffer.concat(seen);
    expect([encoding, all[0], all.readUInt32BE(1), exporter.counts.exported]).toEqual(['gzip', 1, all.length - 5, 20]);
    expect(gunzipSync(all.subarray(5)).includes(entry)).toBe(true);
  });

  it('is not there: spans wait, and are sent when it comes', async () => {
    const gone = await startRpcSink();
    await gone.close();
    const exporter = exporterTo(gone.address);
    exporter.add(entry);
    await exporter.flush();
    expect(exporter.counts.waiting).toBe(1);
    const back = await startRpcSink(undefined, Number(gone.address.split(':')[1]));
    await expect.poll(() => exporter.counts.exported, { timeout: 10_000 }).toBe(1);
    await back.close();
  });

  it('never answers: the call ends in its time, and the next one is made on a new connection', async () => {
    let connections = 0;
    const address = await listen(createServer((socket) => void (connections++, socket.on('error', () => {}).resume())));
    const exporter = exporterTo(address, { OTEL_EXPORTER_OTLP_TIMEOUT: '50' });
    exporter.add(entry);
    await expect.poll(() => connections, { timeout: 10_000 }).toBe(2);
    expect(exporter.counts).toMatchObject({ exported: 0, waiting: 1 });
  });

  it('COST-06 does not keep a program from ending: two seconds at most, no word, its own exit code', async () => {
    const silent = await listen(createServer((socket) => void socket.on('error', () => {}).resume()));
    // Long enough for a call to be under way when the program has nothing left to do.
    const source = `sdk.init(); sdk.tool('work', () => 1)(); process.exitCode = 3; await new Promise((go) => setTimeout(go, 300));
      setTimeout(() => console.log('still here'), ${limits.exitDelayMsMax * 2}).unref();`;
    const run = (address: string) => program(source, { OTEL_EXPORTER_OTLP_ENDPOINT: `grpc://${address}` });
    const quiet = { code: 3, signal: null, stdout: '', stderr: '' };
    const taken = run(sink.address);
    expect(await Promise.all([run(silent), run('127.0.0.1:9'), taken])).toEqual([quiet, quiet, quiet]);
    // And one that answers has the span by then.
    expect(exports()).toHaveLength(1);
  });
});

it('RetryInfo is read in seconds and nanoseconds; a broken one is none', () => {
  expect(readRetryInfo(retryAfter(90))).toBe(90_000);
  expect(readRetryInfo(lengthField(3, lengthField(1, 'type.googleapis.com/google.rpc.DebugInfo')))).toBeUndefined();
  for (let end = 1; end < retryAfter(90).length; end++)
    expect(readRetryInfo(retryAfter(90).subarray(0, end)) ?? 0).toBe(0);
});
