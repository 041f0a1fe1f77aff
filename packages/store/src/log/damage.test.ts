import { copyFile, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openLog, type Log } from '../index.ts';
import { readAll, readTexts, record, segmentPaths } from '../../test/log-records.ts';
import { randomFrom } from '../../test/random-from.ts';
import { seed } from '../../test/seed.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { headerBytes } from './segment-header.ts';

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 });

/** A closed log of these records, all in one segment unless told otherwise. `ends[n]` is where record n ends. */
async function writeLog(
  texts: readonly string[],
  segmentBytesMax?: number,
): Promise<{ folder: string; ends: number[] }> {
  const folder = await tempFolder();
  const log = await openLog(folder, { ...(segmentBytesMax !== undefined && { segmentBytesMax }) });
  const ends: number[] = [];
  for (const text of texts) ends.push((await log.append(record(text))).offset);
  await log.close();
  return { folder, ends };
}

async function copyLog(folder: string): Promise<string> {
  const copy = join(await tempFolder(), 'copy');
  await mkdir(copy);
  for (const path of await segmentPaths(folder)) await copyFile(path, join(copy, basename(path)));
  return copy;
}

/** Opens the log, checks that it takes and keeps new records whatever happened to it, and answers the old ones. */
async function survivors(folder: string): Promise<{ texts: string[]; losses: Losses }> {
  const log = await openLog(folder);
  const texts = await readTexts(log);
  await log.append(record('written afterwards'));
  await log.close();
  const again = await openLog(folder);
  expect(await readTexts(again)).toEqual([...texts, 'written afterwards']);
  const losses = lossesOf(log);
  // An interrupted write is cut off and forgotten; damage stays on record until a person has seen to it.
  expect(lossesOf(again)).toEqual({ ...losses, unfinishedBytes: 0 });
  await again.close();
  return { texts, losses };
}

type Losses = Pick<Log, 'damagedBytes' | 'quarantinedFiles' | 'missingSegments' | 'unfinishedBytes'>;
function lossesOf({ damagedBytes, quarantinedFiles, missingSegments, unfinishedBytes }: Log): Losses {
  return { damagedBytes, quarantinedFiles, missingSegments, unfinishedBytes };
}
const none: Losses = { damagedBytes: 0, quarantinedFiles: 0, missingSegments: 0, unfinishedBytes: 0 };

const texts = ['the first', 'the second', 'the third', 'the last'];

