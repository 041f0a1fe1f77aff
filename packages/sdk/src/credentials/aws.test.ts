import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { harness } from '../../test/harness.ts';
import { makeJwt } from '../../test/local-server.ts';
import { type RedisServer, startRedis } from '../../test/redis-server.ts';
import { s3Error, startSts, stsError, type StsServer } from '../../test/sts-server.ts';
import { Redis } from 'ioredis';
import { agent } from '../agent.ts';
import { redis, tieredCache } from '../cache/index.ts';
import { awsClient, type AwsCredentialOptions, awsCredentials } from './aws.ts';

const h = harness();
let sts: StsServer;
let server: RedisServer;
let shared: Redis;
beforeAll(async () => {
  sts = await startSts();
  server = await startRedis();
  shared = new Redis({ path: server.path });
});
beforeEach(() => {
  sts.asked.length = 0;
  sts.given = 0;
  sts.lifeSeconds = 3600;
  sts.objects.clear();
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  shared.disconnect();
  await Promise.all([sts.close(), server.close()]);
});

const svid = () => makeJwt({ sub: 'spiffe://example.org/analyst', aud: 'sts.amazonaws.com' });
const region = 'eu-central-1';
const roleArn = 'arn:aws:iam::123456789012:role/analyst';
const options = (given: AwsCredentialOptions = {}): AwsCredentialOptions => ({
  roleArn,
  region,
  token: svid,
  stsEndpoint: sts.url,
  cache: tieredCache({ name: 'credentials' }),
  ...given,
});
const s3 = (given: AwsCredentialOptions = {}) =>
  awsClient(S3Client, { ...options(given), config: { endpoint: sts.url, forcePathStyle: true, maxAttempts: 1 } });
const read = async (client: S3Client, key = 'q3.json') =>
  (await client.send(new GetObjectCommand({ Bucket: 'reports', Key: key }))).Body!.transformToString();
const failure = (from: () => Promise<unknown>) =>
  from().then(String, (error: unknown) => error as Error & { code: string; status?: number });
const named = async (name: string) => (await h.spans()).filter((span) => span.name.startsWith(name));

it('the local STS speaks as AWS does: AWS’s own client gets the same credentials from it as we do', async () => {
  const client = new STSClient({ endpoint: sts.url, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const { Credentials } = await client.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: 'analyst', WebIdentityToken: svid() }),
  );
  const form = (index: number) => Object.fromEntries(new URLSearchParams(sts.asked[index]!.body));
  sts.given = 0;
  const ours = await awsCredentials(options({ roleSessionName: 'analyst' }))();
  expect(ours).toEqual({
    accessKeyId: Credentials!.AccessKeyId,
    secretAccessKey: Credentials!.SecretAccessKey,
    sessionToken: Credentials!.SessionToken,
    expiration: expect.any(Date) as Date,
    accountId: '123456789012',
  });
  expect(Math.abs(ours.expiration.getTime() - Credentials!.Expiration!.getTime())).toBeLessThan(60_000);
  expect(Object.keys(form(1)).toSorted()).toEqual(Object.keys(form(0)).toSorted());
});

