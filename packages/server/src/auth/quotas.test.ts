import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { type QuotaRecord, Quotas, retryAfter } from './quotas.ts';

/** Quotas under a clock that stands until it is moved. */
function quotas(quota: QuotaRecord) {
  const clock = { ms: Date.parse('2026-11-21T23:59:00Z') };
  const objects = { get: async () => ({ id: 'acme', version: 1, changedAt: 0, body: quota }) } as never;
  const all = new Quotas(objects, () => clock.ms);
  /** What a body of so many spans and bytes is answered: `ok`, or the seconds to wait. */
  const take = async (spans: number, bytes = 0): Promise<'ok' | number | undefined> => {
    try {
      const grant = await all.admit('acme', bytes);
      all.charge('acme', spans, bytes);
      grant.release();
      return 'ok';
    } catch (error) {
      return retryAfter(error);
    }
  };
  return { all, take, clock };
}

describe('a quota of spans per second', () => {
  it('lets ten seconds of it come at once, then as many as it fills up with', async () => {
    const { take, clock } = quotas({ spansPerSecond: 100 });
    expect([await take(999), await take(1), await take(1)]).toEqual(['ok', 'ok', 1]);
    clock.ms += 500;
    expect([await take(50), await take(1)]).toEqual(['ok', 1]);
  });

  it('is paid back by waiting when one body was larger than what was left', async () => {
    const { take, clock } = quotas({ spansPerSecond: 100 });
    expect([await take(5_000), await take(1)]).toEqual(['ok', 41]);
    clock.ms += 39_000;
    expect(await take(1)).toBe(2);
    clock.ms += 2_000;
    expect(await take(1)).toBe('ok');
  });

  it('counts bodies that are being read as what they promise, so that not all of them pass at once', async () => {
    const { all } = quotas({ spansPerSecond: 1 });
    const announced = 5 * limits.quotaSpanBytes;
    const grants = [await all.admit('acme', announced), await all.admit('acme', announced)];
    await expect(all.admit('acme', announced)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    for (const grant of grants) grant.release();
    await all.admit('acme', announced);
  });
});

describe('a quota of bytes per day', () => {
  it('takes the last byte, refuses the one after, and begins anew at midnight UTC', async () => {
    const { take, clock } = quotas({ bytesPerDay: 1_000 });
    expect([await take(1, 999), await take(1, 2), await take(1, 1), await take(1, 1)]).toEqual(['ok', 60, 'ok', 60]);
    clock.ms += 60_000;
    expect(await take(1, 1_000)).toBe('ok');
  });
});

describe('on the server', () => {
  const body = (spans: number) =>
    encodeSpans(
      Array.from({ length: spans }, () => makeCall()),
      'protobuf',
    );
  const post = (server: LockedServer, key: string, bytes: Buffer) =>
    send(`${server.url}/v1/traces`, { headers: { ...PROTOBUF, 'x-api-key': key }, body: bytes });

  it('a tenant over its quota is 429 with Retry-After before its body is read, and the others go on', async () => {
    const server = await startLockedServer();
    const [acme, globex] = [
      await server.make({ scope: 'ingest', tenant: 'acme' }),
      await server.make({ scope: 'ingest', tenant: 'globex' }),
    ];
    await server.ask('PUT', '/api/v1/quotas/acme', server.admin, { spansPerSecond: 0.1 });
    expect((await post(server, acme, body(20))).status).toBe(200);
    const refused = await post(server, acme, body(1));
    expect([refused.status, refused.headers['content-type']]).toEqual([429, 'application/x-protobuf']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(100);
    const unread = await send(`${server.url}/v1/traces`, {
      headers: { ...PROTOBUF, 'x-api-key': acme, 'content-length': '1000000', expect: '100-continue' },
    });
    expect(unread.status).toBe(429);
    expect((await post(server, globex, body(20))).status).toBe(200);
    expect((await server.ask('GET', '/api/v1/quotas', server.admin)).json).toMatchObject({
      quotas: [{ tenant: 'acme', spansPerSecond: 0.1, bytesPerDay: null, bytesToday: expect.any(Number) }],
    });
    expect((await server.ask('DELETE', '/api/v1/quotas/acme', server.admin)).status).toBe(204);
    expect((await post(server, acme, body(20))).status).toBe(200);
    expect((await server.ask('DELETE', '/api/v1/quotas/acme', server.admin)).status).toBe(404);
    await server.end();
  });
});