describe('a damaged ingest log opens, loses only what was hit, and counts it', () => {
  it('when its last record is cut at any byte', async () => {
    const { folder, ends } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    const whole = await readFile(path!);
    for (let size = ends[2]!; size <= ends[3]!; size += 1) {
      await writeFile(path!, whole.subarray(0, size));
      const log = await openLog(folder);
      const isWhole = size === ends[3]!;
      expect(await readTexts(log), `cut at ${size}`).toEqual(isWhole ? texts : texts.slice(0, 3));
      expect(lossesOf(log), `cut at ${size}`).toEqual({ ...none, unfinishedBytes: isWhole ? 0 : size - ends[2]! });
      await log.close();
      expect((await readFile(path!)).length, 'what a crash left is cut off').toBe(isWhole ? size : ends[2]!);
    }
  });

  it('when its file ends anywhere in its header, or is empty', async () => {
    const { folder } = await writeLog(texts);
    for (let size = 0; size <= headerBytes; size += 1) {
      const copy = await copyLog(folder);
      const [path] = await segmentPaths(copy);
      await truncate(path!, size);
      const log = await openLog(copy);
      expect(await readTexts(log)).toEqual([]);
      expect(log.unfinishedBytes).toBe(size === headerBytes ? 0 : size);
      await log.append(record('new'));
      expect(await readTexts(log)).toEqual(['new']);
      await log.close();
    }
  });

  it('when any one bit is wrong', async () => {
    const { folder, ends } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    const whole = await readFile(path!);
    const random = randomFrom(seed());
    for (let round = 0; round < 300; round += 1) {
      const bit = Math.floor(random() * whole.length * 8);
      const at = bit >> 3;
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (bit & 7);
      await writeFile(path!, flipped);
      const log = await openLog(folder);
      const hit = at < headerBytes ? -1 : ends.findIndex((end) => at < end);
      const where = `bit ${bit}, in record ${hit}`;
      expect(await readTexts(log), where).toEqual(texts.filter((_, index) => index !== hit));
      const bytes = hit < 0 ? headerBytes : ends[hit]! - (ends[hit - 1] ?? headerBytes);
      const losses = lossesOf(log);
      // In the prefix of the last record, a wrong bit can look like a write that was cut short.
      expect(losses.damagedBytes + losses.unfinishedBytes, where).toBe(bytes);
      if (hit !== 3) expect(losses, where).toEqual({ ...none, damagedBytes: bytes, quarantinedFiles: 1 });
      await log.close();
      for (const name of await readdir(folder)) if (name.endsWith('.damaged')) await rm(join(folder, name));
    }
  });

  it('when many bits are wrong in many segments', async () => {
    const random = randomFrom(seed());
    const many = Array.from({ length: 120 }, (_, index) => `${index} ${'content '.repeat(Math.floor(random() * 40))}`);
    const { folder } = await writeLog(many, 2000);
    for (let round = 0; round < 10; round += 1) {
      const copy = await copyLog(folder);
      for (const path of await segmentPaths(copy)) {
        const bytes = await readFile(path);
        for (let flips = Math.floor(random() * 4); flips > 0; flips -= 1) {
          bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
        }
        await writeFile(path, bytes);
      }
      const { texts: left, losses } = await survivors(copy);
      expect(many.filter((text) => left.includes(text))).toEqual(left);
      const lost = many.filter((text) => !left.includes(text));
      const lostBytes = lost.reduce((sum, text) => sum + text.length, 0);
      expect(losses.damagedBytes + losses.unfinishedBytes).toBeGreaterThanOrEqual(lostBytes);
    }
  });

  it('when the end of its file is nothing but zeros', async () => {
    const { folder, ends } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    const bytes = await readFile(path!);
    bytes.fill(0, ends[1]! + 5);
    await writeFile(path!, bytes);
    const damagedBytes = ends[3]! - ends[1]!;
    expect(await survivors(folder)).toEqual({
      texts: texts.slice(0, 2),
      losses: { ...none, damagedBytes, quarantinedFiles: 1 },
    });
  });

  it('when zeros were added behind it, as a power cut does: nothing was lost then', async () => {
    const { folder, ends } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    await truncate(path!, ends[3]! + 4096);
    expect(await survivors(folder)).toEqual({ texts, losses: { ...none, unfinishedBytes: 4096 } });
  });

  it('when garbage was added behind it', async () => {
    const { folder } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    await writeFile(path!, Buffer.alloc(3000, 'garbage'), { flag: 'a' });
    const { texts: left, losses } = await survivors(folder);
    expect(left).toEqual(texts);
    expect(losses).toEqual({ ...none, damagedBytes: 3000, quarantinedFiles: 1 });
  });

  it('when a segment is cut between two records, which leaves no half record behind', async () => {
    const { folder } = await writeLog(['one', 'two', 'three', 'four', 'five', 'six'], 250);
    const [path] = await segmentPaths(folder);
    const log = await openLog(folder);
    const [firstEnd, secondEnd] = (await readAll(log)).map(({ position }) => position.offset);
    await log.close();
    await truncate(path!, firstEnd!);
    const { texts: left, losses } = await survivors(folder);
    expect(left).toEqual(['one', 'three', 'four', 'five', 'six']);
    expect(losses).toEqual({ ...none, damagedBytes: secondEnd! - firstEnd! });
  });

  it('when a segment is gone', async () => {
    const { folder } = await writeLog(['one', 'two', 'three', 'four', 'five', 'six'], 250);
    const paths = await segmentPaths(folder);
    await rm(paths[1]!);
    expect(await survivors(folder)).toEqual({
      texts: ['one', 'two', 'five', 'six'],
      losses: { ...none, missingSegments: 1 },
    });
  });

  it('when the oldest segments are gone before they were read', async () => {
    const { folder } = await writeLog(['one', 'two', 'three', 'four', 'five', 'six'], 250);
    const paths = await segmentPaths(folder);
    const log = await openLog(folder);
    const [after] = (await readAll(log)).map(({ position }) => position);
    await log.close();
    await rm(paths[0]!);
    await rm(paths[1]!);
    const again = await openLog(folder, { after: after! });
    expect(again.missingSegments).toBe(1);
    expect(await readTexts(again, after)).toEqual(['five', 'six']);
    await again.close();
  });

  it('when two segments have each other’s names: then nothing is lost', async () => {
    const { folder } = await writeLog(['one', 'two', 'three', 'four', 'five', 'six'], 250);
    const [path, other] = await segmentPaths(folder);
    await rename(path!, `${path}.moved`);
    await rename(other!, path!);
    await rename(`${path}.moved`, other!);
    expect(await survivors(folder)).toEqual({ texts: ['one', 'two', 'three', 'four', 'five', 'six'], losses: none });
  });

  it('when a segment is there twice: the copy is set aside', async () => {
    const { folder } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    await copyFile(path!, join(folder, '0000000009-0badcafe.log'));
    const { texts: left, losses } = await survivors(folder);
    expect(left).toEqual(texts);
    expect(losses).toMatchObject({ quarantinedFiles: 1, missingSegments: 0 });
  });

  it('keeps a copy of what it could not read, once', async () => {
    const { folder, ends } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    const bytes = await readFile(path!);
    bytes[ends[0]! + 30]! ^= 1;
    await writeFile(path!, bytes);
    for (let run = 0; run < 3; run += 1) {
      const log = await openLog(folder);
      await readTexts(log);
      await readTexts(log);
      expect(lossesOf(log)).toEqual({ ...none, damagedBytes: ends[1]! - ends[0]!, quarantinedFiles: 1 });
      await log.close();
    }
    const kept = (await readdir(folder)).filter((name) => name.endsWith('.damaged'));
    expect(kept).toEqual([`${basename(path!)}.${ends[0]}-${ends[1]}.damaged`]);
    expect(await readFile(join(folder, kept[0]!))).toEqual(bytes.subarray(ends[0]!, ends[1]!));
  });

  it('when it happens to a record that the store has already: then nothing is lost', async () => {
    const { folder, ends } = await writeLog(texts);
    const [path] = await segmentPaths(folder);
    const bytes = await readFile(path!);
    bytes[ends[0]! + 30]! ^= 1;
    await writeFile(path!, bytes);
    const after = { segment: 1, offset: ends[1]! };
    const log = await openLog(folder, { after });
    expect(await readTexts(log, after)).toEqual(texts.slice(2));
    expect(lossesOf(log)).toEqual(none);
    await log.close();
  });

  it('when it happens while the log is open', async () => {
    const folder = await tempFolder();
    const log = await openLog(folder);
    const ends: number[] = [];
    for (const text of texts) ends.push((await log.append(record(text))).offset);
    const [path] = await segmentPaths(folder);
    const bytes = await readFile(path!);
    bytes[ends[1]! + 30]! ^= 1;
    await writeFile(path!, bytes);
    expect(await readTexts(log)).toEqual(['the first', 'the second', 'the last']);
    expect(lossesOf(log)).toEqual({ ...none, damagedBytes: ends[2]! - ends[1]!, quarantinedFiles: 1 });
    await log.close();
  });

  it('and never takes what a sender wrote into a body for a record', async () => {
    const inner = await writeLog(['forged']);
    const [innerPath] = await segmentPaths(inner.folder);
    const folder = await tempFolder();
    const log = await openLog(folder);
    await log.append({ ...record(''), body: await readFile(innerPath!) });
    await log.append(record('honest'));
    await log.close();
    const [path] = await segmentPaths(folder);
    const bytes = await readFile(path!);
    bytes[headerBytes + 5]! ^= 1;
    await writeFile(path!, bytes);
    expect((await survivors(folder)).texts).toEqual(['honest']);
  });
});
