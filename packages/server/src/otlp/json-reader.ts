import { isUtf8 } from 'node:buffer';
import { limits, TallyError } from '@tallyspan/facts';
import { nameText } from './name-cache.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;
const ARRAY_START = 0x5b;
const ARRAY_END = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** `\u0041` is one byte of UTF-8; nothing is longer in JSON. */
const BYTES_PER_ESCAPE = 6;
/** Room for what may be cut in two at the end. */
const ESCAPED_SLACK = 64;

/** The place of a string in the text, between its quotes. */
interface StringBytes {
  start: number;
  end: number;
  escaped: boolean;
}

/** What is leaped over between two stops: about a millisecond. */
const LEAP_BYTES = 256 * 1024;

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isHexDigit = (byte: number) => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
/** `" \ / b f n r t`: what may follow a backslash, beside `u`. */
const simpleEscapes = new Uint8Array(256);
for (const letter of '"\\/bfnrt') simpleEscapes[letter.charCodeAt(0)] = 1;

/** What a value is, by its first byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/**
 * Walks over JSON text (RFC 8259, strictly; a leading UTF-8 byte order mark is allowed). The caller drives it:
 *
 *   for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
 *     if (key === 'name') name = reader.string(); else reader.skipValue();
 *   }
 *
 * Not `JSON.parse`, because that rounds integers above 2^53, follows any depth until the stack ends, and makes twenty bytes of
 * memory of one byte of `[{},{},{}]`. Whatever is malformed throws BODY_UNREADABLE.
 */
export class JsonReader {
  readonly bytes: Buffer;
  readonly message: string;
  readonly #depthMax: number;
  #at = 0;
  #depth = 0;
  #valuesLeft: number = limits.spanFieldsMax;

