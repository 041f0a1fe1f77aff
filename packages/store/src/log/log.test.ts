import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comparePositions, logStart, openLog, type LogPosition } from '../index.ts';
import { readAll, readTexts, record, segmentPaths } from '../../test/log-records.ts';
import { tempFolder } from '../../test/temp-folder.ts';

describe('the ingest log', () => {
  it('gives back what was appended, byte for byte and in order, also after a restart', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder);
    const body = Uint8Array.from({ length: 256 }, (_, index) => index);
    const meta = { signal: 'traces', contentType: 'protobuf', receivedAt: 1_795_000_000_123 } as const;
    const first = await log.append({ meta, body });
    const second = await log.append({ meta: { ...meta, contentType: 'json' }, body: new Uint8Array(0) });
    expect(await readAll(log)).toEqual([
      { position: first, meta, body: Buffer.from(body) },
      { position: second, meta: { ...meta, contentType: 'json' }, body: Buffer.alloc(0) },
    ]);
    await log.close();

    const again = await openLog(folder);
    expect((await readAll(again)).map(({ position }) => position)).toEqual([first, second]);
    await again.close();
  });

  it('reads on from any position it handed out, over segments and restarts', async () => {
    const folder = await tempFolder();
    const texts: string[] = [];
    const positions = [logStart];
    for (let run = 0; run < 3; run += 1) {
      const log = await openLog(folder, { segmentBytesMax: 400 });
      for (let index = 0; index < 7; index += 1) {
        texts.push(`run ${run} record ${index}`);
        positions.push(await log.append(record(texts.at(-1)!)));
      }
      await log.close();
    }
    expect(positions.toSorted(comparePositions)).toEqual(positions);
    const log = await openLog(folder, { segmentBytesMax: 400 });
    for (const [index, position] of positions.entries())
      expect(await readTexts(log, position)).toEqual(texts.slice(index));
    await log.close();
  });

  it('acknowledges nothing, and hands nothing out, before it is on disk', async () => {
    let letSyncEnd = (): void => {};
    const syncEnd = new Promise<void>((resolve) => (letSyncEnd = resolve));
    let syncBegan = (): void => {};
    const syncBegin = new Promise<void>((resolve) => (syncBegan = resolve));
    const log = await openLog(await tempFolder(), {
      openFile: async (path, flags) => {
        const file = await open(path, flags);
        const datasync = file.datasync.bind(file);
        file.datasync = async () => {
          syncBegan();
          await syncEnd;
          return datasync();
        };
        return file;
      },
    });
    let isAcknowledged = false;
    const appended = log.append(record('x')).then(() => (isAcknowledged = true));
    await syncBegin;
    expect(await readTexts(log)).toEqual([]);
    expect(isAcknowledged).toBe(false);
    letSyncEnd();
    await appended;
    expect(await readTexts(log)).toEqual(['x']);
    await log.close();
  });

  it('makes its folder safe against a power cut, with those above it and each new file in it', async () => {
    const folder = join(await tempFolder(), 'new', 'log');
    const synced: string[] = [];
    const log = await openLog(folder, {
      openFile: async (path, flags) => {
        const file = await open(path, flags);
        const sync = file.sync.bind(file);
        file.sync = () => (synced.push(path), sync());
        return file;
      },
    });
    expect(synced).toEqual(expect.arrayContaining([dirname(folder), dirname(dirname(folder))]));
    synced.length = 0;
    await log.append(record('x'));
    expect(synced).toEqual([...(await segmentPaths(folder)), folder]);
    await log.close();
  });

  it('shares one write and one sync among the appends that wait together', async () => {
    const folder = await tempFolder();
    let syncs = 0;
    const log = await openLog(folder, {
      openFile: async (path, flags) => {
        const file = await open(path, flags);
        const datasync = file.datasync.bind(file);
        file.datasync = () => ((syncs += 1), datasync());
        return file;
      },
    });
    const texts = Array.from({ length: 3000 }, (_, index) => `record ${index}`);
    const positions = await Promise.all(texts.map((text) => log.append(record(text))));
    expect(positions.toSorted(comparePositions)).toEqual(positions);
    expect(await readTexts(log)).toEqual(texts);
    expect(syncs).toBeLessThanOrEqual(2);
    await log.close();
  });

  it('hands out what is appended while it is being read, and ends when there is no more', async () => {
    const log = await openLog(await tempFolder(), { segmentBytesMax: 300 });
    await log.append(record('0'));
    const seen: string[] = [];
    for await (const { body } of log.read()) {
      seen.push(Buffer.from(body).toString());
      if (seen.length < 9) await log.append(record(String(seen.length)));
    }
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    await log.close();
  });

  it('fills a segment to its last byte, and begins a new one for the byte after', async () => {
    for (const [extra, segments] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const folder = await tempFolder();
      const probe = await openLog(folder);
      const { offset } = await probe.append(record('x'));
      const { offset: full } = await probe.append(record('x'));
      await probe.close();

      const exact = await tempFolder();
      const log = await openLog(exact, { segmentBytesMax: full });
      expect(await log.append(record('x'))).toEqual({ segment: 1, offset });
      await log.append(record('x'.repeat(1 + extra)));
      expect(await segmentPaths(exact)).toHaveLength(segments);
      await log.close();
    }
  });

  it('takes a record that is larger than a segment', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder, { segmentBytesMax: 1000 });
    const large = 'long '.repeat(500_000);
    await log.append(record('before'));
    await log.append(record(large));
    await log.append(record('after'));
    await log.close();
    const again = await openLog(folder, { segmentBytesMax: 1000 });
    expect(await readTexts(again)).toEqual(['before', large, 'after']);
    expect(again.damagedBytes).toBe(0);
    await again.close();
  });

  it('deletes whole segments that were read, and nothing else', async () => {
    const folder = await tempFolder();
    // Two records in each segment.
    const log = await openLog(folder, { segmentBytesMax: 300 });
    const positions: LogPosition[] = [];
    for (let index = 0; index < 8; index += 1) positions.push(await log.append(record(`record ${index}`)));
    expect(await segmentPaths(folder)).toHaveLength(4);
    const bytes = log.bytes;

    await log.trim(positions[4]!);
    expect(await readTexts(log)).toEqual(['record 4', 'record 5', 'record 6', 'record 7']);
    expect(log.bytes).toBe(bytes / 2);

    await log.trim(positions[7]!);
    expect(await segmentPaths(folder)).toHaveLength(1);
    const { segment } = await log.append(record('next'));
    expect(segment).toBe(positions[7]!.segment + 1);
    await log.close();
  });

  it('never hands out a position again that the store remembers, even when its files are gone', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder);
    const after = await log.append(record('stored long ago'));
    await log.close();

    const emptied = await openLog(await tempFolder(), { after });
    const next = await emptied.append(record('new'));
    expect(comparePositions(next, after)).toBeGreaterThan(0);
    expect(await readTexts(emptied, after)).toEqual(['new']);
    await emptied.close();
  });

  it('tells how much is yet to be read', async () => {
    const log = await openLog(await tempFolder(), { segmentBytesMax: 300 });
    const positions: LogPosition[] = [];
    for (let index = 0; index < 6; index += 1) positions.push(await log.append(record('12345')));
    expect(log.bytesAfter(positions.at(-1)!)).toBe(0);
    const each = log.bytesAfter(positions.at(-2)!);
    expect(positions.map((position) => log.bytesAfter(position))).toEqual(
      [5, 4, 3, 2, 1, 0].map((left) => left * each),
    );
    expect(log.bytesAfter(logStart)).toBe(6 * each);
    await log.close();
  });

  it('writes what waits before it closes, and takes nothing afterwards', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder);
    const waiting = [log.append(record('one')), log.append(record('two'))];
    await log.close();
    await Promise.all(waiting);
    await expect(log.append(record('three'))).rejects.toThrow('the ingest log is closed');
    const again = await openLog(folder);
    expect(await readTexts(again)).toEqual(['one', 'two']);
    await again.close();
  });

  it('leaves files alone that are not its own', async () => {
    const folder = join(await tempFolder(), 'log');
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const log = await openLog(folder);
    await log.trim(await log.append(record('x')));
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    expect(log.quarantinedFiles).toBe(0);
    await log.close();
  });

  it('says why its folder cannot be written', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'log'), 'a file');
    await expect(openLog(join(folder, 'log'))).rejects.toMatchObject({
      code: 'DATA_NOT_WRITABLE',
      what: expect.stringContaining('a file is in the way'),
    });
  });

  it('refuses a segment of a newer format instead of calling it damaged', async () => {
    const folder = await tempFolder();
    const { crc32 } = await import('node:zlib');
    const header = Buffer.alloc(32);
    header.write('TALLYLOG', 'latin1');
    header.writeUInt32LE(2, 8);
    header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
    await writeFile(join(folder, '0000000001-0000abcd.log'), header);
    await expect(openLog(folder)).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      what: expect.stringContaining('format 2'),
    });
  });
});
