import { headerBytes } from './segment-header.ts';
import { FileWindow } from './file-window.ts';
import type { Damage } from './damage.ts';
import type { OpenFile } from './files.ts';
import type { LogPosition } from '../store.ts';
import { scanSegment } from './scan-segment.ts';
import type { Segment } from './segment.ts';

/** What is not there any more, and so cannot be set aside. */
export interface Losses {
  /** Bytes of a write that a crash interrupted. Nobody was told that they are safe. */
  unfinishedBytes: number;
  /** Segments that somebody deleted before they were read. */
  missingSegments: number;
  /** Bytes that somebody cut off a segment, as far as its successor tells. */
  missingBytes: number;
}

/**
 * Reads everything behind `after` once: sets damaged stretches aside, and cuts an interrupted write off the last segment.
 * What lies before `after` is in the store already, so nothing is lost with it.
 */
export async function checkSegments(
  segments: readonly Segment[],
  { after, openFile, damage }: { after: LogPosition; openFile: OpenFile; damage: Damage },
): Promise<Losses> {
  const losses: Losses = { unfinishedBytes: 0, ...missing(segments, after) };
  for (const segment of segments) {
    if (segment.number < after.segment) continue;
    const start = segment.number === after.segment ? Math.max(after.offset, headerBytes) : headerBytes;
    const isLast = segment === segments.at(-1);
    // A last segment that is nothing but half a header was being made when the process ended.
    if (!segment.previous && isLast && segment.end <= headerBytes) losses.unfinishedBytes += segment.end;
    else if (!segment.previous) await damage.keepStretch(segment, 0, Math.min(headerBytes, segment.end));
    losses.unfinishedBytes += await checkRecords(segment, { start, isLast, openFile, damage });
  }
  return losses;
}

/** Answers how many bytes of an interrupted write were cut off. */
async function checkRecords(
  segment: Segment,
  { start, isLast, openFile, damage }: { start: number; isLast: boolean; openFile: OpenFile; damage: Damage },
): Promise<number> {
  const file = await openFile(segment.path, isLast ? 'r+' : 'r');
  let cutBytes = 0;
  try {
    for await (const stretch of scanSegment(new FileWindow(file, segment.end), segment.salt, start)) {
      if (stretch.kind === 'record') continue;
      if (isLast && stretch.unfinished) {
        segment.end = stretch.start;
        cutBytes = stretch.end - stretch.start;
      } else {
        await damage.keepStretch(segment, stretch.start, stretch.end);
      }
    }
    // Should either fail, the next start meets the same bytes again: nothing is ever written behind them.
    if (cutBytes > 0) await file.truncate(segment.end).catch(() => {});
    if (isLast) await file.datasync().catch(() => {});
    return cutBytes;
  } finally {
    await file.close();
  }
}

/** Gaps in the numbers, and segments that are shorter than their successor remembers. */
function missing(segments: readonly Segment[], after: LogPosition): Pick<Losses, 'missingSegments' | 'missingBytes'> {
  let missingSegments = 0;
  let missingBytes = 0;
  // Without a position nobody knows where the log began: older segments may have been trimmed.
  let expected = after.segment > 0 ? after.segment + 1 : segments[0]?.number;
  let before = segments.find((segment) => segment.number === after.segment);
  for (const segment of segments) {
    if (segment.number <= after.segment || expected === undefined) continue;
    missingSegments += segment.number - expected;
    if (before && segment.previous?.number === before.number) {
      const read = before.number === after.segment ? Math.max(before.end, after.offset) : before.end;
      missingBytes += Math.max(0, segment.previous.bytes - read);
    }
    expected = segment.number + 1;
    before = segment;
  }
  return { missingSegments, missingBytes };
}
