import { randomInt } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { TallyError } from '@tallyspan/facts';
import type { Damage } from './damage.ts';
import { syncFolder, writeAll, type OpenFile } from './files.ts';
import { formatVersion, headerBytes, readHeader, readName, segmentName, writeHeader } from './segment-header.ts';
import type { SegmentHeader } from './segment-header.ts';

/** One file of the log. */
export interface Segment {
  number: number;
  salt: number;
  path: string;
  /** Where the last record on disk ends. What lies behind was never acknowledged. */
  end: number;
  /** What the header says of the segment before; undefined when the header is not whole. */
  previous?: SegmentHeader['previous'];
}

/** All segments of a folder, oldest first. Files that are no segments stay untouched; second copies of one are set aside. */
export async function listSegments(folder: string, openFile: OpenFile, damage: Damage): Promise<Segment[]> {
  const byNumber = new Map<number, Segment>();
  for (const name of (await readdir(folder)).sort()) {
    const named = readName(name);
    if (!named) continue;
    const path = join(folder, name);
    const { size } = await stat(path);
    const header = readHeader(await firstBytes(path, openFile));
    if (header && header.version !== formatVersion) {
      const reason = `it has format ${header.version} and this version reads ${formatVersion}`;
      throw new TallyError('STORE_UNREADABLE', { dir: folder, reason, file: path });
    }
    const { number, salt } = header ?? named;
    const segment: Segment = { number, salt, path, end: size, ...(header && { previous: header.previous }) };
    const other = byNumber.get(number);
    if (!other || other.end < size) byNumber.set(number, segment);
    if (other) await damage.keepFile(other.end < size ? other.path : path);
  }
  return [...byNumber.values()].sort((left, right) => left.number - right.number);
}

/** A new, empty segment that survives a power cut, open for writing. Throws the error of the system, and then leaves no file behind if it can. */
export async function createSegment(
  folder: string,
  openFile: OpenFile,
  number: number,
  last?: Segment,
): Promise<{ segment: Segment; file: FileHandle }> {
  const salt = randomInt(1, 2 ** 32);
  const path = join(folder, segmentName(number, salt));
  const previous = { number: last?.number ?? 0, bytes: last?.end ?? 0 };
  const file = await openFile(path, 'wx');
  try {
    await writeAll(file, [writeHeader({ number, salt, previous })], 0);
    await file.sync();
    await syncFolder(folder, openFile);
    return { segment: { number, salt, path, end: headerBytes, previous }, file };
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(path).catch(() => {});
    throw error;
  }
}

async function firstBytes(path: string, openFile: OpenFile): Promise<Buffer> {
  const file = await openFile(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return Buffer.alloc(0); // the disk cannot read it: the name tells what the header would have told
  } finally {
    await file.close();
  }
}
