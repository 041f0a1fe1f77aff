import { limits } from '@tallyspan/facts';

/** JSON of a value, or the beginning of it. */
export interface BoundedJson {
  json: string;
  /** False when something was left out, so that the text need not be JSON any more. */
  whole: boolean;
}

/**
 * Writes a value of the user's as JSON and stops at the limit, so that 50 MB cost no more than what is kept; `JSON.stringify` would
 * write all of it first and hold up the process for a seventh of a second. Each property is read once. Bytes, and text that is
 * bytes (base64), are told by their size. What JSON has no form for (a bigint) is text. Throws what a getter of the value throws.
 */
export function boundedJson(value: unknown, charsMax: number): BoundedJson {
  const writer = new Writer(charsMax);
  writer.value(value, 0);
  return { json: writer.out, whole: !writer.stopped };
}

class Writer {
  out = '';
  stopped = false;
  /** Characters that may still be written. */
  left: number;
  /** Properties that may still be looked at: a million undefined ones write nothing and take their time all the same. */
  looks: number;

  constructor(charsMax: number) {
    this.left = charsMax;
    this.looks = Math.max(1_024, charsMax / 4);
  }

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.write(Number.isFinite(value) ? String(value) : 'null');
      case 'boolean':
        return this.write(String(value));
      case 'bigint':
        // The digits of a hostile one are many, and counting them takes long.
        return this.write(value > -MANY_DIGITS && value < MANY_DIGITS ? `"${value}"` : '"(a very large number)"');
      case 'object':
        return value === null ? this.write('null') : this.object(value, depth);
      default:
        return this.write('null');
    }
  }

  text(value: string): void {
    const kept = value.length > this.left ? value.slice(0, this.left) : value;
    const bytes = bytesIn(value);
    if (bytes !== undefined) return this.write(JSON.stringify(bytes));
    this.write(JSON.stringify(kept));
    if (kept !== value) this.stop();
  }

  object(value: object, depth: number): void {
    if (depth >= limits.attributeDepthMax) return this.write('"…"');
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.write(`"(${value.byteLength} bytes)"`);
    if (Array.isArray(value)) return this.list(value, depth);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.value(Reflect.apply(toJSON, value, ['']), depth + 1);
    let separator = '{';
    for (const key in value) {
      if (this.left <= 0 || this.looks-- <= 0) return this.stop();
      if (!Object.hasOwn(value, key)) continue;
      const inner = (value as Record<string, unknown>)[key];
      if (inner === undefined || typeof inner === 'function' || typeof inner === 'symbol') continue;
      this.write(separator);
      this.text(key);
      this.write(':');
      this.value(inner, depth + 1);
      separator = ',';
    }
    this.write(separator === '{' ? '{}' : '}');
  }

  list(value: readonly unknown[], depth: number): void {
    this.write('[');
    for (let index = 0; index < value.length; index++) {
      if (this.left <= 0) return this.stop();
      if (index > 0) this.write(',');
      this.value(value[index], depth + 1);
    }
    this.write(']');
  }

  write(text: string): void {
    if (this.left <= 0) return this.stop();
    this.out += text;
    this.left -= text.length;
  }

  stop(): void {
    this.stopped = true;
    this.left = 0;
  }
}

const MANY_DIGITS = 10n ** 100n;

/** Shorter ones are hashes, tokens and ids, and not worth replacing. */
const BASE64_LEAST = 512;
const DATA_URL = /^data:([\w.+-]{1,60}\/[\w.+-]{1,60})[^,]{0,100};base64,/;
const DATA_URLS = /(data:[\w.+-]{1,60}\/[\w.+-]{1,60};base64,)([A-Za-z0-9+/=_-]{64,})/g;

/** What stands for text that is bytes, or undefined where it is words. The beginning tells. */
export function bytesIn(text: string): string | undefined {
  if (text.length < BASE64_LEAST) return undefined;
  const url = DATA_URL.exec(text.slice(0, 256));
  if (url) return `${url[0]}(${text.length - url[0].length} characters)`;
  const start = text.slice(0, 256);
  const looks = /^[A-Za-z0-9+/_-]+$/.test(start) && /[a-z]/.test(start) && /[A-Z]/.test(start) && /\d/.test(start);
  return looks ? `(${text.length} characters of base64)` : undefined;
}

/** Pictures inside of words (`![](data:image/png;base64,…)`) are told by their size too. */
export function withoutBase64(text: string): string {
  if (!text.includes(';base64,')) return text;
  return text.replaceAll(DATA_URLS, (_, start: string, bytes: string) => `${start}(${bytes.length} characters)`);
}
