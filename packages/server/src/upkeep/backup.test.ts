import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, expect, it, vi } from 'vitest';
import { startLockedServer } from '../../test/ask-with.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { temporaryFolder } from '../../test/start-test-server.ts';
import { restoreBackup } from './restore.ts';

vi.setConfig({ testTimeout: 60_000 });

it('a backup of a running server has all that was acknowledged and all definitions, and becomes a server again', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await startLockedServer();
  const headers = { ...PROTOBUF, authorization: `Bearer ${server.admin}` };
  const post = (url: string, count: number) =>
    send(`${url}/v1/traces`, {
      headers,
      body: encodeSpans(
        Array.from({ length: count }, () => makeCall({ agent: 'crew' })),
        'protobuf',
      ),
    });
  const file = join(folder, 'all.tar');
  try {
    await server.ask('PUT', '/api/v1/prices/own', server.admin, { model: 'gpt-4o*', rates: { input: 1, output: 2 } });
    const tenant = await server.make({ scope: 'admin', tenant: 'acme' });
    expect((await server.ask('POST', '/api/v1/data/backup', tenant)).status).toBe(403);
    expect((await post(server.url, 300)).status).toBe(200);
    // Not waited for: what is acknowledged has to be in it.
    const response = await fetch(`${server.url}/api/v1/data/backup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.admin}` },
    });
    expect(response.status).toBe(200);
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    expect((await readdir(server.dataDir)).filter((name) => name.startsWith('backup-'))).toEqual([]);
    expect((await post(server.url, 5)).status).toBe(200);
  } finally {
    await server.end();
  }

  const dataDir = join(folder, 'again');
  // 1,000 input tokens at $1 and 100 output tokens at $2 per million, 300 times.
  expect((await restoreBackup(file, dataDir)).sums).toMatchObject({
    ...{ spans: 300, calls: 300, costNanos: String(300 * 1_200_000) },
  });
  await expect(restoreBackup(file, dataDir)).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
  const again = await startLockedServer({ dataDir });
  try {
    const total = async () => (await again.ask('GET', '/api/v1/costs?by=agent', again.admin)).json.total;
    expect(await total()).toMatchObject({ calls: 300, costUsd: '0.36' });
    expect((await again.ask('GET', '/api/v1/prices', again.admin)).json.prices).toMatchObject([{ id: 'own' }]);
    // It goes on taking spans where the log of the other one stood.
    const sent = await send(`${again.url}/v1/traces`, {
      headers: { ...PROTOBUF, authorization: `Bearer ${again.admin}` },
      body: encodeSpans([makeCall()], 'protobuf'),
    });
    expect(sent.status).toBe(200);
    await vi.waitUntil(async () => (await total()).calls === 301, { timeout: 15_000 });
    expect(again.lines.filter((line) => line.includes('damaged'))).toEqual([]);
  } finally {
    await again.end();
  }

  const bytes = await readFile(file);
  const spoiled = join(folder, 'spoiled.tar');
  for (const [spoil, why] of [
    [(copy: Buffer) => copy.subarray(0, copy.length / 2), /ends early/],
    [
      (copy: Buffer) => (copy.writeUInt8(copy[copy.length - 3_000]! ^ 1, copy.length - 3_000), copy),
      /checksum|no backup/,
    ],
  ] as const) {
    await writeFile(spoiled, spoil(Buffer.from(bytes)));
    await expect(restoreBackup(spoiled, join(folder, 'other'))).rejects.toThrow(why);
  }
  expect((await readdir(folder)).sort()).toEqual(['all.tar', 'spoiled.tar']);
});
