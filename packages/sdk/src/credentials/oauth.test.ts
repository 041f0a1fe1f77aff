import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { harness } from '../../test/harness.ts';
import { makeJwt } from '../../test/local-server.ts';
import { oauthError, type OauthServer, startOauth } from '../../test/oauth-server.ts';
import { tieredCache } from '../cache/index.ts';
import { clientCredentials, exchangeToken } from './index.ts';

const h = harness();
let server: OauthServer;
beforeAll(async () => {
  server = await startOauth();
});
beforeEach(() => {
  server.asked.length = 0;
  server.lifeSeconds = 3600;
});
afterAll(() => server.close());

const svid = (sub = 'spiffe://example.org/analyst') => makeJwt({ sub, aud: 'https://auth.example.com' });
const form = (index = 0) => Object.fromEntries(new URLSearchParams(server.asked[index]!.body));
const operations = async () => (await h.spans()).map(({ attributes }) => attributes['gen_ai.operation.name']);
const value = (metric: string) => h.sink.points().find((point) => point.metric === metric)?.value;
const failure = (from: () => Promise<unknown>) =>
  from().then(String, (error: unknown) => error as Error & { code: string; status?: number });

describe('exchangeToken', () => {
  it('OBS-13 OBS-22 OBS-38 a token is exchanged as RFC 8693 says, once, and the span has provider, service and SPIFFE id', async () => {
    const subjectToken = svid();
    const token = exchangeToken({
      tokenEndpoint: server.tokenEndpoint,
      subjectToken: () => subjectToken,
      actorToken: () => 'actor',
      audience: 'https://api.example.com/orders?key=hidden',
      scope: ['orders:read', 'orders:write'],
      cache: tieredCache(),
    });
    const first = await token();
    expect(first).toEqual({
      accessToken: 'oauth-access-1',
      tokenType: 'Bearer',
      expiresAt: expect.any(Number) as number,
      scope: 'orders:read orders:write',
      issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect(form()).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subjectToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      actor_token: 'actor',
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience: 'https://api.example.com/orders?key=hidden',
      scope: 'orders:read orders:write',
    });
    expect(await token()).toEqual(first);
    expect(await token.authorization()).toBe('Bearer oauth-access-1');
    expect(server.asked).toHaveLength(1);

    // The look at L1, then L3 with the exchange inside; later only looks.
    expect((await operations()).toSorted()).toEqual([...Array<string>(4).fill('cache_lookup'), 'credential_exchange']);
    const spans = await h.spans();
    const exchange = spans.find(({ name }) => name.startsWith('credential_exchange'))!;
    expect(exchange.name).toBe('credential_exchange https://api.example.com/orders');
    expect(exchange.attributes).toMatchObject({
      'tally.credential.provider': 'oauth',
      'tally.credential.service': 'https://api.example.com/orders',
      'tally.spiffe_id': 'spiffe://example.org/analyst',
    });
    expect(spans.find(({ spanId }) => spanId === exchange.parentSpanId)!.name).toBe('cache_lookup L3');
    expect([value('tally.credential.exchanges'), value('tally.credential.failures')]).toEqual([1, undefined]);

    await token.forget();
    expect((await token()).accessToken).toBe('oauth-access-2');
  });

  it('nobody gets what was exchanged for another, unless the application says that they are the same', async () => {
    let whose = svid('user-1');
    const options = {
      tokenEndpoint: server.tokenEndpoint,
      subjectToken: () => whose,
      audience: 'api',
      cache: tieredCache(),
    };
    const one = await exchangeToken(options)();
    whose = `${whose}forged`;
    expect((await exchangeToken(options)()).accessToken).not.toBe(one.accessToken);
    const named = exchangeToken({ ...options, subject: () => 'user-1' });
    const first = await named();
    whose = svid('user-1-with-a-new-token');
    expect(await named()).toEqual(first);
    expect((await exchangeToken({ ...options, subject: 'user-1', audience: 'other' })()).accessToken).not.toBe(
      first.accessToken,
    );
  });

  it('OBS-39 a refusal is an error with status and code, counted apart, and quotes nothing', async () => {
    const subjectToken = svid();
    const refused = exchangeToken({
      tokenEndpoint: server.tokenEndpoint,
      subjectToken,
      audience: 'forbidden',
      cache: tieredCache(),
    });
    const error = await failure(refused);
    expect(error).toMatchObject({ name: 'TallyError', code: 'CREDENTIAL_EXCHANGE_FAILED', status: 400 });
    expect(String(error)).toContain('gave no credentials for forbidden: HTTP 400 invalid_target.');
    expect(String(error)).not.toContain(subjectToken.slice(0, 20));

    server.next.push(oauthError(400, subjectToken, subjectToken));
    expect(String(await failure(refused))).toContain(': HTTP 400.');
    const exchange = (await h.spans()).find(({ name }) => name.startsWith('credential_exchange'))!;
    expect(exchange).toMatchObject({ failed: true, statusMessage: 'HTTP 400', attributes: { 'error.type': '400' } });
    expect([value('tally.credential.exchanges'), value('tally.credential.failures')]).toEqual([undefined, 2]);
  });

  it('what the token provider throws is the caller’s own, untouched, and is not cached', async () => {
    const mine = new RangeError('no token today');
    const token = exchangeToken({
      tokenEndpoint: server.tokenEndpoint,
      subjectToken: () => Promise.reject(mine),
      cache: tieredCache(),
    });
    expect(await failure(token)).toBe(mine);
    expect(server.asked).toHaveLength(0);
  });
});

