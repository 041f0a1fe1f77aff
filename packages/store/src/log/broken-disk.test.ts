import { open, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openLog } from '../index.ts';
import { BrokenDisk } from '../../test/broken-disk.ts';
import { readTexts, record, segmentPaths } from '../../test/log-records.ts';
import { tempFolder } from '../../test/temp-folder.ts';

const full = { code: 'STORAGE_FULL', what: expect.stringContaining('no space left on device') };

describe('when the disk does not take it', () => {
  it.each(['writev', 'datasync', 'open', 'sync'] as const)(
    'an append is refused with STORAGE_FULL and never read later (ENOSPC from %s)',
    async (operation) => {
      const disk = new BrokenDisk();
      const folder = await tempFolder();
      const log = await openLog(folder, { openFile: disk.openFile });
      disk.bytesBeforeFailure = 50;
      disk.fails = { [operation]: 'ENOSPC' };
      for (let index = 0; index < 5; index += 1)
        await expect(log.append(record('refused'))).rejects.toMatchObject(full);
      expect(await readTexts(log)).toEqual([]);

      disk.fails = {};
      await log.append(record('taken'));
      await log.close();
      const again = await openLog(folder);
      expect(await readTexts(again)).toEqual(['taken']);
      expect([again.damagedBytes, again.unfinishedBytes, again.missingSegments]).toEqual([0, 0, 0]);
      await again.close();
      expect(await segmentPaths(folder), 'a disk that stays full is not filled with empty files').toHaveLength(1);
    },
  );

  it('what was acknowledged before stays, and later appends work as soon as there is space', async () => {
    const disk = new BrokenDisk();
    const folder = await tempFolder();
    const log = await openLog(folder, { openFile: disk.openFile });
    const expected: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      await log.append(record(`before ${round}`));
      disk.bytesBeforeFailure = round * 37;
      disk.fails = { writev: 'ENOSPC' };
      await expect(log.append(record('refused'.repeat(20)))).rejects.toMatchObject(full);
      disk.fails = {};
      await log.append(record(`after ${round}`));
      expected.push(`before ${round}`, `after ${round}`);
      expect(await readTexts(log)).toEqual(expected);
    }
    await log.close();
    const again = await openLog(folder);
    expect(await readTexts(again)).toEqual(expected);
    expect(again.damagedBytes).toBe(0);
    await again.close();
  });

  it('all appends of the group that failed are refused, and those of the next are not', async () => {
    const disk = new BrokenDisk();
    const log = await openLog(await tempFolder(), { openFile: disk.openFile });
    await log.append(record('first'));
    let syncs = 0;
    disk.fails = { datasync: () => ((syncs += 1) === 1 ? 'EIO' : undefined) };
    const group = ['a', 'b', 'c'].map((text) => log.append(record(text)));
    const results = await Promise.allSettled(group);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await log.append(record('next'))).toMatchObject({ segment: 2 });
    expect(await readTexts(log)).toEqual(['first', 'next']);
    await log.close();
  });

  it('a sync that failed is not tried again on the same file, where it could succeed although data is lost', async () => {
    const disk = new BrokenDisk();
    const folder = await tempFolder();
    const log = await openLog(folder, { openFile: disk.openFile });
    const { segment } = await log.append(record('kept'));
    disk.fails = { datasync: 'EIO', truncate: 'EIO' };
    await expect(log.append(record('refused'))).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      what: expect.stringContaining('input/output error'),
    });
    disk.fails = {};
    expect(await log.append(record('next'))).toMatchObject({ segment: segment + 1 });
    expect(await readTexts(log)).toEqual(['kept', 'next']);
    await log.close();
  });

  it('bytes of a refused record never lie behind a later one, even if they could not be cut off at once', async () => {
    const disk = new BrokenDisk();
    const folder = await tempFolder();
    const log = await openLog(folder, { openFile: disk.openFile });
    disk.bytesBeforeFailure = 500;
    let writes = 0;
    // The first write is the header of the segment.
    disk.fails = { writev: () => ((writes += 1) > 1 ? 'EIO' : undefined), truncate: 'EIO' };
    await expect(log.append(record('refused '.repeat(100)))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    disk.fails = { truncate: 'EIO' };
    await expect(log.append(record('refused too'))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    disk.fails = {};
    await log.append(record('short'));
    await log.close();
    const again = await openLog(folder);
    expect(await readTexts(again)).toEqual(['short']);
    expect([again.damagedBytes, again.unfinishedBytes]).toEqual([0, 0]);
    await again.close();
  });

  it('damage is counted even if there is no room for its copy, and the log opens', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder);
    const { offset } = await log.append(record('hit'));
    await log.append(record('whole'));
    await log.close();
    const disk = new BrokenDisk();
    const [path] = await segmentPaths(folder);
    const file = await disk.openFile(path!, 'r+');
    await file.write('?', offset - 1);
    await file.close();

    disk.fails = { open: 'ENOSPC' };
    const again = await openLog(folder, {
      openFile: (name, flags) => (name.endsWith('.damaged') ? disk.openFile(name, flags) : open(name, flags)),
    });
    expect(await readTexts(again)).toEqual(['whole']);
    expect(again.damagedBytes).toBeGreaterThan(0);
    expect((await readdir(folder)).filter((name) => name.endsWith('.damaged'))).toEqual([]);
    await again.close();
  });

  it('what a disk cannot read is damage like any other', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder);
    const texts = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(200));
    for (const text of texts) await log.append(record(text));
    await log.close();
    const disk = new BrokenDisk();
    let reads = 0;
    // The first read of records fails, and so does the fourth of its pieces of 4 KiB.
    disk.fails = { read: () => ((reads += 1) === 2 || reads === 6 ? 'EIO' : undefined) };
    const again = await openLog(folder, { openFile: disk.openFile });
    expect(again.damagedBytes).toBeGreaterThan(0);
    expect(again.damagedBytes).toBeLessThan(8192);
    expect(again.quarantinedFiles).toBe(1);
    await again.close();
  });
});
