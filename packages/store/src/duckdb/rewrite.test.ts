import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeSpan } from '../../test/make-span.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { openDuckdbStore } from '../index.ts';

it('purging leaves no byte of a deleted span in the file; a checkpoint alone would', async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  const store = await openDuckdbStore({ file, walBytesMax: 1 });
  onTestFinished(() => store.close());
  // Names that have nothing in common are not packed together.
  const name = 'Zaphod-Beeblebrox-4b1d';
  await store.add([makeSpan({ name, facts: { tenant: 'acme' } })]);
  await store.add([makeSpan({ trace: 2, name: 'kept' })]);
  await store.copyFile(async () => {});
  const holds = async (text: string) => (await readFile(file)).includes(text);
  expect([await holds(name), await holds('kept')]).toEqual([true, true]);
  await store.deleteSpans({ tenant: 'acme' });
  await store.copyFile(async () => {});
  expect(await holds(name)).toBe(true);
  await store.purge(Date.now());
  expect([await holds(name), await holds('kept')]).toEqual([false, true]);
  expect(await store.stats()).toMatchObject({ spans: 1 });
});
