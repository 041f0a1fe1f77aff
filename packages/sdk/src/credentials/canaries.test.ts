/** Secrets in every place where one can be: no span, metric, error or line of output may have one, with content on and every dialect. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { harness } from '../../test/harness.ts';
import { makeJwt } from '../../test/local-server.ts';
import { oauthError, type OauthServer, startOauth } from '../../test/oauth-server.ts';
import { type RedisServer, startRedis } from '../../test/redis-server.ts';
import { s3Error, startSts, stsError, type StsServer } from '../../test/sts-server.ts';
import { refused, startVault, type VaultServer } from '../../test/vault-server.ts';
import { agent, tool } from '../index.ts';
import { observeCache, redis, type SharedStore, tieredCache } from '../cache/index.ts';
import { fromVault, jwt, observeSecrets, vault } from '../vault/index.ts';
import { awsClient } from './aws.ts';
import { clientCredentials, exchangeToken } from './index.ts';

const h = harness();
let sts: StsServer;
let oauth: OauthServer;
let bao: VaultServer;
let server: RedisServer;
let client: Redis;
beforeAll(async () => {
  [sts, oauth, bao, server] = await Promise.all([startSts(), startOauth(), startVault(), startRedis()]);
  client = new Redis({ path: server.path });
});
afterAll(async () => {
  client.disconnect();
  await Promise.all([sts.close(), oauth.close(), bao.close(), server.close()]);
});

let planted = 0;
const canary = () => `kanarienvogel${String(++planted).padStart(3, '0')}`;
/** A token with a secret in its claims and one in its signature, for whoever would cut it in pieces. */
const token = (aud: string) => `${makeJwt({ sub: canary(), jti: canary(), aud })}${canary()}`;

it('OBS-13 OBS-15 COST-35 planted secrets are in nothing that leaves, in no error and on no line', async () => {
  h.init({ captureContent: true, dialects: ['otel', 'hexr'] });
  const lines: string[] = [];
  const write = (text: unknown, ...more: unknown[]) => void lines.push(inspect([text, ...more]));
  diag.setLogger({ error: write, warn: write, info: write, debug: write, verbose: write }, DiagLogLevel.ALL);
  sts.secret = oauth.token = bao.token = () => canary();
  bao.rootToken = canary();
  const cache = tieredCache({
    name: 'credentials',
    l2: redis(client),
    encryptionKey: '44'.repeat(32),
    sharedTimeoutMs: 10_000,
  });
  const errors: unknown[] = [];
  const attempt = async (work: () => unknown) => {
    try {
      return await work();
    } catch (error) {
      errors.push(error);
      return undefined;
    }
  };
  const secrets = vault({ address: bao.url, auth: jwt({ role: 'analyst', token: () => token('vault') }) });
  const strange = vault({ address: bao.url, auth: jwt({ role: canary(), token: () => token(canary()) }) });
  const s3 = awsClient(S3Client, {
    roleArn: 'arn:aws:iam::123456789012:role/analyst',
    token: () => token('sts.amazonaws.com'),
    region: 'eu-central-1',
    stsEndpoint: sts.url,
    cache,
    config: { endpoint: sts.url, forcePathStyle: true, maxAttempts: 1 },
  });
  const endpoint = { tokenEndpoint: oauth.tokenEndpoint, cache };
  const exchange = exchangeToken({ ...endpoint, subjectToken: () => token('a'), actorToken: canary, audience: 'api' });
  const forbidden = exchangeToken({ ...endpoint, subjectToken: () => token('a'), audience: 'forbidden' });
  const clientToken = clientCredentials({ ...endpoint, clientId: 'analyst', clientSecret: canary() });
  const map = observeCache(new Map([[canary(), canary()]]));
  const rude: SharedStore = {
    get: () => Promise.reject(new Error(canary())),
    set: async () => {},
    delete: async () => {},
  };
  const quoting = (status: number) => [
    oauthError(status, canary(), canary()),
    stsError(status, canary(), canary()),
    refused(status, canary(), { 'x-quote': canary() }),
    s3Error(status, 'Odd', canary()),
    { status: 200, body: `{"data": "${canary()}" "${canary()}"}` },
  ];

  await agent({ name: 'analyst', tenant: 'acme' }, async () => {
    await attempt(() => secrets.put('a/b', { value: canary(), more: { deep: canary() } }));
    await attempt(() => secrets.get('a/b'));
    await attempt(() => secrets.get('a/b', { field: 'more' }));
    await attempt(() => fromVault(secrets, 'a/b')());
    await attempt(() => secrets.put('a/b', { value: canary() }, { cas: 9 }));
    await attempt(() => strange.get('a/b'));
    await attempt(() => vault({ address: bao.url, auth: canary }).get('a/b'));
    await attempt(() => observeSecrets(() => Promise.reject(new Error('no')), { path: 'a' })());
    await attempt(() => observeSecrets((query: object) => ({ ...query, value: canary() }))({ id: canary() }));
    await attempt(exchange);
    await attempt(exchange.authorization);
    await attempt(forbidden);
    await attempt(clientToken);
    const failing = () => Promise.reject(new Error(canary()));
    await attempt(clientCredentials({ ...endpoint, clientId: 'failing', clientAssertion: failing }));
    await attempt(() => vault({ address: bao.url, auth: jwt({ role: 'analyst', token: failing }) }).get('a/b'));
    await attempt(() => observeSecrets(failing, { path: 'a' })());
    await attempt(() => s3.send(new GetObjectCommand({ Bucket: canary(), Key: canary() })));
    for (const key of map.keys()) map.get(key);
    await attempt(() => tieredCache({ l2: rude }).get(canary(), () => canary()));
    await attempt(tool({ name: 'uses-credentials', service: 's3' }, () => clientToken().then(() => 'done')));
    for (const status of [400, 403])
      for (const [index, reply] of quoting(status).entries()) {
        for (const each of [sts, oauth, bao]) each.next = [reply];
        await attempt(() => secrets.get(`quote/${index}`));
        await attempt(exchangeToken({ ...endpoint, subjectToken: () => token('a') }));
        await attempt(() =>
          awsClient(S3Client, {
            roleArn: `role-${status}-${index}`,
            token: () => token('b'),
            region: 'eu-central-1',
            stsEndpoint: sts.url,
            cache,
          }).config.credentials(),
        );
      }
  })();
  await h.spans();
  diag.disable();
  const stored = await Promise.all((await client.keys('*')).map(async (key) => key + (await client.get(key))));

  expect(planted).toBeGreaterThan(100);
  expect(errors.length).toBeGreaterThan(20);
  expect(stored.length).toBeGreaterThan(2);
  const spoken = Buffer.from('kanarienvogel').toString('base64').slice(0, 12);
  const everything: Record<string, string> = {
    spans: h.sink.bytes().toString('latin1'),
    // The SDK's own error for an answer of S3 is its own.
    errors: errors
      .filter((error) => (error as { name?: string }).name === 'TallyError')
      .map((error) => inspect(error, { depth: 9, showHidden: true }))
      .join('\n'),
    lines: lines.join('\n'),
    redis: stored.join('\n'),
    clients: inspect([secrets, strange, exchange, clientToken, cache], { depth: 9, showHidden: true }),
  };
  for (const [place, text] of Object.entries(everything)) {
    expect(text.match(/kanarienvogel\d+/g) ?? [], place).toEqual([]);
    expect(text, place).not.toContain(spoken);
  }
});
