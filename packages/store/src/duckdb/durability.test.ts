import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDuckdbStore, type DuckdbStore } from '../index.ts';
import { batchOf, spansPerBatch } from '../../test/batches.ts';
import { hex, makeSpan } from '../../test/make-span.ts';
import { randomFrom } from '../../test/random-from.ts';
import { seed } from '../../test/seed.ts';
import { tempFolder } from '../../test/temp-folder.ts';

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 });

function script(name: string): string {
  return fileURLToPath(new URL(`../../test/${name}`, import.meta.url));
}

async function openStore(file: string, walBytesMax?: number): Promise<DuckdbStore> {
  const store = await openDuckdbStore({ file, ...(walBytesMax !== undefined && { walBytesMax }) });
  onTestFinished(() => store.close());
  return store;
}

/** What is stored is all of the batches up to the position, each once, and nothing of the others. */
async function expectWhole(store: DuckdbStore): Promise<number> {
  const batches = (await store.position())?.offset ?? 0;
  expect(await store.stats()).toMatchObject({ spans: batches * spansPerBatch });
  const expected = Array.from({ length: batches }, (_, index) => index + 1);
  const { total } = await store.costs([], {});
  expect(total).toMatchObject({
    calls: batches * spansPerBatch,
    costNanos: BigInt(expected.reduce((sum, batch) => sum + batch, 0) * spansPerBatch),
  });
  const traces = await store.traces({}, { limit: 500 });
  expect(traces.reduce((sum, { calls }) => sum + calls, 0)).toBe(total.calls);
  return batches;
}

describe('the store after a crash', () => {
  it('has a batch and its position, or neither, wherever the process was killed', async () => {
    const file = join(await tempFolder(), 'spans.duckdb');
    const random = randomFrom(seed());
    let acknowledged = 0;
    for (let run = 0; run < 4; run += 1) {
      const child = spawn(process.execPath, [script('add-until-killed.ts'), file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (output === '') setTimeout(() => child.kill('SIGKILL'), random() * 300);
        output += text;
      });
      const [, signal] = await once(child, 'close');
      expect(signal).toBe('SIGKILL');
      acknowledged = Number(output.trim().split('\n').at(-1));
      const store = await openDuckdbStore({ file });
      expect(await expectWhole(store)).toBeGreaterThanOrEqual(acknowledged);
      await store.close();
    }
    expect(acknowledged).toBeGreaterThan(4);
  });

  const damages: [string, (wal: string, bytes: Buffer) => Promise<void>][] = [
    ['a wrong bit at a third', (wal, bytes) => flip(wal, bytes, bytes.length / 3)],
    ['a wrong bit in the middle', (wal, bytes) => flip(wal, bytes, bytes.length / 2)],
    ['a wrong bit near the end', (wal, bytes) => flip(wal, bytes, bytes.length - 5)],
    ['only its first half', (wal, bytes) => truncate(wal, bytes.length >> 1)],
    ['zeros for its last 4 KiB', (wal, bytes) => writeFile(wal, bytes.fill(0, bytes.length - 4096))],
    ['4 KiB of zeros behind it', (wal, bytes) => truncate(wal, bytes.length + 4096)],
    ['garbage behind it', (wal) => writeFile(wal, Buffer.alloc(3000, 'garbage'), { flag: 'a' })],
    ['nothing in it', (wal) => truncate(wal, 0)],
  ];

  it('opens whatever happened to DuckDB’s write-ahead log, and says from where the ingest log must be read again', async () => {
    const folder = await tempFolder();
    const store = await openStore(join(folder, 'spans.duckdb'), 10 ** 9);
    await store.add(batchOf(1), { segment: 1, offset: 1 });
    await store.close();
    const busy = await openStore(join(folder, 'spans.duckdb'), 10 ** 9);
    expect(busy.settledPosition()).toEqual({ segment: 1, offset: 1 });
    for (let batch = 2; batch <= 5; batch += 1) await busy.add(batchOf(batch), { segment: 1, offset: batch });
    expect(busy.settledPosition(), 'what lies in the write-ahead log alone is not settled').toEqual({
      segment: 1,
      offset: 1,
    });

    for (const [what, damage] of damages) {
      const copy = join(folder, what);
      await mkdir(copy);
      for (const name of ['spans.duckdb', 'spans.duckdb.wal']) await copyFile(join(folder, name), join(copy, name));
      const wal = join(copy, 'spans.duckdb.wal');
      await damage(wal, await readFile(wal));

      const opened = await openStore(join(copy, 'spans.duckdb'));
      const left = await expectWhole(opened);
      expect(left, what).toBeGreaterThanOrEqual(1);
      for (let batch = left + 1; batch <= 5; batch += 1)
        await opened.add(batchOf(batch), { segment: 1, offset: batch });
      expect(await expectWhole(opened), what).toBe(5);
    }
  });

  it('keeps a write-ahead log that DuckDB refused', async () => {
    const folder = await tempFolder();
    const store = await openStore(join(folder, 'spans.duckdb'), 10 ** 9);
    await store.add(batchOf(1), { segment: 1, offset: 1 });
    const copy = join(folder, 'copy');
    await mkdir(copy);
    for (const name of ['spans.duckdb', 'spans.duckdb.wal']) await copyFile(join(folder, name), join(copy, name));
    const wal = join(copy, 'spans.duckdb.wal');
    const bytes = await readFile(wal);
    await flip(wal, bytes, bytes.length - 5);

    const opened = await openStore(join(copy, 'spans.duckdb'));
    const [kept, ...others] = await opened.damagedFiles();
    expect(others).toEqual([]);
    expect(await readFile(join(copy, kept!))).toEqual(bytes);
  });

  it('lets the ingest log be trimmed once its write-ahead log is folded into the file', async () => {
    const store = await openStore(join(await tempFolder(), 'spans.duckdb'), 1);
    expect(store.settledPosition()).toBeUndefined();
    await store.add(batchOf(1), { segment: 1, offset: 1 });
    await store.add(batchOf(2), { segment: 1, offset: 2 }); // waits in line behind the checkpoint of the first
    expect(store.settledPosition()?.offset).toBeGreaterThanOrEqual(1);
  });
});