describe('awsClient', () => {
  it('OBS-11 OBS-33 OBS-34 a command is a tool span with service, region and the tier that its credentials came from', async () => {
    sts.objects.set('/reports/q3.json', '{"sum":42}');
    const client = s3();
    expect(client).toBeInstanceOf(S3Client);
    await agent({ name: 'analyst', tenant: 'acme' }, async () => {
      expect(await read(client)).toBe('{"sum":42}');
      expect(await read(client)).toBe('{"sum":42}');
    })();
    const tools = await named('execute_tool');
    expect(tools.map(({ name, attributes }) => [name, attributes['tally.cache.tier']])).toEqual([
      ['execute_tool s3.GetObject', 'L3'],
      ['execute_tool s3.GetObject', 'L1'],
    ]);
    expect(tools[0]!.attributes).toMatchObject({
      'gen_ai.tool.name': 's3.GetObject',
      'tally.tool.service': 's3',
      'cloud.region': region,
      'tally.tenant': 'acme',
    });
    const points = h.sink.points();
    const ofTool = (metric: string) =>
      points.find((point) => point.metric === metric && point.attributes['tally.tool.service'] === 's3');
    expect(ofTool('tally.tool.invocations')!.value).toBe(2);
    expect(ofTool('tally.tool.duration')!.count).toBe(2);
  });

  it('OBS-13 OBS-22 the exchange lies under the first command only, with provider, service and SPIFFE id', async () => {
    sts.objects.set('/reports/q3.json', '{}');
    const client = s3();
    for (let count = 0; count < 3; count++) await read(client);
    const exchanges = await named('credential_exchange');
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({
      name: 'credential_exchange s3',
      attributes: {
        'tally.credential.provider': 'aws_sts',
        'tally.credential.service': 's3',
        'tally.spiffe_id': 'spiffe://example.org/analyst',
        'cloud.region': region,
      },
    });
    expect(sts.given).toBe(1);
    expect(new URLSearchParams(sts.asked[0]!.body).get('RoleSessionName')).toBe('tallyspan');
  });

  it('answers and errors are the SDK’s own, and content on or off nothing that commands carry is recorded', async () => {
    h.init({ captureContent: true });
    const client = s3();
    await client.send(new PutObjectCommand({ Bucket: 'reports', Key: 'a.txt', Body: 'geheimnis-body' }));
    expect(await read(client, 'a.txt')).toBe('geheimnis-body');
    const error = await failure(() => read(client, 'geheimnis-missing'));
    expect(error).toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    const spans = await named('execute_tool');
    expect(spans.at(-1)).toMatchObject({
      failed: true,
      statusMessage: 'HTTP 404',
      attributes: { 'error.type': '404' },
    });
    expect(h.sink.bytes().toString('latin1')).not.toMatch(/geheimnis/);
  });

  it('credentials that AWS no longer takes are exchanged anew for the next command', async () => {
    sts.objects.set('/reports/q3.json', '{}');
    const client = s3();
    await read(client);
    sts.revoke();
    expect(await failure(() => read(client))).toMatchObject({ name: 'InvalidAccessKeyId' });
    expect(await read(client)).toBe('{}');
    expect(sts.given).toBe(2);
  });

  it('throttling is the SDK’s to try again: one span, as it is one command', async () => {
    sts.objects.set('/reports/q3.json', '{}');
    const client = awsClient(S3Client, {
      ...options(),
      config: { endpoint: sts.url, forcePathStyle: true, maxAttempts: 3 },
    });
    await read(client);
    sts.next.push(s3Error(503, 'SlowDown', 'Please reduce your request rate.'));
    expect(await read(client)).toBe('{}');
    expect(await named('execute_tool')).toHaveLength(2);
  });

  it('works for other clients, and with a provider that several share', async () => {
    const credentials = awsCredentials(options({ service: 'shared' }));
    const config = { endpoint: sts.url };
    const caller = awsClient(STSClient, { credentials, region, config });
    expect(await caller.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '123456789012' });
    // A client of the application's own takes it as it takes any provider, and is not recorded.
    await new STSClient({ credentials, region, ...config }).send(new GetCallerIdentityCommand({}));
    await awsClient(STSClient, { credentials, region, config }).send(new GetCallerIdentityCommand({}));
    expect(sts.given).toBe(1);
    expect((await named('execute_tool')).map(({ name }) => name)).toEqual(
      Array(2).fill('execute_tool sts.GetCallerIdentity'),
    );
  });
});

