import { DuckDBInstance } from '@duckdb/node-api';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDuckdbStore } from '../index.ts';
import { makeSpan } from '../../test/make-span.ts';
import { tempFolder } from '../../test/temp-folder.ts';

const holder = fileURLToPath(new URL('../../test/add-until-killed.ts', import.meta.url));

describe('opening a store', () => {
  it('makes its file and the folder for it', async () => {
    const store = await openDuckdbStore({ file: join(await tempFolder(), 'new', 'data', 'spans.duckdb') });
    expect(await store.add([makeSpan()])).toMatchObject({ added: 1 });
    await store.close();
  });

  it('twice in one process is refused with STORE_LOCKED, and works again after the first was closed', async () => {
    const folder = await tempFolder();
    const file = join(folder, 'spans.duckdb');
    const first = await openDuckdbStore({ file });
    await expect(openDuckdbStore({ file })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await first.close();
    await (await openDuckdbStore({ file })).close();
  });

  it('while another process has it is refused with STORE_LOCKED, which names that process', async () => {
    const folder = await tempFolder();
    const file = join(folder, 'spans.duckdb');
    const child = spawn(process.execPath, [holder, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });
    await once(child.stdout, 'data');
    await expect(openDuckdbStore({ file })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      what: `The store in ${folder} is in use by another process (pid ${child.pid}).`,
    });
  });

  it('that is no store is refused with STORE_UNREADABLE, and the file stays as it is', async () => {
    const folder = await tempFolder();
    const file = join(folder, 'spans.duckdb');
    const text = 'this is a letter and no database\n'.repeat(200);
    await writeFile(file, text);
    await expect(openDuckdbStore({ file })).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      what: expect.stringContaining('not a valid DuckDB database file'),
      fix: expect.stringContaining(file),
    });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('of a newer version is refused with STORE_UNREADABLE', async () => {
    const file = join(await tempFolder(), 'spans.duckdb');
    await (await openDuckdbStore({ file })).close();
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run('UPDATE schema_version SET version = 99');
    connection.closeSync();
    instance.closeSync();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(openDuckdbStore({ file })).rejects.toMatchObject({
        code: 'STORE_UNREADABLE',
        what: expect.stringContaining('it has schema 99 and this version reads 3'),
      });
    }
  });

  it('in a folder that cannot be made is refused with DATA_NOT_WRITABLE', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'data'), 'a file');
    await expect(openDuckdbStore({ file: join(folder, 'data', 'spans.duckdb') })).rejects.toMatchObject({
      code: 'DATA_NOT_WRITABLE',
      what: expect.stringContaining('a file is in the way'),
    });
  });

  it('is needed before asking: a closed store says that it is closed', async () => {
    const store = await openDuckdbStore({ file: join(await tempFolder(), 'spans.duckdb') });
    const running = store.stats();
    await store.close();
    expect(await running).toMatchObject({ spans: 0 });
    await expect(store.add([makeSpan()])).rejects.toThrow('the store is closed');
    await expect(store.stats()).rejects.toThrow('the store is closed');
  });
});