async function flip(path: string, bytes: Buffer, at: number): Promise<void> {
  bytes[Math.floor(at)]! ^= 0xff;
  await writeFile(path, bytes);
}

interface Filled {
  acknowledged: number;
  readAfterRefusal: number[];
  /** The last batch that was folded into the file. */
  settled: number;
}
/** 40 spans with a kilobyte of noise each make some 50 KB, and the script asks for a checkpoint after 300. */
const batchesPerCheckpoint = 7;

describe('the store on a full disk', () => {
  it('refuses what it cannot keep, still answers, and has everything it acknowledged when there is space again', async () => {
    const file = join(await tempFolder(), 'spans.duckdb');
    // The largest file, in blocks of 512 or 1024 bytes: DuckDB meets it in its write-ahead log as well as in a checkpoint.
    const command = `ulimit -f 4000; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      command,
      process.execPath,
      script('add-until-full.ts'),
      file,
    ]);
    const { acknowledged, readAfterRefusal, settled } = JSON.parse(stdout) as Filled;
    expect(
      settled,
      'a checkpoint failed, after which DuckDB answers nothing until its file is opened again',
    ).toBeLessThan(acknowledged / spansPerBatch - 2 * batchesPerCheckpoint);
    expect(readAfterRefusal).toEqual([acknowledged, acknowledged, acknowledged, acknowledged]);

    const store = await openStore(file);
    expect(await store.stats()).toMatchObject({ spans: acknowledged });
    expect(await store.add([makeSpan({ trace: 999_999 })])).toMatchObject({ added: 1 });
  });
});

describe('a batch that cannot be added', () => {
  it('leaves nothing behind, and the store goes on', async () => {
    const store = await openStore(join(await tempFolder(), 'spans.duckdb'));
    await store.add([makeSpan()], { segment: 1, offset: 1 });
    const impossible = makeSpan({ span: 9999, start: 2n ** 63n });
    const batch = Array.from({ length: 1200 }, (_, index) => makeSpan({ span: index + 1 }));
    await expect(store.add([...batch, impossible], { segment: 1, offset: 2 })).rejects.toThrow('int64');
    expect(await store.stats()).toMatchObject({ spans: 1, traces: 1 });
    expect(await store.position()).toEqual({ segment: 1, offset: 1 });
    expect(await store.add(batch)).toEqual({ added: 1199, traceIds: [hex(1, 32)] });
  });
});