  constructor(bytes: Uint8Array, message: string, depthMax: number) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.message = message;
    this.#depthMax = depthMax;
    if (!isUtf8(bytes)) throw this.malformed('it is not UTF-8');
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  /** Where the reader stands; give it to {@link back} to read a part again. */
  get at(): { byte: number; depth: number } {
    return { byte: this.#at, depth: this.#depth };
  }

  back(to: { byte: number; depth: number }): void {
    this.#at = to.byte;
    this.#depth = to.depth;
  }

  /** From here on so many values may be read before a throw: everything else waits meanwhile. */
  renew(): void {
    this.#valuesLeft = limits.spanFieldsMax;
  }

  /** Whether the last throw was for too many values. */
  get exhausted(): boolean {
    return this.#valuesLeft < 0;
  }

  kind(): JsonKind {
    const byte = this.#peek();
    if (byte === QUOTE) return 'string';
    if (byte === OBJECT_START) return 'object';
    if (byte === ARRAY_START) return 'array';
    if (byte === 0x74 || byte === 0x66) return 'boolean';
    if (byte === 0x6e) return 'null';
    if (byte === 0x2d || isDigit(byte)) return 'number';
    throw this.malformed(byte === -1 ? 'it ends too early' : 'a value is missing');
  }

  /** Enters an object and answers its first key, or undefined when it is empty. */
  firstKey(): string | undefined {
    this.#open(OBJECT_START, 'an object');
    if (this.#peek() !== OBJECT_END) return this.#key();
    this.#close();
    return undefined;
  }

  nextKey(): string | undefined {
    this.#spend();
    const byte = this.#peek();
    this.#at++;
    if (byte === COMMA) return this.#key();
    if (byte !== OBJECT_END) throw this.#expected('"," or "}"');
    this.#depth--;
    return undefined;
  }

  /** Enters an array; true when an item follows. */
  firstItem(): boolean {
    this.#open(ARRAY_START, 'an array');
    if (this.#peek() !== ARRAY_END) return true;
    this.#close();
    return false;
  }

  nextItem(): boolean {
    this.#spend();
    const byte = this.#peek();
    this.#at++;
    if (byte === COMMA) return true;
    if (byte !== ARRAY_END) throw this.#expected('"," or "]"');
    this.#depth--;
    return false;
  }

  /** A string, made well-formed. */
  string(): string {
    return this.decode(this.stringBytes());
  }

  /** The place of a string between its quotes, checked and not yet decoded: it may be too long to be worth it. */
  stringBytes(): StringBytes {
    if (this.#peek() !== QUOTE) throw this.#expected('a string');
    const bytes = this.bytes;
    const start = ++this.#at;
    let at = start;
    let escaped = false;
    for (;;) {
      let byte = bytes[at]!;
      while (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) byte = bytes[++at]!;
      if (byte === QUOTE) break;
      if (byte === undefined) throw this.malformed('it ends inside a string');
      if (byte !== BACKSLASH) throw this.malformed('a string has a control character in it');
      escaped = true;
      at = this.#escape(at);
    }
    this.#at = at + 1;
    return { start, end: at, escaped };
  }

  /** With `bytesMax`, only so much of the text that at least that many bytes of UTF-8 are there, and one more when it is longer. */
  decode({ start, end, escaped }: StringBytes, bytesMax = Infinity): string {
    const enough = start + bytesMax * BYTES_PER_ESCAPE + ESCAPED_SLACK;
    if (!escaped) return this.bytes.toString('utf8', start, end <= enough ? end : this.#endOfCharacter(enough));
    const kept = end <= enough ? end : this.#endOfEscapes(start, enough);
    const text = JSON.parse(`"${this.bytes.toString('utf8', start, kept)}"`) as string;
    // An escape may write half a surrogate pair. UTF-8 has no bytes for it and puts U+FFFD there.
    return Buffer.from(text, 'utf8').toString('utf8');
  }

  /** A number as it is written, so that nothing is rounded: `1757000000000000001`, `-0.5e3`. */
  numberText(): string {
    this.#peek();
    const start = this.#at;
    if (this.bytes[this.#at] === 0x2d) this.#at++;
    if (this.bytes[this.#at] === 0x30) this.#at++;
    else this.#digits();
    if (this.bytes[this.#at] === 0x2e) {
      this.#at++;
      this.#digits();
    }
    if (this.bytes[this.#at] === 0x65 || this.bytes[this.#at] === 0x45) {
      this.#at++;
      if (this.bytes[this.#at] === 0x2b || this.bytes[this.#at] === 0x2d) this.#at++;
      this.#digits();
    }
    return this.bytes.toString('latin1', start, this.#at);
  }

  boolean(): boolean {
    const isTrue = this.#peek() === 0x74;
    this.#word(isTrue ? 'true' : 'false');
    return isTrue;
  }

  null(): void {
    this.#peek();
    this.#word('null');
  }

  /** Checks a value and leaves it behind. The depth limit bounds the recursion. */
  skipValue(): void {
    switch (this.kind()) {
      case 'object':
        for (let key = this.#skipFirstKey(); key; key = this.#skipNextKey()) this.skipValue();
        return;
      case 'array':
        for (let item = this.firstItem(); item; item = this.nextItem()) this.skipValue();
        return;
      case 'string':
        this.stringBytes();
        return;
      case 'number':
        this.numberText();
        return;
      case 'boolean':
        this.boolean();
        return;
      case 'null':
        this.null();
    }
  }

  /**
   * Goes on to where the nesting is back at `depth`, without looking at what is in between: a list or an object that is read properly
   * later, or one that was given up. Stops every now and then, to give way to other work.
   */
  *leap(depth: number): Generator<undefined, void, undefined> {
    const bytes = this.bytes;
    this.#peek();
    let next = this.#at + LEAP_BYTES;
    for (let at = this.#at; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) at = this.#endOfString(at);
      else if (byte === OBJECT_START || byte === ARRAY_START) this.#depth++;
      else if ((byte === OBJECT_END || byte === ARRAY_END) && --this.#depth <= depth) {
        this.#at = at + 1;
        return;
      }
      if (at < next) continue;
      next = at + LEAP_BYTES;
      yield undefined;
    }
    throw this.malformed('it ends too early');
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (this.#peek() !== -1) throw this.malformed('something follows after its end');
  }

  malformed(reason: string): TallyError {
    return new TallyError('BODY_UNREADABLE', {
      kind: `JSON ${this.message}`,
      reason: `${reason}, at byte ${this.#at}`,
    });
  }

  #expected(what: string): TallyError {
    return this.malformed(this.#at >= this.bytes.length ? 'it ends too early' : `${what} was expected`);
  }

  /** The next byte that is no white space, or -1 at the end. */
  #peek(): number {
    const bytes = this.bytes;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++this.#at];
    return byte ?? -1;
  }

  #spend(): void {
    if (--this.#valuesLeft < 0) throw this.malformed('it has too many values outside of spans');
  }

  #open(start: number, what: string): void {
    this.#spend();
    if (this.#peek() !== start) throw this.#expected(what);
    if (++this.#depth > this.#depthMax) throw this.malformed(`it is nested more than ${this.#depthMax} deep`);
    this.#at++;
  }

  #close(): void {
    this.#at++;
    this.#depth--;
  }

  #key(): string {
    const { start, end, escaped } = this.stringBytes();
    const key = escaped ? this.decode({ start, end, escaped }) : nameText(this.bytes, start, end);
    this.#colon();
    return key;
  }

  #colon(): void {
    if (this.#peek() !== COLON) throw this.#expected('":"');
    this.#at++;
  }

  #skipFirstKey(): boolean {
    this.#open(OBJECT_START, 'an object');
    if (this.#peek() === OBJECT_END) {
      this.#close();
      return false;
    }
    this.stringBytes();
    this.#colon();
    return true;
  }

  #skipNextKey(): boolean {
    this.#spend();
    const byte = this.#peek();
    this.#at++;
    if (byte === COMMA) {
      this.stringBytes();
      this.#colon();
      return true;
    }
    if (byte !== OBJECT_END) throw this.#expected('"," or "}"');
    this.#depth--;
    return false;
  }

  /** The closing quote of the string that opens at `at`; the end of the text when there is none. */
  #endOfString(at: number): number {
    const bytes = this.bytes;
    for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    return at;
  }

  /** The first place from `wanted` on where neither an escape nor a character is cut in two. */
  #endOfEscapes(start: number, wanted: number): number {
    const bytes = this.bytes;
    let at = start;
    while (at < wanted) at += bytes[at] !== BACKSLASH ? 1 : bytes[at + 1] === 0x75 ? BYTES_PER_ESCAPE : 2;
    return this.#endOfCharacter(at);
  }

  #endOfCharacter(at: number): number {
    while ((this.bytes[at]! & 0xc0) === 0x80) at++;
    return at;
  }

  /** From a backslash to behind its escape. */
  #escape(at: number): number {
    const bytes = this.bytes;
    const letter = bytes[at + 1] ?? 0;
    if (simpleEscapes[letter] === 1) return at + 2;
    const hex = letter === 0x75 && [2, 3, 4, 5].every((ahead) => isHexDigit(bytes[at + ahead] ?? 0));
    if (!hex) throw this.malformed('a string has an unknown escape in it');
    return at + 6;
  }

  #digits(): void {
    const start = this.#at;
    while (isDigit(this.bytes[this.#at] ?? 0)) this.#at++;
    if (this.#at === start) throw this.malformed('a number has no digits where it needs some');
  }

  #word(word: string): void {
    if (this.bytes.toString('latin1', this.#at, this.#at + word.length) !== word) throw this.#expected(word);
    this.#at += word.length;
  }
}
