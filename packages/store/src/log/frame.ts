/**
 * One record on disk. Numbers are little-endian.
 *
 *   0  the segment's salt
 *   4  bytes of the head   (u32)
 *   8  bytes of the body   (u32)
 *  12  checksum of the twelve bytes before
 *  16  checksum of head and body, begun with the checksum before
 *  20  head: the record's meta as JSON
 *   …  body
 *
 * The salt is random for each segment. What a sender puts into a body therefore never passes for the start of a record when we
 * look for the next whole one behind a damaged stretch, and neither does what an older file left in the same blocks of the disk.
 */
import { crc32 } from 'node:zlib';

export const prefixBytes = 20;

/** What a whole prefix says. */
export interface Prefix {
  headBytes: number;
  bodyBytes: number;
  /** Of the whole frame, prefix included. */
  frameBytes: number;
  prefixChecksum: number;
  contentChecksum: number;
}

/** What a record begins with. */
export function frameMark(salt: number): Buffer {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(salt);
  return mark;
}

/** Prefix and head in one buffer; the body is written as it is, without a copy. */
export function frameHead(head: Buffer, body: Uint8Array, salt: number): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + head.length);
  frame.writeUInt32LE(salt, 0);
  frame.writeUInt32LE(head.length, 4);
  frame.writeUInt32LE(body.length, 8);
  const prefixChecksum = crc32(frame.subarray(0, 12));
  frame.writeUInt32LE(prefixChecksum, 12);
  frame.writeUInt32LE(crc32(body, crc32(head, prefixChecksum)), 16);
  head.copy(frame, prefixBytes);
  return frame;
}

/** The prefix at the start of `bytes`, or undefined when there is no whole one. */
export function readPrefix(bytes: Buffer, salt: number): Prefix | undefined {
  if (bytes.length < prefixBytes || bytes.readUInt32LE(0) !== salt) return undefined;
  const prefixChecksum = bytes.readUInt32LE(12);
  if (crc32(bytes.subarray(0, 12)) !== prefixChecksum) return undefined;
  const headBytes = bytes.readUInt32LE(4);
  const bodyBytes = bytes.readUInt32LE(8);
  const contentChecksum = bytes.readUInt32LE(16);
  return { headBytes, bodyBytes, frameBytes: prefixBytes + headBytes + bodyBytes, prefixChecksum, contentChecksum };
}

/** Whether head and body are what was written. */
export function contentIsWhole(prefix: Prefix, content: Buffer): boolean {
  return (
    content.length === prefix.headBytes + prefix.bodyBytes &&
    crc32(content, prefix.prefixChecksum) === prefix.contentChecksum
  );
}
