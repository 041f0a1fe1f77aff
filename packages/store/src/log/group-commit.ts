import type { FileHandle } from 'node:fs/promises';
import { TallyError } from '@tallyspan/facts';
import { fileReason } from '../file-reason.ts';
import type { LogPosition } from '../store.ts';
import { writeAll, type OpenFile } from './files.ts';
import { frameHead, prefixBytes } from './frame.ts';
import { createSegment, type Segment } from './segment.ts';
import { headerBytes } from './segment-header.ts';

interface Waiting {
  head: Buffer;
  body: Uint8Array;
  resolve(position: LogPosition): void;
  reject(error: unknown): void;
}

interface Active {
  segment: Segment;
  file: FileHandle;
  /** Bytes of a failed write may lie behind its end; nothing is written before they are cut off. */
  isUnclean?: boolean;
}

/**
 * Writes records one group at a time: all that wait while a sync runs share the next write and the next sync.
 * The first record after a start goes into a new segment, so nothing is ever written behind bytes of an earlier run.
 */
export class GroupCommit {
  readonly #folder: string;
  readonly #openFile: OpenFile;
  readonly #segmentBytesMax: number;
  readonly #segments: Segment[];
  #lastNumber: number;
  #active: Active | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  /** `segments` is the list of the log; new ones are added at its end. Their numbers come after `lastNumber`. */
  constructor(options: {
    folder: string;
    openFile: OpenFile;
    segmentBytesMax: number;
    segments: Segment[];
    lastNumber: number;
  }) {
    this.#folder = options.folder;
    this.#openFile = options.openFile;
    this.#segmentBytesMax = options.segmentBytesMax;
    this.#segments = options.segments;
    this.#lastNumber = options.lastNumber;
  }

  /** The segment being written, if there is one. */
  get active(): Segment | undefined {
    return this.#active?.segment;
  }

  append(head: Buffer, body: Uint8Array): Promise<LogPosition> {
    if (this.#closed) return Promise.reject(new Error('the ingest log is closed'));
    const written = new Promise<LogPosition>((resolve, reject) => this.#waiting.push({ head, body, resolve, reject }));
    this.#writing ??= this.#writeAllWaiting();
    return written;
  }

  /** What comes next goes into a new segment, so that this one can be deleted when it was read. */
  async roll(): Promise<void> {
    while (this.#writing) await this.#writing;
    const active = this.#active;
    if (active === undefined || active.segment.end === headerBytes) return;
    this.#active = undefined;
    await active.file.close().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#active?.file.close();
    this.#active = undefined;
  }

  async #writeAllWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      let active: Active;
      try {
        active = await this.#activeFor(this.#waiting[0]!);
      } catch (error) {
        this.#refuse(this.#waiting.splice(0), error);
        continue;
      }
      const group = this.#take(active.segment);
      try {
        const ends = await write(group, active);
        active.segment.end = ends.at(-1)!;
        for (const [index, { resolve }] of group.entries()) {
          resolve({ segment: active.segment.number, offset: ends[index]! });
        }
      } catch (error) {
        await this.#undo(active);
        this.#refuse(group, error);
      }
    }
    this.#writing = undefined;
  }

  /** The active segment, or a new one when it has no room for `record`. A record larger than a segment gets one of its own. */
  async #activeFor(record: Waiting): Promise<Active> {
    const active = this.#active;
    if (active && (active.segment.end === headerBytes || this.#fits(record, active.segment.end))) return active;
    const created = await createSegment(this.#folder, this.#openFile, this.#lastNumber + 1, this.#segments.at(-1));
    this.#active = created;
    this.#lastNumber = created.segment.number;
    this.#segments.push(created.segment);
    await active?.file.close().catch(() => {});
    return created;
  }

  #take({ end }: Segment): Waiting[] {
    let count = 0;
    do end += frameBytes(this.#waiting[count++]!);
    while (count < this.#waiting.length && this.#fits(this.#waiting[count]!, end));
    return this.#waiting.splice(0, count);
  }

  #fits(record: Waiting, end: number): boolean {
    return end + frameBytes(record) <= this.#segmentBytesMax;
  }

  /**
   * After a failed write or sync nobody knows which bytes are on disk. They are cut off, and what comes next goes into a fresh file:
   * a second sync of the same one might succeed although the first lost data. A segment without records has none to lose and is used
   * again, or a disk that stays full would fill up with empty files.
   */
  async #undo(active: Active): Promise<void> {
    active.isUnclean = true;
    await cutBack(active).catch(() => {});
    if (active.segment.end === headerBytes) return;
    this.#active = undefined;
    await active.file.close().catch(() => {});
  }

  #refuse(group: readonly Waiting[], cause: unknown): void {
    for (const { reject } of group) {
      reject(new TallyError('STORAGE_FULL', { reason: fileReason(cause), dir: this.#folder }, cause));
    }
  }
}

/** Answers where each record ends. */
async function write(group: readonly Waiting[], active: Active): Promise<number[]> {
  const { segment, file } = active;
  if (active.isUnclean) await cutBack(active);
  const buffers: Uint8Array[] = [];
  const ends: number[] = [];
  let end = segment.end;
  for (const record of group) {
    buffers.push(frameHead(record.head, record.body, segment.salt), record.body);
    end += frameBytes(record);
    ends.push(end);
  }
  await writeAll(file, buffers, segment.end);
  await file.datasync();
  return ends;
}

async function cutBack(active: Active): Promise<void> {
  await active.file.truncate(active.segment.end);
  await active.file.datasync();
  active.isUnclean = false;
}

function frameBytes({ head, body }: Waiting): number {
  return prefixBytes + head.length + body.length;
}
