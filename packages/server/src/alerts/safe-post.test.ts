import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAllowedAddress } from './address-rules.ts';
import { type Resolve, safePost } from './safe-post.ts';

/** Listens where nothing may be sent, and notes whoever comes. */
let sink: Server;
let port: number;
let connects = 0;
let requests: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: (url: string) => { status: number; location?: string } | 'hang' = () => ({ status: 200 });

beforeAll(async () => {
  sink = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      requests.push({ url: request.url!, headers: request.headers, body });
      const said = answer(request.url!);
      if (said === 'hang') return;
      response
        .writeHead(said.status, said.location === undefined ? {} : { location: said.location })
        .end('x'.repeat(9));
    });
  });
  sink.on('connection', () => connects++);
  sink.listen(0, '::');
  await once(sink, 'listening');
  port = (sink.address() as AddressInfo).port;
});
afterAll(() => {
  sink.closeAllConnections();
  sink.close();
});
beforeEach(() => {
  connects = 0;
  requests = [];
  answer = () => ({ status: 200 });
});

/** One address of each special network, and its last one. */
const special4 = [
  '0.0.0.0', '0.0.0.1', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254',
  '127.1.2.3', '169.254.169.254', '169.254.0.1', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.1',
  '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.19.255.255',
  '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16',
  '100.100.100.200',
]; // prettier-ignore
const special6 = [
  '::', '::1', '::2', 'fe80::1', 'febf::1', 'fec0::1', 'fc00::1', 'fd00::1', 'fd00:ec2::254', 'ff02::1', 'ff0e::1',
  '100::1', '64:ff9b:1::1', '2001::1', '2001:10::1', '2001:20::1', '2001:db8::1', '2002::1', '3fff::1', '5f00::1',
  '::ffff:0:127.0.0.1', '4000::1', '2001:0:53aa:64c:0:0:80ff:fffe',
]; // prettier-ignore

