import { unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isTallyError, limits, TallyError } from '@tallyspan/facts';
import { fileErrorCode, fileReason } from '../file-reason.ts';
import type { LogPosition } from '../store.ts';
import { checkSegments, type Losses } from './check-segments.ts';
import { Damage } from './damage.ts';
import { FileWindow } from './file-window.ts';
import { makeFolder, openFile as openRealFile, syncFolder, type OpenFile } from './files.ts';
import { GroupCommit } from './group-commit.ts';
import { comparePositions, logStart } from './position.ts';
import { scanSegment } from './scan-segment.ts';
import { headerBytes } from './segment-header.ts';
import { listSegments, type Segment } from './segment.ts';

/** What is written beside a body, so that it can be decoded later. */
export interface LogMeta {
  signal: 'traces';
  contentType: 'protobuf' | 'json';
  /** Unix milliseconds. */
  receivedAt: number;
  /** Of the key that it was sent with: all spans of the body are this tenant's. Missing where the sender may say whose they are. */
  tenant?: string;
}

export interface LogRecord {
  meta: LogMeta;
  body: Uint8Array;
}

export interface LogEntry extends LogRecord {
  /** The end of this record: reading from here goes on with the next. */
  position: LogPosition;
}

export interface LogOptions {
  /**
   * What the store remembers as read. The log then never hands out a position at or before it, even when its files are gone, and
   * counts as lost only what lies behind it.
   */
  after?: LogPosition;
  /** Bytes at which a new segment begins. Default `limits.logSegmentBytesMax`. */
  segmentBytesMax?: number;
  /** Opens files; tests hand in one whose disk is full or broken. */
  openFile?: OpenFile;
}

/**
 * Opens the ingest log in `folder`, which is made if it does not exist, and checks what is in it. Damage is set aside and counted,
 * never fatal. The caller holds the lock of the data folder. Throws `DATA_NOT_WRITABLE`, or `STORE_UNREADABLE` for a newer format.
 */
export async function openLog(folder: string, options: LogOptions = {}): Promise<Log> {
  const { after = logStart, segmentBytesMax = limits.logSegmentBytesMax, openFile = openRealFile } = options;
  try {
    await makeFolder(folder, openFile);
    const damage = await Damage.open(folder, openFile);
    const segments = await listSegments(folder, openFile, damage);
    const losses = await checkSegments(segments, { after, openFile, damage });
    const lastNumber = Math.max(segments.at(-1)?.number ?? 0, after.segment);
    const writer = new GroupCommit({ folder, openFile, segmentBytesMax, segments, lastNumber });
    return new Log({ folder, openFile, damage, segments, losses, writer });
  } catch (error) {
    if (isTallyError(error)) throw error;
    throw new TallyError('DATA_NOT_WRITABLE', { dir: folder, reason: fileReason(error) }, error);
  }
}

interface LogParts {
  folder: string;
  openFile: OpenFile;
  damage: Damage;
  losses: Losses;
  /** Oldest first; the writer adds to it. */
  segments: Segment[];
  writer: GroupCommit;
}

/**
 * Requests as they came, safe on disk before anybody is told so. One writer; any number of readers in the same process.
 *
 *   0000000007-9f3a2b1c.log                   [header][record][record]…   complete; deleted when it has been read
 *   0000000007-9f3a2b1c.log.120-371.damaged   a stretch of it that is no record
 *   0000000008-c0ffee42.log                   [header][record]            being written
 */
export class Log {
  readonly #parts: LogParts;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /**
   * Resolves with the record's end once it is on disk; appends that wait together share one write and one sync. `body` must not
   * change until then. Rejects with `STORAGE_FULL` when the disk does not take it; such a record is cut off again.
   */
  append({ meta, body }: LogRecord): Promise<LogPosition> {
    return this.#parts.writer.append(Buffer.from(JSON.stringify(meta)), body);
  }

