import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { harness } from '../../test/harness.ts';
import { makeJwt } from '../../test/local-server.ts';
import { refused, startVault, type VaultServer } from '../../test/vault-server.ts';
import { agent } from '../agent.ts';
import { watch } from '../watch.ts';
import { jwt, vault, type VaultClient, type VaultOptions } from './index.ts';

const h = harness();
let server: VaultServer;
beforeAll(async () => {
  server = await startVault();
});
beforeEach(() => {
  server.asked.length = 0;
  server.next.length = 0;
  server.leaseSeconds = 3600;
  server.logins = 0;
  server.renewals = 0;
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => server.close());

const svid = () => makeJwt({ sub: 'spiffe://example.org/analyst', aud: 'vault' });
const client = (options: VaultOptions = {}) => vault({ address: server.url, auth: server.rootToken, ...options });
const failure = (from: () => Promise<unknown>) =>
  from().then(String, (error: unknown) => error as Error & { code: string; status?: number });
const told = async () =>
  (await h.spans()).map(({ name, attributes }) => [name, attributes['tally.vault.version'], attributes['error.type']]);

it('EXT-06 get, put, delete, list and exists are recorded each with path and version, and work as KV version 2 does', async () => {
  const secrets = client();
  expect(await secrets.exists('llm/openai')).toBe(false);
  expect(await secrets.put('llm/openai', { api_key: 'geheimnis-1', org: 'acme', retries: 3 })).toEqual({ version: 1 });
  expect(await secrets.put('llm/openai', 'geheimnis-2', { cas: 1 })).toEqual({ version: 2 });
  expect(await secrets.get('llm/openai')).toBe('geheimnis-2');
  expect(await secrets.get('llm/openai', { field: 'retries', version: 1 })).toBe('3');
  expect(await secrets.getSecret('llm/openai', { version: 1 })).toEqual({
    path: 'llm/openai',
    data: { api_key: 'geheimnis-1', org: 'acme', retries: 3 },
    version: 1,
    createdAt: expect.any(Date) as Date,
  });
  await secrets.put('llm/groq', 'geheimnis-3');
  expect(await secrets.list()).toEqual(['llm/']);
  expect(await secrets.list('llm')).toEqual(['openai', 'groq']);
  expect(await secrets.list('nothing/here')).toEqual([]);
  expect(await secrets.exists('llm/openai')).toBe(true);
  await secrets.delete('llm/openai');
  expect(await secrets.exists('llm/openai')).toBe(false);
  expect(await secrets.get('llm/openai', { field: 'api_key', version: 1 })).toBe('geheimnis-1');
  await secrets.delete('llm/openai', { versions: [1] });
  expect(await failure(() => secrets.getSecret('llm/openai', { version: 1 }))).toMatchObject({
    code: 'SECRET_NOT_FOUND',
  });
  await secrets.delete('llm/openai', { destroy: true });
  expect(await secrets.list('llm')).toEqual(['groq']);

  expect(await told()).toEqual([
    ['vault_get llm/openai', undefined, undefined],
    ['vault_put llm/openai', 1, undefined],
    ['vault_put llm/openai', 2, undefined],
    ['vault_get llm/openai', 2, undefined],
    ['vault_get llm/openai', 1, undefined],
    ['vault_get llm/openai', 1, undefined],
    ['vault_put llm/groq', 1, undefined],
    ['vault_list', undefined, undefined],
    ['vault_list llm', undefined, undefined],
    ['vault_list nothing/here', undefined, undefined],
    ['vault_get llm/openai', 2, undefined],
    ['vault_delete llm/openai', undefined, undefined],
    ['vault_get llm/openai', 2, undefined],
    ['vault_get llm/openai', 1, undefined],
    ['vault_delete llm/openai', undefined, undefined],
    ['vault_get llm/openai', 1, '404'],
    ['vault_delete llm/openai', undefined, undefined],
    ['vault_list llm', undefined, undefined],
  ]);
});

it('watch() takes it as it is, as it records itself', async () => {
  const secrets = client();
  expect(watch(secrets, { strict: true })).toBe(secrets);
  await secrets.put('a/watched', 'geheimnis');
  expect((await told()).map(([name]) => name)).toEqual(['vault_put a/watched']);
});

it('OBS-15 reading a secret has path and tenant, never the value, whatever is on', async () => {
  await client().put('llm/key', { api_key: 'geheimnis-4' });
  h.init({ captureContent: true });
  await agent({ name: 'analyst', tenant: 'acme' }, () => client().get('llm/key', { field: 'api_key' }))();
  const span = (await h.spans()).find(({ name }) => name === 'vault_get llm/key')!;
  expect(span.attributes).toMatchObject({
    'tally.vault.path': 'llm/key',
    'tally.tenant': 'acme',
    'tally.vault.version': 1,
  });
  expect(h.sink.bytes().toString('latin1')).not.toContain('geheimnis');
});

describe('what is not there', () => {
  it('is an error of get, and an answer of getOrDefault; a vault that refuses is no default', async () => {
    const secrets = client();
    await secrets.put('some', { a: 'x', nested: { b: 'geheimnis' }, none: null });
    expect(await failure(() => secrets.get('none/such'))).toMatchObject({ code: 'SECRET_NOT_FOUND', status: 404 });
    expect(String(await failure(() => secrets.get('some', { field: 'nested' })))).toMatch(
      /There is no field nested at some in the vault at 127/,
    );
    expect(await secrets.getOrDefault('none/such', 'otherwise')).toBe('otherwise');
    expect(await secrets.getOrDefault('some', 'otherwise', { field: '__proto__' })).toBe('otherwise');
    expect(await secrets.getOrDefault('some', 'otherwise', { field: 'a' })).toBe('x');
    expect((await told()).at(-1)).toEqual(['vault_get some', 1, undefined]);
    expect(await failure(() => client({ auth: 'wrong' }).getOrDefault('some', 'otherwise'))).toMatchObject({
      status: 403,
    });
  });

  it('paths lead nowhere else, and an address that is none is refused at once', async () => {
    const secrets = client();
    for (const path of ['../../sys/seal', 'a/../b', '.', '', '/'])
      expect(await failure(() => secrets.get(path)), path).toMatchObject({ code: 'BAD_OPTION' });
    expect(server.asked).toHaveLength(0);
    await secrets.put('odd/a b?c=d#e%2F..', 'x');
    expect(server.asked[0]!.url.pathname).toBe('/v1/secret/data/odd/a%20b%3Fc%3Dd%23e%252F..');
    expect(() => vault({ address: 'vault.example.com' })).toThrow('VAULT_ADDR');
    vi.stubEnv('VAULT_TOKEN', '');
    expect(String(await failure(() => vault({ address: server.url }).get('a')))).toContain('VAULT_TOKEN');
  });
});

describe('a login with a JWT', () => {
  const login = (token: () => string = svid, role = 'analyst') => client({ auth: jwt({ role, token }) });
  const read = (secrets: VaultClient) => secrets.getOrDefault('some', '-');

  it('OBS-13 OBS-22 is made when a token is needed, once, under the call that needed it', async () => {
    const secrets = login();
    await Promise.all([read(secrets), read(secrets), read(secrets)]);
    await read(secrets);
    expect(server.logins).toBe(1);
    const spans = await h.spans();
    const exchanges = spans.filter(({ name }) => name.startsWith('credential_exchange'));
    expect(exchanges.map(({ attributes }) => attributes)).toMatchObject([
      { 'tally.credential.provider': 'vault', 'tally.spiffe_id': 'spiffe://example.org/analyst' },
    ]);
    expect(spans.find(({ spanId }) => spanId === exchanges[0]!.parentSpanId)!.name).toBe('vault_get some');
  });

  it('its token is renewed while it still serves, and replaced when the vault no longer takes it', async () => {
    const ago = (seconds: number) => vi.spyOn(performance, 'now').mockReturnValue(now + seconds * 1000);
    const now = performance.now();
    const secrets = login();
    ago(0);
    await read(secrets);
    ago(2399);
    await read(secrets);
    expect(server.renewals).toBe(0);
    ago(2401);
    await read(secrets);
    await vi.waitFor(() => expect(server.renewals).toBe(1));
    ago(5900);
    await read(secrets);
    expect([server.logins]).toEqual([1]);
    server.revoke();
    expect(await read(secrets)).toBe('-');
    expect(server.logins).toBe(2);
    ago(5900 + 3601);
    await read(secrets);
    expect(server.logins).toBe(3);
    vi.restoreAllMocks();
  });

  it('a role that the vault does not know is an error with status and what helps, and no token is quoted', async () => {
    const error = await failure(() => read(login(svid, 'stranger')));
    expect(error).toMatchObject({ code: 'VAULT_REQUEST_FAILED', status: 400 });
    expect(String(error)).toContain('refused to log in at auth/jwt/login: HTTP 400.');
    const wrong = makeJwt({ sub: 'geheimnis-subject', aud: 'elsewhere' });
    expect(String(await failure(() => read(login(() => wrong))))).not.toContain(wrong.slice(0, 12));
    expect((await told()).map(([, , type]) => type)).toEqual(['400', '400', '400', '400']);
  });

  it('a policy that forbids a path does not make it log in again and again', async () => {
    const secrets = login();
    await read(secrets);
    for (let count = 0; count < 3; count++) {
      server.next.push(refused(403, 'permission denied'));
      expect(await failure(() => read(secrets))).toMatchObject({ status: 403 });
    }
    expect(server.logins).toBe(1);
  });
});

describe('on the wire', () => {
  it('namespace and mount are the caller’s, and the vault’s audit log can find our trace and who asked', async () => {
    const secrets = client({ namespace: 'team-a', mount: 'kv/two' });
    await agent({ name: 'An analyst' }, () => failure(() => secrets.get('a')))();
    const [{ headers, url }] = server.asked as [(typeof server.asked)[0]];
    expect(url.pathname).toBe('/v1/kv/two/data/a');
    expect(headers).toMatchObject({
      'x-vault-namespace': 'team-a',
      'x-vault-request': 'true',
      'user-agent': 'tallyspan/0.1.0 An-analyst',
    });
    const span = (await h.spans()).find(({ name }) => name === 'vault_get a')!;
    expect(headers['traceparent']).toBe(`00-${span.traceId}-${span.spanId}-01`);
    expect(headers['x-correlation-id']).toBe(span.traceId);
  });

  it('busy answers are tried again when the vault says, a write only when it was surely not made', async () => {
    const secrets = client();
    await secrets.put('busy', 'x');
    server.next.push(refused(429, 'quota', { 'retry-after': '0' }), refused(500, 'internal'));
    expect(await secrets.get('busy')).toBe('x');
    server.next.push(refused(503, 'Vault is sealed'));
    expect(await secrets.put('busy', 'y')).toEqual({ version: 2 });
    server.next.push(refused(500, 'internal'));
    expect(await failure(() => secrets.put('busy', 'z'))).toMatchObject({ status: 500 });
    server.next.push('cut');
    expect(await failure(() => secrets.put('busy', 'z'))).toMatchObject({ code: 'VAULT_REQUEST_FAILED' });
    expect((await secrets.getSecret('busy')).version).toBe(2);
  });

  it('a vault that hangs, is none, or answers in the form of version 1 is said to be so', async () => {
    const reason = async (secrets = client()) =>
      /at a\/b: ([^.]*)\./.exec(String(await failure(() => secrets.get('a/b'))).replace('read a/b', 'at a/b'))?.[1];
    server.next.push('hang');
    expect(await reason(client({ timeoutMs: 40 }))).toBe('it did not answer in time');
    server.next.push({ status: 200, body: '<html>geheimnis' });
    expect(await reason()).toBe('its answer is none of KV version 2');
    server.next.push({ status: 200, body: JSON.stringify({ data: { value: 'geheimnis' } }) });
    expect(await reason()).toBe('its answer is none of KV version 2');
    server.next.push({ status: 301, headers: { location: '/elsewhere' } });
    expect(await reason()).toBe('it redirects, which is not followed with secrets in hand');
  });
});