describe('awsCredentials', () => {
  it('processes share credentials through Redis, encrypted, until ten minutes before their end', async () => {
    const encryptionKey = '33'.repeat(32);
    const cache = () => tieredCache({ name: 'credentials', l2: redis(shared), encryptionKey, sharedTimeoutMs: 10_000 });
    const first = await awsCredentials(options({ cache: cache() }))();
    await vi.waitFor(async () => expect(await shared.dbsize()).toBe(1));
    const [key] = await shared.keys('*');
    const stored = (await shared.get(key!))!;
    for (const secret of [first.accessKeyId, first.secretAccessKey, first.sessionToken, roleArn])
      expect(key + stored).not.toContain(secret);
    expect(await shared.pttl(key!)).toBeLessThanOrEqual(50 * 60_000);
    expect(await shared.pttl(key!)).toBeGreaterThan(49 * 60_000);

    // Another process has another token of the same workload.
    expect(await awsCredentials(options({ cache: cache(), token: () => `${svid()}x` }))()).toEqual(first);
    expect(sts.given).toBe(1);
    expect((await awsCredentials(options({ cache: cache(), roleArn: `${roleArn}2` }))()).accessKeyId).not.toBe(
      first.accessKeyId,
    );
  });

  it('agents and tenants do not share credentials, and sessions bear the agent’s name', async () => {
    const credentials = awsCredentials(options());
    const as = (name: string, tenant: string) => agent({ name, tenant }, credentials)();
    const ids = [await as('An analyst!', 'acme'), await as('An analyst!', 'globex'), await as('An analyst!', 'acme')];
    expect(new Set(ids.map(({ accessKeyId }) => accessKeyId)).size).toBe(2);
    expect(new URLSearchParams(sts.asked[0]!.body).get('RoleSessionName')).toBe('An-analyst-');
  });

  it('OBS-38 OBS-39 a refusal has the code of STS and what helps, never its text, and is not counted as an exchange', async () => {
    const wrong = awsCredentials(options({ token: () => makeJwt({ sub: 'geheimnis-subject', aud: 'elsewhere' }) }));
    const error = await failure(wrong);
    expect(error).toMatchObject({ code: 'CREDENTIAL_EXCHANGE_FAILED', status: 400 });
    expect(String(error)).toContain('AWS STS gave no credentials for aws: HTTP 400 InvalidIdentityToken.');
    expect(String(error)).toContain('audience that the identity provider in IAM expects');
    await awsCredentials(options())();
    await h.spans();
    const value = (metric: string) =>
      h.sink
        .points()
        .filter((point) => point.metric === metric)
        .map((point) => point.value);
    expect([value('tally.credential.exchanges'), value('tally.credential.failures')]).toEqual([[1], [1]]);
  });

  it('an STS that hangs, hangs up or sends rubbish is said to be so, and quoted in nothing', async () => {
    const given = awsCredentials(options({ timeoutMs: 200 }));
    for (const next of ['hang', 'cut', { status: 200, body: '<html>geheimnis' }, { status: 200 }] as const) {
      sts.next = [next, next, next, next, next];
      const error = await failure(given);
      expect(error, JSON.stringify(next)).toMatchObject({ code: 'CREDENTIAL_EXCHANGE_FAILED' });
      expect(String(error)).not.toContain('geheimnis');
    }
    sts.next = [];
    expect((await given()).accessKeyId).toMatch(/^ASIA/);
  });

  it('throttling, which STS tells with status 400, and a provider that STS cannot reach are tried again', async () => {
    sts.next.push(stsError(400, 'Throttling', 'Rate exceeded'), stsError(400, 'IDPCommunicationError', 'later'));
    expect((await awsCredentials(options())()).accessKeyId).toMatch(/^ASIA/);
    expect(sts.asked).toHaveLength(3);
  });

  it('role, token, region and endpoint come from the environment where AWS’s own tools look for them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallyspan-aws-'));
    const file = join(folder, 'token');
    await writeFile(file, `${svid()}\n`);
    vi.stubEnv('AWS_ROLE_ARN', roleArn);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
    vi.stubEnv('AWS_ROLE_SESSION_NAME', 'from-env');
    try {
      expect((await awsCredentials({ cache: tieredCache() })()).accountId).toBe('123456789012');
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(new URLSearchParams(sts.asked[0]!.body).get('RoleSessionName')).toBe('from-env');
  });

  it('a token goes to the STS of a region only: a name that would make another host of it is refused', async () => {
    const hosts: string[] = [];
    const spy = (async (url: string) => {
      hosts.push(new URL(url).host);
      return new Response('', { status: 400 });
    }) as unknown as typeof fetch;
    for (const where of [
      'eu-central-1',
      'us-gov-west-1',
      'cn-north-1',
      'us-isob-east-1',
      'evil.example.com/x-1',
      'eu-central-1@x',
    ]) {
      const { stsEndpoint: _, ...rest } = options({ region: where, fetch: spy });
      hosts.push(((await failure(awsCredentials(rest))) as { code: string }).code);
    }
    expect(hosts.filter((each) => each !== 'CREDENTIAL_EXCHANGE_FAILED')).toEqual([
      'sts.eu-central-1.amazonaws.com',
      'sts.us-gov-west-1.amazonaws.com',
      'sts.cn-north-1.amazonaws.com.cn',
      'sts.us-isob-east-1.sc2s.sgov.gov',
      'BAD_OPTION',
      'BAD_OPTION',
    ]);
  });

  it('what is missing is said with the option and the variable that would help', async () => {
    expect(String(await failure(awsCredentials({ cache: tieredCache() })))).toContain('set AWS_ROLE_ARN');
    expect(String(await failure(awsCredentials({ roleArn, cache: tieredCache() })))).toContain(
      'set AWS_WEB_IDENTITY_TOKEN_FILE',
    );
  });
});