/** The same address as browsers, libc and people write it. */
function notations(address: string): string[] {
  const parts = address.split('.').map(Number);
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  const hex = number.toString(16).padStart(8, '0');
  const pair = `${hex.slice(0, 4)}:${hex.slice(4)}`;
  const [a, b, c, d] = parts as [number, number, number, number];
  return [
    address,
    `${address}.`,
    String(number),
    `0x${hex}`,
    `0X${hex.toUpperCase()}`,
    `0${number.toString(8)}`,
    parts.map((part) => `0${part.toString(8)}`).join('.'),
    parts.map((part) => `0x${part.toString(16)}`).join('.'),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${b * 65_536 + c * 256 + d}`,
    encodeURIComponent(address).replace(/\./g, '%2e'),
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replace(/\./g, '\u3002'),
    `[::ffff:${address}]`,
    `[::ffff:${pair}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${address}]`,
    `[2002:${pair}::1]`,
    `[2001:0:${pair}::1]`,
    `[::ffff:0:${address}]`,
    `x@${address}`,
    `example.com@${address}`,
    `user:password@${address}`,
    `example.com%40@${address}`,
  ];
}
const names = [
  'localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'ip6-localhost', 'metadata.google.internal', 'metadata', 'metadata.goog',
  'metadata.google.internal.', 'instance-data', 'instance-data.ec2.internal',
]; // prettier-ignore
const odd = [
  'ftp://example.com/', 'file:///etc/passwd', 'gopher://127.0.0.1/', 'javascript:alert(1)', 'data:text/plain,x', 'http://', '//x',
  'http:///127.0.0.1', 'http:127.0.0.1', 'http:\\\\127.0.0.1', 'http://example.com:x/', 'http://[fe80::1%25eth0]/', 'http://[::1',
  'http://example.com@127.0.0.1#@example.org/', 'http://127.0.0.1\\@example.com/', 'http://127.0.0.1#@example.com/', '', 'unix:/run/x',
]; // prettier-ignore

/** Whatever a name is called here, it is the machine itself. */
const toLoopback: Resolve = (_, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);

describe('a message to an address that somebody wrote', () => {
  it('is never sent to what is not public, however it is written', async () => {
    const urls = [
      ...[...special4.flatMap(notations), ...special6.map((address) => `[${address}]`), ...names].flatMap((host) => [
        `http://${host}:${port}/hook`,
        `https://${host}:${port}/hook?x=1#y`,
      ]),
      ...odd,
    ];
    expect(urls.length).toBeGreaterThan(1_000);
    for (const url of urls) {
      const failure = await safePost(url, '{}', {}, { allowPrivate: false, resolve: toLoopback }).then(
        (status) => `sent: ${status}`,
        (error: { code?: string }) => error.code,
      );
      expect(failure, url).toBe('WEBHOOK_REFUSED');
    }
    expect(connects).toBe(0);
  });

  it('goes to public addresses', () => {
    for (const address of [
      '1.1.1.1',
      '8.8.8.8',
      '172.32.0.1',
      '100.128.0.1',
      '198.20.0.1',
      '2606:4700::1',
      '2a00:1450::1',
    ])
      expect(isAllowedAddress(address, false), address).toBe(true);
  });

  it('with private addresses allowed goes to this machine, and never to metadata', async () => {
    const options = { allowPrivate: true };
    expect(await safePost(`http://127.0.0.1:${port}/`, '{"a":1}', { 'webhook-id': 'm' }, options)).toBe(200);
    expect(await safePost(`http://[::1]:${port}/`, '{}', {}, options)).toBe(200);
    expect(requests[0]).toMatchObject({
      body: '{"a":1}',
      headers: { 'webhook-id': 'm', 'content-type': 'application/json' },
    });
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', '[fe80::1]', '100.100.100.200', '[::ffff:127.0.0.1]'])
      await expect(safePost(`http://${host}:${port}/`, '{}', {}, options)).rejects.toMatchObject({
        code: 'WEBHOOK_REFUSED',
      });
    expect(connects).toBe(2);
  });

  it('dials the address that was checked: a name that changes its mind in between is asked once', async () => {
    let asked = 0;
    const flips: Resolve = (_, done) => {
      const address = asked++ === 0 ? '192.0.2.7' : '127.0.0.1';
      done(null, [{ address, family: 4 }]);
    };
    await expect(
      safePost(`http://rebind.example:${port}/`, '{}', {}, { allowPrivate: false, resolve: flips }),
    ).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' });
    // A name that has a good and a bad address is refused, in whatever order they come.
    for (const addresses of [['1.1.1.1', '127.0.0.1'], ['127.0.0.1', '1.1.1.1'], []]) {
      const mixed: Resolve = (_, done) =>
        done(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        );
      await expect(
        safePost(`http://mixed.example:${port}/`, '{}', {}, { allowPrivate: false, resolve: mixed }),
      ).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' });
    }
    expect([asked, connects]).toEqual([1, 0]);
  });

  it('follows three redirects, each checked anew, and takes its headers to no other host', async () => {
    const toSink: Resolve = (_, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const options = { allowPrivate: true, resolve: toSink };
    const left = (url: string) => Number(url.slice(1));
    answer = (url) => (left(url) > 0 ? { status: 307, location: `/${left(url) - 1}` } : { status: 204 });
    expect(await safePost(`http://127.0.0.1:${port}/3`, '{"b":2}', { 'webhook-signature': 's' }, options)).toBe(204);
    expect(requests.map(({ body, headers }) => [body, headers['webhook-signature']])).toEqual(
      Array.from({ length: 4 }, () => ['{"b":2}', 's']),
    );
    await expect(safePost(`http://127.0.0.1:${port}/4`, '{}', {}, options)).rejects.toMatchObject({
      code: 'WEBHOOK_REFUSED',
    });
    requests = [];
    answer = (url) => (url === '/a' ? { status: 302, location: `http://other.example:${port}/b` } : { status: 200 });
    expect(await safePost(`http://127.0.0.1:${port}/a`, '{}', { 'webhook-signature': 's' }, options)).toBe(200);
    expect(requests.map(({ headers }) => headers['webhook-signature'])).toEqual(['s', undefined]);
    for (const target of [
      'http://169.254.169.254/latest/',
      'file:///etc/passwd',
      'http://u:p@127.0.0.1/',
      'http://metadata/',
    ]) {
      answer = () => ({ status: 302, location: target });
      await expect(safePost(`http://127.0.0.1:${port}/`, '{}', {}, options), target).rejects.toMatchObject({
        code: 'WEBHOOK_REFUSED',
      });
    }
  });

  it('is given up when the other side hangs', async () => {
    answer = () => 'hang';
    await expect(
      safePost(`http://127.0.0.1:${port}/`, '{}', {}, { allowPrivate: true, timeoutMs: 50 }),
    ).rejects.toThrow('aborted');
  });
});