describe('clientCredentials', () => {
  it('a JWT proves the client as RFC 7523 says, and no token is asked for that is not needed', async () => {
    let asked = 0;
    const token = clientCredentials({
      tokenEndpoint: server.tokenEndpoint,
      clientId: 'analyst',
      clientAssertion: async () => (asked++, svid()),
      resource: ['https://a.example.com', 'https://b.example.com'],
      cache: tieredCache(),
    });
    await token();
    await token();
    expect([asked, server.asked.length]).toEqual([1, 1]);
    expect(form()).toMatchObject({
      grant_type: 'client_credentials',
      client_id: 'analyst',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    expect(new URLSearchParams(server.asked[0]!.body).getAll('resource')).toEqual([
      'https://a.example.com',
      'https://b.example.com',
    ]);
    expect(server.asked[0]!.headers.authorization).toBeUndefined();
  });

  it('a secret goes as HTTP Basic, encoded as in a form', async () => {
    const token = clientCredentials({
      tokenEndpoint: server.tokenEndpoint,
      clientId: 'my app',
      clientSecret: 'a:b&c/ü',
      cache: tieredCache(),
    });
    await token();
    const basic = Buffer.from(server.asked[0]!.headers.authorization!.slice(6), 'base64').toString();
    expect(basic).toBe('my+app:a%3Ab%26c%2F%C3%BC');
    expect(server.asked[0]!.body).toBe('grant_type=client_credentials');
  });
});

describe('an authorization server that does not behave', () => {
  const token = (options = {}) =>
    clientCredentials({
      tokenEndpoint: server.tokenEndpoint,
      clientId: 'a',
      clientSecret: 's',
      cache: tieredCache(),
      ...options,
    });

  it('is asked again when it is busy, as long as there is time', async () => {
    server.next.push(oauthError(503, 'temporarily_unavailable', ''), 'cut');
    expect((await token()()).tokenType).toBe('Bearer');
    expect(server.asked).toHaveLength(3);
    server.next.push({ status: 429, headers: { 'retry-after': '3600' } });
    expect(await failure(token({ timeoutMs: 10_000 }))).toMatchObject({ status: 429 });
    expect(server.asked).toHaveLength(4);
  });

  it('that never answers, redirects, sends rubbish or without end gives an error that says so, and no more', async () => {
    const said: Record<string, string> = {};
    const reply = { status: 200, headers: { 'content-type': 'application/json' } };
    for (const [name, next, timeoutMs] of [
      ['hang', 'hang', 50],
      ['redirect', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 10_000],
      ['rubbish', { ...reply, body: '<html>geheimnis' }, 10_000],
      ['empty', { ...reply, body: '{"access_token":""}' }, 10_000],
      ['endless', { ...reply, body: 'x'.repeat(2 * 1024 * 1024 + 1) }, 10_000],
    ] as const) {
      server.next = [next, next, next];
      const error = await failure(token({ timeoutMs }));
      expect(error).toMatchObject({ code: 'CREDENTIAL_EXCHANGE_FAILED' });
      said[name] = /: ([^:]*?)\. What the other/.exec(String(error))![1]!;
    }
    server.next = [];
    expect(said).toMatchInlineSnapshot(`
      {
        "empty": "its answer has no access_token",
        "endless": "its answer is too long",
        "hang": "it did not answer in time",
        "redirect": "it redirects, which is not followed with secrets in hand",
        "rubbish": "its answer has no access_token",
      }
    `);
    const gone = await startOauth();
    await gone.close();
    const nobody = await failure(token({ tokenEndpoint: gone.tokenEndpoint, timeoutMs: 10_000 }));
    expect(String(nobody)).toContain('ECONNREFUSED');
  });

  it('a token that says nothing of its end, or ends soon, is not kept for long', async () => {
    server.lifeSeconds = undefined;
    expect((await token()()).expiresAt).toBeUndefined();
    server.lifeSeconds = 0;
    const over = token();
    const { accessToken } = await over();
    expect((await over()).accessToken).not.toBe(accessToken);
  });
});
