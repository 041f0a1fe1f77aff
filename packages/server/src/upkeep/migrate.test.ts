import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileObjects } from '@tallyspan/store';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { startTestServer, temporaryFolder } from '../../test/start-test-server.ts';
import { migrateToClickhouse, planMigration } from './migrate.ts';

vi.setConfig({ testTimeout: 60_000 });

it('a folder in use is not copied, nor one with a job that is not done, nor to where no ClickHouse answers', async () => {
  const dataDir = await temporaryFolder();
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startTestServer({ dataDir });
  await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans([makeCall()], 'protobuf') });
  const options = { dataDir, to: { url: 'clickhouse://us:hunter2@127.0.0.1:9/x' }, report: () => {} };
  await expect(migrateToClickhouse(options)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await server.close();
  await expect(migrateToClickhouse(options)).rejects.toMatchObject({ code: 'CLICKHOUSE_UNUSABLE' });
  await expect(planMigration(options)).rejects.toMatchObject({ code: 'CLICKHOUSE_UNUSABLE' });
  // A job is gone on with by the server that began it, and there it would have another name.
  const objects = await openFileObjects(join(dataDir, 'objects'));
  await objects.put('jobs', 'j_1', { kind: 'delete', state: 'running' });
  await objects.close();
  await expect(migrateToClickhouse(options)).rejects.toMatchObject({
    code: 'MIGRATION_REFUSED',
    what: expect.stringContaining('the job j_1 (delete) is not done'),
  });
  // Nothing of it stays open: the server starts again.
  await (await startTestServer({ dataDir })).close();
});
