import { contentIsWhole, frameMark, prefixBytes, readPrefix } from './frame.ts';
import type { FileWindow } from './file-window.ts';

/** What lies in a segment, from front to back without gaps. */
export type Stretch =
  | { kind: 'record'; start: number; end: number; head: Buffer; body: Buffer }
  /** Not a record. `unfinished` when it looks like a write that was interrupted: cut short, or nothing but zeros. */
  | { kind: 'damage'; start: number; end: number; unfinished: boolean };

/** Reads records from `start` to the end of the window. Behind a damaged stretch it goes on with the next whole record. */
export async function* scanSegment(window: FileWindow, salt: number, start: number): AsyncGenerator<Stretch> {
  let offset = start;
  while (offset < window.end) {
    const record = await recordAt(window, salt, offset);
    if (record) {
      yield record;
      offset = record.end;
      continue;
    }
    const next = await nextRecord(window, salt, offset + 1);
    const end = next?.start ?? window.end;
    yield { kind: 'damage', start: offset, end, unfinished: !next && (await isUnfinished(window, salt, offset)) };
    offset = end;
  }
}

async function recordAt(window: FileWindow, salt: number, offset: number): Promise<Stretch | undefined> {
  const prefix = readPrefix(await window.view(offset, prefixBytes), salt);
  if (!prefix || offset + prefix.frameBytes > window.end) return undefined;
  const frame = await window.view(offset, prefix.frameBytes);
  const content = frame.subarray(prefixBytes);
  if (!contentIsWhole(prefix, content)) return undefined;
  const head = content.subarray(0, prefix.headBytes);
  const body = content.subarray(prefix.headBytes);
  return { kind: 'record', start: offset, end: offset + prefix.frameBytes, head, body };
}

async function nextRecord(window: FileWindow, salt: number, offset: number): Promise<Stretch | undefined> {
  const mark = frameMark(salt);
  for (;;) {
    const candidate = await window.find(mark, offset);
    if (candidate === undefined) return undefined;
    const record = await recordAt(window, salt, candidate);
    if (record) return record;
    offset = candidate + 1;
  }
}

async function isUnfinished(window: FileWindow, salt: number, start: number): Promise<boolean> {
  if (window.end - start < prefixBytes) return true;
  const prefix = readPrefix(await window.view(start, prefixBytes), salt);
  if (prefix) return start + prefix.frameBytes > window.end;
  for (let offset = start; offset < window.end;) {
    const bytes = await window.view(offset, 64 * 1024);
    if (bytes.some((byte) => byte !== 0)) return false;
    offset += bytes.length;
  }
  return true;
}
