import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test/start-test-server.ts';
import { setAside } from './set-aside.ts';

it('a record set aside keeps its body as it was sent, and what is known of it', async () => {
  const folder = await temporaryFolder();
  const record = {
    position: { segment: 7, offset: 4_096 },
    meta: { signal: 'traces', contentType: 'json', receivedAt: 1_763_726_400_000 },
    body: Buffer.from('{"a":1}'),
  } as const;
  await setAside(join(folder, 'set-aside'), record, new Error('line\nbreak'));
  expect(await readFile(join(folder, 'set-aside', '7-4096.body'), 'utf8')).toBe('{"a":1}');
  expect(JSON.parse(await readFile(join(folder, 'set-aside', '7-4096.json'), 'utf8'))).toEqual({
    ...record.meta,
    position: record.position,
    error: 'line\\u000abreak',
  });
  await rm(folder, { recursive: true });
});
