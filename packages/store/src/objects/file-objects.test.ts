import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { objectsContract } from '../../test/objects-contract.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { openFileObjects } from './file-objects.ts';

objectsContract('a folder', async () => {
  const dir = await tempFolder();
  return { objects: await openFileObjects(dir), reopen: () => openFileObjects(dir) };
});

it('each kind is one file, and nothing else is left beside it', async () => {
  const dir = await tempFolder();
  const objects = await openFileObjects(dir);
  await objects.put('budgets', 'b1', 1);
  await objects.put('budgets', 'b2', 2);
  await objects.put('keys', 'k', 1);
  expect((await readdir(dir)).sort()).toEqual(['budgets.json', 'keys.json']);
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
