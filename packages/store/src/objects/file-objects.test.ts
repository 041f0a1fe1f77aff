import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/temp-folder.ts';
import { openFileObjects } from './file-objects.ts';

it('an object comes back as it was put, also after the folder was closed and opened', async () => {
  const dir = await tempFolder();
  const objects = await openFileObjects(dir);
  const put = await objects.put('budgets', 'b1', { usd: '10', note: '"\n\u2028' });
  expect(put).toMatchObject({ id: 'b1', version: 1, body: { usd: '10', note: '"\n\u2028' } });
  await objects.close();
  const again = await openFileObjects(dir);
  expect(await again.get('budgets', 'b1')).toEqual(put);
  expect(await again.list('budgets')).toEqual([put]);
  expect(await again.list('keys')).toEqual([]);
  expect(await readdir(dir)).toEqual(['budgets.json']);
});

it('a change names the version that it replaces, so that of two at once one is told', async () => {
  const objects = await openFileObjects(await tempFolder());
  await objects.put('views', 'v', 'first', 0);
  const both = await Promise.allSettled([objects.put('views', 'v', 'mine', 1), objects.put('views', 'v', 'yours', 1)]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(both[1]).toMatchObject({ reason: { code: 'OBJECT_CHANGED' } });
  await expect(objects.put('views', 'v', 'new', 0)).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
  expect((await objects.get('views', 'v'))?.body).toBe('mine');
});

it('what is deleted is gone, and deleting it again says so', async () => {
  const dir = await tempFolder();
  const objects = await openFileObjects(dir);
  await objects.put('keys', 'k', 1);
  expect([await objects.delete('keys', 'k'), await objects.delete('keys', 'k')]).toEqual([true, false]);
  expect(await (await openFileObjects(dir)).list('keys')).toEqual([]);
});

it('many changes at once all count', async () => {
  const dir = await tempFolder();
  const objects = await openFileObjects(dir);
  await Promise.all(Array.from({ length: 50 }, (_, index) => objects.put('audit', `a${index}`, index)));
  expect(await (await openFileObjects(dir)).list('audit')).toHaveLength(50);
});

it('a file that was changed by hand is refused and not overwritten', async () => {
  const dir = await tempFolder();
  await (await openFileObjects(dir)).put('keys', 'k', { scope: 'read' });
  const file = join(dir, 'keys.json');
  const forged = (await readFile(file, 'utf8')).replace('read', 'admin');
  await writeFile(file, forged);
  const objects = await openFileObjects(dir);
  await expect(objects.list('keys')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
  await expect(objects.put('keys', 'other', 1)).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
  expect(await readFile(file, 'utf8')).toBe(forged);
});
