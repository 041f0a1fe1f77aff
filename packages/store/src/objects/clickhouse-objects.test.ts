import { limits } from '@tallyspan/facts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { clickhouseForTests } from '../../test/clickhouse.ts';
import { objectsContract } from '../../test/objects-contract.ts';
import { openClickhouseObjects } from './clickhouse-objects.ts';
import type { Objects } from './objects.ts';

vi.setConfig({ testTimeout: 60_000 });

const { newUrl } = clickhouseForTests();

async function open(url: string): Promise<Objects> {
  const objects = await openClickhouseObjects({ url });
  onTestFinished(() => objects.close());
  return objects;
}

objectsContract('ClickHouse', async () => {
  const url = newUrl();
  return { objects: await open(url), reopen: () => open(url) };
});

it('what one server changes the others see when what they know is older than the limit', async () => {
  const url = newUrl();
  const [here, there] = [await open(url), await open(url)];
  await here.put('keys', 'k', 'good');
  // What is not known is looked for at once.
  expect((await there.get('keys', 'k'))?.body).toBe('good');
  await here.put('keys', 'k', 'revoked');
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + limits.objectsStaleMsMax + 1);
  onTestFinished(() => clock.mockRestore());
  expect((await there.get('keys', 'k'))?.body).toBe('revoked');
});

it('of two servers that change the same version at once one is told', async () => {
  const url = newUrl();
  const servers = [await open(url), await open(url), await open(url)];
  await servers[0]!.put('views', 'v', 'first');
  for (let version = 1; version <= 5; version++) {
    const all = await Promise.allSettled(servers.map((server, index) => server.put('views', 'v', index, version)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }
});

it('a ClickHouse that does not answer is CLICKHOUSE_UNUSABLE', async () => {
  await expect(openClickhouseObjects({ url: 'clickhouse://127.0.0.1:1/x' })).rejects.toMatchObject({
    code: 'CLICKHOUSE_UNUSABLE',
  });
});
