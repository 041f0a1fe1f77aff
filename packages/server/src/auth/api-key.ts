/**
 * How a key is written:
 *
 *   tally_ingest_4kQz…43 characters…x9_0fR3aB
 *         │      │                    └ CRC-32 of all before in six characters: a scanner for secrets knows one without asking
 *         │      └ 256 random bits
 *         └ what it is for; tells people, decides nothing
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Scope } from '../api.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARS = 43;
const CHECKSUM_CHARS = 6;
const PATTERN = new RegExp(
  `^(tally_(ingest|read|admin)_[0-9A-Za-z]{${RANDOM_CHARS}})_([0-9A-Za-z]{${CHECKSUM_CHARS}})$`,
);

/** Anything that is meant to be a key of ours, whole or not. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith('tally_');
}

export function newKey(scope: Scope): string {
  const random = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), RANDOM_CHARS);
  const body = `tally_${scope}_${random}`;
  return `${body}_${checksum(body)}`;
}

/** Whether it is a whole key: mistyped and cut off ones are told without looking them up. */
export function isWholeKey(text: string): boolean {
  const [, body, , given] = PATTERN.exec(text) ?? [];
  return body !== undefined && checksum(body) === given;
}

/** What is kept of a key. 256 random bits cannot be guessed from it, so it needs no salt and no slow hash. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The name that a key has for people and in the log. From its hash, so that a key is found by it. */
export function idOfHash(hash: string): string {
  return `k_${hash.slice(0, 16)}`;
}

/** What may be shown of a key: `tally_ingest_…aB3x`. */
export function maskKey(key: string): { prefix: string; last4: string } {
  return { prefix: key.split('_', 2).join('_'), last4: key.slice(-4) };
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_CHARS);
}

function base62(value: bigint, chars: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text.padStart(chars, '0');
}
