/**
 * The first bytes of a segment. The file's name says the number and the salt as well (`0000000007-9f3a2b1c.log`), so that one
 * wrong bit here does not make every record of the file unreadable. When both are whole, the header counts: names get changed by hand.
 *
 *   0  'TALLYLOG'
 *   8  version of the format
 *  12  number of the segment
 *  16  salt of its checksums
 *  20  number of the segment before, 0 when there was none
 *  24  bytes of the segment before
 *  28  checksum of all before
 */
import { crc32 } from 'node:zlib';

export const headerBytes = 32;
export const formatVersion = 1;
const magic = Buffer.from('TALLYLOG', 'latin1');
const namePattern = /^(\d{10})-([0-9a-f]{8})\.log$/;

export interface SegmentHeader {
  version: number;
  number: number;
  salt: number;
  /** The segment before and where it ended: tells when somebody cut it between two records. */
  previous: { number: number; bytes: number };
}

export function writeHeader({ number, salt, previous }: Omit<SegmentHeader, 'version'>): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header, 0);
  header.writeUInt32LE(formatVersion, 8);
  header.writeUInt32LE(number, 12);
  header.writeUInt32LE(salt, 16);
  header.writeUInt32LE(previous.number, 20);
  header.writeUInt32LE(previous.bytes, 24);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

/** Undefined when it is not whole. */
export function readHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < headerBytes || magic.compare(bytes, 0, 8) !== 0) return undefined;
  if (crc32(bytes.subarray(0, 28)) !== bytes.readUInt32LE(28)) return undefined;
  return {
    version: bytes.readUInt32LE(8),
    number: bytes.readUInt32LE(12),
    salt: bytes.readUInt32LE(16),
    previous: { number: bytes.readUInt32LE(20), bytes: bytes.readUInt32LE(24) },
  };
}

export function segmentName(number: number, salt: number): string {
  return `${String(number).padStart(10, '0')}-${salt.toString(16).padStart(8, '0')}.log`;
}

/** Undefined for a file that is no segment. */
export function readName(name: string): { number: number; salt: number } | undefined {
  const match = namePattern.exec(name);
  return match ? { number: Number(match[1]), salt: Number.parseInt(match[2]!, 16) } : undefined;
}
