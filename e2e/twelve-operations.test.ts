/** The agent that does all that agents do, with everything it needs as real servers and processes, as the server shows it. */
import { startFakeProvider } from '@tallyspan/fake-provider';
import type { Trace } from '@tallyspan/server';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeJwt } from '../packages/sdk/test/local-server.ts';
import { startRedis } from '../packages/sdk/test/redis-server.ts';
import { browserPath, denoPath } from '../packages/sdk/test/runtimes.ts';
import { startSts } from '../packages/sdk/test/sts-server.ts';
import { startVault } from '../packages/sdk/test/vault-server.ts';
import { type House, startHouse } from './house.ts';
import { runExample, treeOf } from './run-example.ts';

let house: House;
let folder: string;
let deno: string;
beforeAll(async () => {
  deno = denoPath();
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-twelve-'));
  house = await startHouse('server');
}, 240_000);
afterAll(async () => {
  await house.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Whose it is and what it did; addresses of this machine are `here`. */
const line = ({ agent, name }: Trace['spans'][number]) => `${agent} | ${name}`.replace(/127\.0\.0\.1(:\d+)?/, 'here');

describe('examples', () => {
  it('OBS-01 OBS-08 EXT-09 one agent that does all twelve operations is one trace with twelve kinds of span under one root', async () => {
    const [vault, sts, redis, fake] = await Promise.all([startVault(), startSts(), startRedis(), startFakeProvider()]);
    const files = { vault: join(folder, 'vault-token'), sts: join(folder, 'sts-token') };
    const sub = 'spiffe://example.org/traveller';
    await writeFile(files.vault, makeJwt({ sub, aud: 'vault' }));
    await writeFile(files.sts, makeJwt({ sub, aud: 'sts.amazonaws.com' }));
    sts.objects.set('/policies/travel.json', '{"perNight":150}');
    await fetch(`${vault.url}/v1/secret/data/llm/openai`, {
      method: 'POST',
      headers: { 'x-vault-token': vault.rootToken, 'x-vault-request': 'true', 'content-type': 'application/json' },
      body: '{"data":{"api_key":"sk-from-the-vault"}}',
    });
    try {
      const { printed, stderr, spans } = await runExample(house, 'twelve-operations', 'traveller', 23, {
        VAULT_ADDR: vault.url,
        VAULT_JWT_FILE: files.vault,
        VAULT_ROLE: 'analyst',
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/traveller',
        AWS_REGION: 'eu-central-1',
        AWS_WEB_IDENTITY_TOKEN_FILE: files.sts,
        AWS_ENDPOINT_URL_STS: sts.url,
        AWS_ENDPOINT_URL_S3: sts.url,
        REDIS_URL: redis.path,
        OPENAI_BASE_URL: fake.openaiBaseUrl,
        CHROME_PATH: browserPath(),
        DENO_PATH: deno,
      });
      expect(stderr).toBe('');
      expect(printed.at(-1)).toMatch(/\$388\.80, within the policy\.$/);
      expect(treeOf(spans, line)).toEqual([
        'traveller | invoke_agent traveller',
        '  traveller | execute_tool s3.GetObject',
        '    traveller | cache_lookup L1',
        '    traveller | cache_lookup L3',
        '      traveller | credential_exchange s3',
        '  traveller | cache_lookup L1',
        '  traveller | cache_lookup L2',
        '  traveller | cache_lookup L3',
        '  traveller | a2a_send planner',
        '    planner | a2a_execute planner',
        '      trip-planner | invoke_agent trip-planner',
        '        trip-planner | execute_tool find_sights',
        '  traveller | tools/call recommend_book',
        '    traveller | tools/call recommend_book',
        '      book-desk | invoke_agent book-desk',
        '  traveller | browser_browse here',
        '  traveller | execute_tool nights_in',
        '  traveller | sandbox_exec javascript',
        '  traveller | chat gpt-4o-mini',
        '    traveller | guardrail',
        '    traveller | guardrail',
        '  traveller | vault_get llm/openai',
        '    traveller | credential_exchange here',
      ]);
      // In one process, whatever is done ends before what it was done for; two have two clocks.
      const byId = new Map(spans.map((span) => [span.spanId, span]));
      const endOf = ({ offsetMs, durationMs }: Trace['spans'][number]) => offsetMs + durationMs;
      const late = spans.filter((span) => {
        const around = byId.get(span.parentSpanId ?? '');
        const isSameProcess = around?.resource['service.name'] === span.resource['service.name'];
        return around !== undefined && isSameProcess && Math.round(endOf(span) * 1000) > Math.round(endOf(around) * 1000);
      });
      expect(late.map(({ name }) => name)).toEqual([]);
      expect(new Set(spans.map(({ facts }) => facts['runId'])).size).toBe(1);
      const kinds = new Set(spans.map(({ facts }) => kindOf(facts)));
      expect([...kinds].toSorted()).toEqual([
        'a2a_execute',
        'a2a_send',
        'browser_browse',
        'cache_lookup',
        'chat',
        'credential_exchange',
        'execute_tool',
        'gateway',
        'guardrail',
        'invoke_agent',
        'sandbox_exec',
        'vault_get',
      ]);
      expect(spans.filter(({ status }) => status === 'error')).toEqual([]);
      for (const secret of ['sk-from-the-vault', 'campaign', sts.secret('key', 1)])
        expect(JSON.stringify(spans)).not.toContain(secret);
    } finally {
      await Promise.all([vault.close(), sts.close(), redis.close(), fake.close()]);
    }
  });

  it('OBS-19 EXT-09 the sandbox example: a program that is right, and three that fail, each with its reason', async () => {
    const { printed, stderr, spans } = await runExample(house, 'sandbox', 'mathematician', 5, { DENO_PATH: deno });
    expect(stderr).toBe('');
    expect(printed).toEqual([
      'answer: 360',
      'ReferenceError: total is not defined',
      expect.stringContaining('Requires read access'),
      'it never ended',
    ]);
    const runs = spans.filter(({ name }) => name === 'sandbox_exec typescript');
    expect(runs.map(({ status, facts }) => [status, facts['exitCode'], facts['errorType']])).toEqual([
      ['unset', 0, undefined],
      ['error', 1, 'exit_code'],
      ['error', 1, 'exit_code'],
      ['error', undefined, 'timeout'],
    ]);
  });

  it('OBS-20 the browser example: one visit, without the session in its address', async () => {
    const { printed, stderr, spans } = await runExample(house, 'browser', 'shopper', 2, { CHROME_PATH: browserPath() });
    expect(stderr).toBe('');
    expect(printed).toEqual(['Size 42: 89 EUR']);
    expect(treeOf(spans, line)).toEqual(['shopper | invoke_agent shopper', '  shopper | browser_browse here']);
    expect(spans[1]!.facts).toMatchObject({ url: expect.stringMatching(/\/shoes$/), actionCount: 2 });
  });
});

/** A tool of a gateway is its own kind, as it has its own names in Hexr's tables. */
function kindOf(facts: Trace['spans'][number]['facts']): string {
  return facts['mcpMethod'] === undefined ? String(facts['operation']) : 'gateway';
}
