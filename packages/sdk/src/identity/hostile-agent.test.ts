/** Answers that no Workload API gives: raw HTTP/2, so that every byte can be wrong. */
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { limits } from '@tallyspan/facts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeAuthority } from '../../test/authority.ts';
import { readX509SvidResponse } from './messages.ts';
import { MessageReader } from '../rpc/message-reader.ts';
import { workloadIdentity } from './workload-identity.ts';

const authority = makeAuthority('example.org');
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
const field = (number: number, content: Uint8Array | string) => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
};
const { certificates, key } = authority.issue('/agent/a');
const good = field(
  1,
  Buffer.concat([
    field(1, 'spiffe://example.org/agent/a'),
    field(2, certificates[0]!),
    field(3, key.export({ type: 'pkcs8', format: 'der' })),
    field(4, authority.der),
  ]),
);
const frame = (body: Uint8Array, { flag = 0, length = body.length } = {}) => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, body]);
};
/** The good message, and an unknown field that makes it so long. */
const ofLength = (bytes: number) => {
  const rest = bytes - good.length;
  const head = Buffer.from([0x9a, 0x06, 0x80, 0x80, 0x80, 0]);
  let length = rest - head.length;
  for (let at = 2; at < 6; at++, length >>>= 7) head[at] = (length & 0x7f) | (at < 5 ? 0x80 : 0);
  return Buffer.concat([good, head, Buffer.alloc(rest - head.length)]);
};

let server: Http2Server;
let answer: (stream: ServerHttp2Stream) => void;
const sessions = new Set<ServerHttp2Session>();
beforeAll(async () => {
  server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('sessionError', () => {});
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const session of sessions) session.destroy();
  server.close();
});

const open = { ':status': 200, 'content-type': 'application/grpc' };
const sends = (bytes: Uint8Array) => (stream: ServerHttp2Stream) => {
  stream.respond(open);
  stream.write(bytes);
};
const address = () => `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('an agent that', () => {
  it.each([
    [
      'answers with another status',
      (stream: ServerHttp2Stream) => stream.respond({ ':status': 503 }, { endStream: true }),
      'it answers with HTTP status 503',
    ],
    [
      'is a web server',
      (stream: ServerHttp2Stream) => (stream.respond({ ':status': 200 }), stream.end('<html>')),
      'it sends a compressed message',
    ],
    ['compresses', sends(frame(good, { flag: 1 })), 'it sends a compressed message'],
    ['announces 4 GiB', sends(frame(good, { length: 0xffff_ffff })), 'it sends a message of 4294967295 bytes'],
    [
      'sends a byte too many',
      sends(frame(ofLength(limits.workloadMessageBytesMax + 1))),
      `it sends a message of ${limits.workloadMessageBytesMax + 1} bytes`,
    ],
    ['sends no protobuf', sends(frame(Buffer.from([0x0a, 0x7f]))), 'it ends too early'],
    [
      'sends a text that is no UTF-8',
      sends(frame(field(1, field(1, Buffer.from([0xff]))))),
      'it has a text that is no UTF-8',
    ],
    [
      'ends at once',
      (stream: ServerHttp2Stream) => stream.respond(open, { endStream: true }),
      'it ends without a status',
    ],
    [
      'ends with success',
      (stream: ServerHttp2Stream) => stream.respond({ ...open, 'grpc-status': '0' }, { endStream: true }),
      'the server ended the stream',
    ],
    [
      'resets the stream',
      (stream: ServerHttp2Stream) => stream.close(2),
      'Stream closed with error code NGHTTP2_INTERNAL_ERROR',
    ],
    ['breaks the connection', (stream: ServerHttp2Stream) => stream.session!.destroy(), 'the connection ended'],
    [
      'has a status that is none',
      (stream: ServerHttp2Stream) =>
        stream.respond({ ...open, 'grpc-status': 'x', 'grpc-message': '%zz' }, { endStream: true }),
      '%zz',
    ],
  ])('%s gives no identity, and is asked again', async (_, wrong, problem) => {
    answer = wrong;
    const identity = workloadIdentity({ socket: address() });
    await vi.waitFor(() => expect(identity.problem).toBe(`FetchX509SVID: ${problem}`), { timeout: 5_000, interval: 5 });
    expect(identity.spiffeId).toBeUndefined();
    answer = sends(frame(good));
    expect(await identity.ready()).toBe(true);
    identity.close();
  });

  it('is no HTTP/2 at all gives none either', async () => {
    const other = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const identity = workloadIdentity({ socket: `tcp://127.0.0.1:${(other.address() as AddressInfo).port}` });
    await vi.waitFor(() => expect(identity.problem).toBeDefined());
    expect(identity.spiffeId).toBeUndefined();
    identity.close();
    other.close();
  });

  it('sends a message at the limit, and that in many pieces, is understood', async () => {
    const message = frame(ofLength(limits.workloadMessageBytesMax));
    answer = (stream) => {
      stream.respond(open);
      for (let at = 0; at < message.length; at += 100_001) stream.write(message.subarray(at, at + 100_001));
    };
    const identity = workloadIdentity({ socket: address() });
    expect(await identity.ready()).toBe(true);
    identity.close();
  });
});

it('messages come through whole, wherever the network cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }),
      fc.array(fc.nat(400), { maxLength: 8 }),
      (bodies, places) => {
        const bytes = Buffer.concat(bodies.map((body) => frame(body)));
        const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const got: Buffer[] = [];
        const reader = new MessageReader(limits.workloadMessageBytesMax, (message) => got.push(Buffer.from(message)));
        at.slice(1).forEach((end, index) => reader.add(bytes.subarray(at[index], end)));
        expect(got).toEqual(bodies.map((body) => Buffer.from(body)));
      },
    ),
    { numRuns: 300 },
  );
});

it('random bytes in a message are understood or refused, and never more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        readX509SvidResponse(Buffer.from(bytes));
      } catch (error) {
        expect((error as Error).name).toBe('ProtobufError');
      }
    }),
    { numRuns: 2_000 },
  );
});
