import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Encrypts what is written to a shared cache. */
export interface Seal {
  /** `name` is bound to it: under another one it does not open. */
  close(text: string, name: string): string;
  /** Undefined for what was not closed with one of the keys, or was changed. Never throws. */
  open(sealed: string, name: string): string | undefined;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** In front of each: what it is, so that another way to encrypt can follow. */
const VERSION = 'a1.';

/**
 * AES-256-GCM (NIST SP 800-38D), each time with a new random initialisation vector of 96 bits. The first key closes, all of them open,
 * so that a key can be replaced while the old entries live.
 */
export function sealWith(keys: readonly Uint8Array[]): Seal | undefined {
  const [first] = keys;
  if (!first) return undefined;
  return {
    close(text, name) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', first, iv).setAAD(Buffer.from(name));
      const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return VERSION + Buffer.concat([iv, cipher.getAuthTag(), closed]).toString('base64');
    },
    open(sealed, name) {
      if (!sealed.startsWith(VERSION)) return undefined;
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64');
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      const iv = bytes.subarray(0, IV_BYTES);
      const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      for (const key of keys) {
        try {
          const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
          cipher.setAAD(Buffer.from(name)).setAuthTag(tag);
          const text = cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
          return Buffer.concat([text, cipher.final()]).toString('utf8');
        } catch {
          // Another key, or not ours at all.
        }
      }
      return undefined;
    },
  };
}

/** Keys of 32 bytes: as they are, as 64 hex digits or as base64; several with commas between. Undefined when one of them is none. */
export function readKeys(given: string | Uint8Array | undefined): Uint8Array[] | undefined {
  if (given === undefined) return [];
  if (typeof given !== 'string') return given.length === KEY_BYTES ? [given] : undefined;
  const keys: Uint8Array[] = [];
  for (const each of given.split(',')) {
    const text = each.trim();
    if (text === '') continue;
    const key = Buffer.from(text, /^[\da-f]{64}$/i.test(text) ? 'hex' : 'base64');
    if (key.length !== KEY_BYTES) return undefined;
    keys.push(key);
  }
  return keys;
}
