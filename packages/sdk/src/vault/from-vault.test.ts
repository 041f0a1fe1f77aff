import Anthropic from '@anthropic-ai/sdk';
import { Mistral } from '@mistralai/mistralai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { harness, hello, majors } from '../../test/harness.ts';
import { refused, startVault, type VaultServer } from '../../test/vault-server.ts';
import { agent } from '../agent.ts';
import { watch } from '../watch.ts';
import { fromVault, observeSecrets, vault, type VaultClient } from './index.ts';

const h = harness();
let server: VaultServer;
let secrets: VaultClient;
beforeAll(async () => {
  server = await startVault();
  secrets = vault({ address: server.url, auth: server.rootToken });
  await secrets.put('llm/key', { api_key: 'sk-geheimnis-from-vault' });
});
beforeEach(() => {
  server.asked.length = 0;
  server.next.length = 0;
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => server.close());

const key = (options = {}) => fromVault(secrets, 'llm/key', { field: 'api_key', ...options });

describe('fromVault', () => {
  it.each(majors)(
    'COST-35 %s takes its key from the vault: fetched once, recorded, and seen by the provider only',
    async (_, OpenAI) => {
      const openai = watch(new OpenAI({ apiKey: key(), baseURL: h.fake.openaiBaseUrl, maxRetries: 0 }));
      await agent({ name: 'analyst', tenant: 'acme' }, async () => {
        await openai.chat.completions.create(hello);
        await openai.chat.completions.create(hello);
      })();
      expect(h.fake.requests.map(({ headers }) => headers.authorization)).toEqual(
        Array(2).fill('Bearer sk-geheimnis-from-vault'),
      );
      const spans = await h.spans();
      const gets = spans.filter(({ name }) => name === 'vault_get llm/key');
      expect(gets.map(({ attributes }) => attributes['tally.tenant'])).toEqual(['acme']);
      expect(spans.every(({ traceId }) => traceId === gets[0]!.traceId)).toBe(true);
      expect(h.sink.bytes().toString('latin1')).not.toContain('geheimnis');
    },
  );

  it('COST-35 the clients of Anthropic and Mistral take it too', async () => {
    const anthropic = new Anthropic({ apiKey: key(), baseURL: h.fake.anthropicBaseUrl, maxRetries: 0 });
    await anthropic.messages.create({ model: 'claude-sonnet-4-20250514', max_tokens: 9, messages: hello.messages });
    const mistral = new Mistral({ apiKey: key(), serverURL: h.fake.url, retryConfig: { strategy: 'none' } });
    await mistral.chat.complete({ model: 'mistral-small-latest', messages: hello.messages });
    for (const { headers } of h.fake.requests) expect(headers.authorization).toBe('Bearer sk-geheimnis-from-vault');
    expect(h.fake.requests).toHaveLength(2);
  });

  it('is asked again after five minutes, and a vault that is away then does not stop calls for an hour', async () => {
    const now = performance.now();
    const at = (minutes: number) => vi.spyOn(performance, 'now').mockReturnValue(now + minutes * 60_000);
    const get = key();
    at(0);
    expect(new Set(await Promise.all([get(), get(), get()])).size).toBe(1);
    at(4.9);
    await get();
    expect(server.asked).toHaveLength(1);
    at(5);
    await get();
    expect(server.asked).toHaveLength(2);
    at(60);
    server.next.push(refused(500, 'down'), refused(500, 'down'), refused(500, 'down'));
    expect(await get()).toBe('sk-geheimnis-from-vault');
    at(61);
    server.next = [refused(403, 'permission denied')];
    await expect(get()).rejects.toMatchObject({ status: 403 });
    at(71);
    server.next = [refused(500, 'down'), refused(500, 'down'), refused(500, 'down')];
    await expect(get()).rejects.toMatchObject({ code: 'VAULT_REQUEST_FAILED' });
  });
});

describe('observeSecrets', () => {
  it('makes any resolver a recorded one, with its path and without its value, and changes nothing else', async () => {
    h.init({ captureContent: true });
    class Store {
      readonly #values = { 'llm/groq': 'geheimnis-5' };
      find = observeSecrets(function (this: Store, name: 'llm/groq') {
        return this.#values[name];
      } as (name: 'llm/groq') => string);
    }
    expect(new Store().find('llm/groq')).toBe('geheimnis-5');
    async function manager(query: { SecretId: string }) {
      if (query.SecretId === 'gone') throw new RangeError(`geheimnis ${query.SecretId}`);
      return { SecretString: 'geheimnis-6' };
    }
    const resolve = observeSecrets(manager, { path: ({ SecretId }) => SecretId });
    expect([resolve.name, resolve.length]).toEqual(['manager', 1]);
    expect(await resolve({ SecretId: 'prod/key' })).toEqual({ SecretString: 'geheimnis-6' });
    await expect(resolve({ SecretId: 'gone' })).rejects.toThrow(new RangeError('geheimnis gone'));
    await observeSecrets(manager)({ SecretId: 'geheimnis-7' });
    const throwing = observeSecrets(manager, { path: () => { throw new Error('geheimnis'); } }); // prettier-ignore
    await throwing({ SecretId: 'x' });

    expect((await h.spans()).map(({ name, statusMessage }) => [name, statusMessage])).toEqual([
      ['vault_get llm/groq', ''],
      ['vault_get prod/key', ''],
      ['vault_get gone', 'RangeError'],
      ['vault_get manager', ''],
      ['vault_get', ''],
    ]);
    expect(h.sink.bytes().toString('latin1')).not.toContain('geheimnis');
  });
});
