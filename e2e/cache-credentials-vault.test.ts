/** The examples of cache, credentials and vault, each as a program of its own against the real library, with a real server to look at it. */
import { startFakeProvider } from '@tallyspan/fake-provider';
import { flush, init } from '@tallyspan/sdk';
import { vault } from '@tallyspan/sdk/vault';
import type { Trace, TraceList } from '@tallyspan/server';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeJwt } from '../packages/sdk/test/local-server.ts';
import { startOauth } from '../packages/sdk/test/oauth-server.ts';
import { startRedis } from '../packages/sdk/test/redis-server.ts';
import { startSts } from '../packages/sdk/test/sts-server.ts';
import { startVault } from '../packages/sdk/test/vault-server.ts';
import { awsEnvironment } from './aws-environment.ts';
import { type House, startHouse } from './house.ts';
import { runExample, treeOf } from './run-example.ts';

let house: House;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-operations-'));
  house = await startHouse('server');
});
afterAll(async () => {
  await house.remove();
  await rm(folder, { recursive: true, force: true });
});

const nameOf = ({ name }: Trace['spans'][number]) => name;

it('the cache example: the source, then Redis, then memory, each tier a span in the trace of the agent', async () => {
  const redis = await startRedis();
  try {
    const { printed, stderr, spans } = await runExample(house, 'cache', 'treasurer', 8, { REDIS_URL: redis.path });
    expect(stderr).toBe('');
    expect(printed).toEqual(['EUR 1.08 from L1', 'EUR 1.08 from L2']);
    expect(treeOf(spans, nameOf)[0]).toBe('invoke_agent treasurer');
    const looks = spans.filter(({ name }) => name.startsWith('cache_lookup'));
    expect(looks.map(({ facts }) => `${String(facts['cacheTier'])} ${String(facts['cacheHit'])}`).toSorted()).toEqual([
      'L1 false',
      'L1 false',
      'L1 true',
      'L1 true',
      'L2 false',
      'L2 true',
      'L3 true',
    ]);
  } finally {
    await redis.close();
  }
});

it('the credentials example: one exchange at STS and one at the token endpoint, under the tool that needed them', async () => {
  const [sts, oauth] = await Promise.all([startSts(), startOauth()]);
  sts.objects.set('/reports/q3.json', '{"revenue":42}');
  try {
    const { printed, stderr, spans } = await runExample(house, 'credentials', 'report-reader', 12, {
      ...(await awsEnvironment(sts, folder, 'report-reader')),
      TOKEN_ENDPOINT: oauth.tokenEndpoint,
    });
    expect(stderr).toBe('');
    expect(printed).toEqual([
      'q3.json, time 1: {"revenue":42}',
      'q3.json, time 2: {"revenue":42}',
      'orders: Bearer token, kept for later: true',
    ]);
    const tree = treeOf(spans, nameOf);
    expect(tree.slice(0, 5)).toEqual([
      'invoke_agent report-reader',
      '  execute_tool s3.GetObject',
      '    cache_lookup L1',
      '    cache_lookup L3',
      '      credential_exchange s3',
    ]);
    expect(tree.filter((line) => line.includes('credential_exchange'))).toHaveLength(2);
    const tools = spans.filter(({ name }) => name.startsWith('execute_tool'));
    expect(
      tools.map(({ facts }) => [facts['toolService'], facts['region'], facts['cacheTier'], facts['tenant']]),
    ).toEqual([
      ['s3', 'eu-central-1', 'L3', 'acme-corp'],
      ['s3', 'eu-central-1', 'L1', 'acme-corp'],
    ]);
  } finally {
    await Promise.all([sts.close(), oauth.close()]);
  }
});

it('COST-35 the vault example: the key is read once under the agent, and the server has never seen it', async () => {
  const [vault, fake] = await Promise.all([startVault(), startFakeProvider()]);
  const file = join(folder, 'vault-token');
  await writeFile(file, makeJwt({ sub: 'spiffe://example.org/analyst', aud: 'vault' }));
  try {
    const { printed, stderr, spans } = await runExample(house, 'vault', 'analyst', 8, {
      VAULT_ADDR: vault.url,
      VAULT_JWT_FILE: file,
      OPENAI_BASE_URL: fake.openaiBaseUrl,
    });
    expect(stderr).toBe('');
    expect(printed.at(-1)).toBe('Keys: openai');
    expect(fake.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer sk-example'));
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'chat gpt-4o-mini',
      'chat gpt-4o-mini',
      expect.stringMatching(/^credential_exchange 127/),
      'invoke_agent analyst',
      'vault_get llm/openai',
      'vault_get llm/openai',
      'vault_list llm',
      'vault_put llm/openai',
    ]);
    expect(JSON.stringify(spans)).not.toContain('sk-example');
  } finally {
    await Promise.all([vault.close(), fake.close()]);
  }
});

it('OBS-04 OBS-07 rate, errors and duration of every service follow from its spans: agents, models, tools, vault, credentials', async () => {
  init({ endpoint: house.url });
  const closed = vault({ address: 'http://127.0.0.1:9', auth: 'none-needed' });
  await expect(closed.get('llm/openai')).rejects.toMatchObject({ code: 'VAULT_REQUEST_FAILED' });
  await flush();
  const all = async () => {
    const { traces } = await house.get<TraceList>('/api/v1/traces');
    const each = traces.map(({ traceId }) => house.get<Trace>(`/api/v1/traces/${traceId}`));
    return (await Promise.all(each)).flatMap(({ spans }) => spans);
  };
  await expect.poll(async () => (await all()).length, { timeout: 10_000 }).toBe(8 + 12 + 8 + 1);
  const spans = await all();
  const lines = (await (await fetch(`${house.url}/metrics`)).text()).split('\n');
  const counted = (metric: string) =>
    lines
      .filter((line) => line.startsWith(`${metric}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  for (const [kind, calls, errors, seconds] of [
    [/^invoke_agent/, 'agent_invocations', undefined, 'agent_duration'],
    [/^chat/, 'llm_calls', 'llm_call_errors', 'llm_call_duration'],
    [/^execute_tool/, 'tool_invocations', 'tool_errors', 'tool_duration'],
    [/^vault_/, 'vault_operations', 'vault_operation_errors', 'vault_operation_duration'],
    [/^credential_/, 'credential_exchanges', 'credential_failures', 'credential_exchange_duration'],
  ] as const) {
    const own = spans.filter(({ name }) => kind.test(name));
    const failed = own.filter(({ status }) => status === 'error').length;
    expect(own.length, calls).toBeGreaterThan(0);
    expect(counted(`tally_${calls}_total`), calls).toBe(own.length);
    if (errors) expect(counted(`tally_${errors}_total`), errors).toBe(failed);
    expect(counted(`tally_${seconds}_seconds_count`), seconds).toBe(own.length);
    const took = own.reduce((sum, { durationMs }) => sum + durationMs / 1_000, 0);
    expect(counted(`tally_${seconds}_seconds_sum`), seconds).toBeCloseTo(took, 3);
  }
  expect(counted('tally_vault_operation_errors_total')).toBe(1);
});