  /** All records behind `from` that are safe on disk, oldest first; ends when there is no more. Damaged stretches are passed over. */
  async *read(from: LogPosition = logStart): AsyncGenerator<LogEntry, void, undefined> {
    let position = from;
    for (;;) {
      const segment = this.#parts.segments.find((candidate) => comparePositions(endOf(candidate), position) > 0);
      if (!segment) return;
      // Taken before reading: what is appended meanwhile is met in the next round.
      const end = endOf(segment);
      const start = segment.number === position.segment ? Math.max(position.offset, headerBytes) : headerBytes;
      yield* this.#readSegment(segment, start, end.offset);
      position = end;
    }
  }

  /** Deletes segments that lie wholly before `before`. The one being written stays. */
  async trim(before: LogPosition): Promise<void> {
    const { segments, writer, folder, openFile } = this.#parts;
    let deleted = 0;
    for (const segment of segments.slice()) {
      if (segment === writer.active || comparePositions(endOf(segment), before) > 0) break;
      await unlink(segment.path).catch((error: unknown) => {
        if (fileErrorCode(error) !== 'ENOENT') throw error;
      });
      segments.splice(segments.indexOf(segment), 1);
      deleted += 1;
    }
    if (deleted > 0) await syncFolder(folder, openFile);
  }

  /** Ends the segment that is being written, so that all there is now can be trimmed. Answers the end of it, undefined when there is nothing. */
  async roll(): Promise<LogPosition | undefined> {
    const { segments, writer } = this.#parts;
    await writer.roll();
    const last = segments.findLast((segment) => segment !== writer.active);
    return last && endOf(last);
  }

  /** Whether files hold records at or before this position. */
  holdsUpTo(position: LogPosition): boolean {
    return this.#parts.segments.some(
      ({ number, end }) =>
        end > headerBytes && comparePositions({ segment: number, offset: headerBytes }, position) < 0,
    );
  }

  /** Writes what waits, then lets go of the files. */
  close(): Promise<void> {
    return this.#parts.writer.close();
  }

  /** Bytes behind `position`: what is yet to be read. */
  bytesAfter(position: LogPosition): number {
    let bytes = 0;
    for (const { number, end } of this.#parts.segments) {
      if (number < position.segment) continue;
      const start = number === position.segment ? Math.max(position.offset, headerBytes) : headerBytes;
      bytes += Math.max(0, end - start);
    }
    return bytes;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#parts.segments.reduce((sum, { end }) => sum + end, 0);
  }

  /** Bytes that were written once and are no record any more. Their copies lie beside the log as `*.damaged`, unless somebody cut them off. */
  get damagedBytes(): number {
    return this.#parts.damage.bytes + this.#parts.losses.missingBytes;
  }

  /** Files named `*.damaged` beside the log. They stay until a person deletes them. */
  get quarantinedFiles(): number {
    return this.#parts.damage.files;
  }

  /** Segments that were gone when the log was opened, before they were read. */
  get missingSegments(): number {
    return this.#parts.losses.missingSegments;
  }

  /** Bytes of an interrupted write that were cut off when the log was opened. A crash leaves them; nobody was told that they are safe. */
  get unfinishedBytes(): number {
    return this.#parts.losses.unfinishedBytes;
  }

  async *#readSegment(segment: Segment, start: number, end: number): AsyncGenerator<LogEntry, void, undefined> {
    let file: FileHandle;
    try {
      file = await this.#parts.openFile(segment.path, 'r');
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT') return; // trimmed meanwhile
      throw error;
    }
    try {
      for await (const stretch of scanSegment(new FileWindow(file, end), segment.salt, start)) {
        if (stretch.kind === 'damage') {
          await this.#parts.damage.keepStretch(segment, stretch.start, stretch.end);
          continue;
        }
        const meta = JSON.parse(stretch.head.toString('utf8')) as LogMeta;
        yield { position: { segment: segment.number, offset: stretch.end }, meta, body: stretch.body };
      }
    } finally {
      await file.close();
    }
  }
}

function endOf({ number, end }: Segment): LogPosition {
  return { segment: number, offset: end };
}
