import { limits, TallyError } from '@tallyspan/facts';

/** Wire types of the protobuf encoding, https://protobuf.dev/programming-guides/encoding/#structure */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const GROUP_START = 3;
const GROUP_END = 4;
export const FIXED32 = 5;

/** Groups are gone since proto3, so nobody nests them; the stack that skips them must not grow with the body. */
const GROUP_DEPTH_MAX = 64;

/**
 * Walks over protobuf bytes. The caller drives it field by field:
 *
 *   for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
 *     if (tag === NAME) name = reader.text(max); else reader.skip(tag);
 *   }
 *
 * `tag()` answers 0 at the end of the message that `enter` opened. Whatever is malformed throws BODY_UNREADABLE.
 */
export class ProtobufReader {
  readonly bytes: Buffer;
  readonly message: string;
  /** Whether texts are only passed over: whoever reads so wants to know whether all makes sense, and not what it says. */
  readonly skims: boolean;
  readonly #view: DataView;
  #at = 0;
  #end: number;
  #low = 0;
  #high = 0;
  #fieldsLeft: number = limits.spanFieldsMax;

  /** @param message what the bytes should be, for the error: `ExportTraceServiceRequest` */
  constructor(bytes: Uint8Array, message: string, skims = false) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.message = message;
    this.skims = skims;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
  }

  get at(): number {
    return this.#at;
  }

  /** Goes back to where `at` was, inside the same message. */
  back(at: number): void {
    this.#at = at;
  }

  /** From here on so many fields may be read before `tag` throws: everything else waits meanwhile. */
  renew(fieldsMax: number = limits.spanFieldsMax): void {
    this.#fieldsLeft = fieldsMax;
  }

  /** Whether the last throw was for too many fields. */
  get exhausted(): boolean {
    return this.#fieldsLeft < 0;
  }

  /** Where the message ends that `enter` opened. */
  get end(): number {
    return this.#end;
  }

  /** `field << 3 | wireType`, or 0 at the end of the message. */
  tag(): number {
    if (this.#at === this.#end) return 0;
    if (--this.#fieldsLeft < 0) throw this.malformed('it has too many fields outside of spans');
    this.#varint();
    if (this.#high !== 0 || this.#low >>> 3 === 0) throw this.malformed('it has a field with an impossible number');
    return this.#low >>> 0;
  }

  /** Opens a nested message; pass what it answers to {@link leave} when its `tag()` has answered 0. */
  enter(): number {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#at + length;
    return outer;
  }

  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** The same for a message that was given up somewhere inside it: `end` is where it ends. */
  abandon(end: number, outer: number): void {
    this.#at = end;
    this.#end = outer;
  }

  /** A span of bytes: answers its length and leaves `at` behind it. */
  take(): number {
    const length = this.#length();
    this.#at += length;
    return length;
  }

  /** The low 32 bits, unsigned: enough for enums, booleans and counts. */
  uint32(): number {
    this.#varint();
    return this.#low >>> 0;
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  /** A number where it is exact, else a bigint. */
  int64(): number | bigint {
    this.#varint();
    const high = this.#high | 0;
    const low = this.#low >>> 0;
    const rounded = high * 0x1_0000_0000 + low;
    if (Number.isSafeInteger(rounded)) return rounded;
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  }

  double(): number {
    const at = this.#fixed(8);
    return this.#view.getFloat64(at, true);
  }

  fixed64(): bigint {
    const at = this.#fixed(8);
    return this.#view.getBigUint64(at, true);
  }

  /** Skips the field whose tag was just read. */
  skip(tag: number): void {
    if ((tag & 7) === GROUP_START) this.#skipGroup(tag >>> 3);
    else this.#skipScalar(tag & 7);
  }

  malformed(reason: string): TallyError {
    return new TallyError('BODY_UNREADABLE', {
      kind: `protobuf ${this.message}`,
      reason: `${reason}, at byte ${this.#at}`,
    });
  }

  #skipScalar(wire: number): void {
    if (wire === VARINT) this.#varint();
    else if (wire === LENGTH) this.take();
    else if (wire === FIXED64) this.#fixed(8);
    else if (wire === FIXED32) this.#fixed(4);
    else throw this.malformed(`it has a field of unknown wire type ${wire}`);
  }

  #skipGroup(field: number): void {
    const open = [field];
    while (open.length > 0) {
      const tag = this.tag();
      if (tag === 0) throw this.malformed('a group has no end');
      if ((tag & 7) === GROUP_START) {
        if (open.push(tag >>> 3) > GROUP_DEPTH_MAX)
          throw this.malformed(`groups are nested more than ${GROUP_DEPTH_MAX} deep`);
      } else if ((tag & 7) === GROUP_END) {
        if (open.pop() !== tag >>> 3) throw this.malformed('a group ends that did not start');
      } else {
        this.#skipScalar(tag & 7);
      }
    }
  }

  #fixed(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#end - at) throw this.malformed('it ends in the middle of a field');
    this.#at = at + bytes;
    return at;
  }

  #length(): number {
    this.#varint();
    if (this.#high !== 0 || this.#low >>> 0 > this.#end - this.#at)
      throw this.malformed('it ends in the middle of a field');
    return this.#low;
  }

  /** Up to ten bytes of seven bits, least significant first, into `#low` and `#high`. Bits beyond the 64th are dropped. */
  #varint(): void {
    const bytes = this.bytes;
    let at = this.#at;
    const end = this.#end;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw this.malformed('it ends in the middle of a field');
      const byte = bytes[at++]!;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x7f) >>> 4;
      } else if (shift < 63) high |= (byte & 0x7f) << (shift - 32);
      else high |= (byte & 1) << 31;
      if (byte < 0x80) {
        this.#at = at;
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw this.malformed('it has a varint of more than ten bytes');
  }
}
