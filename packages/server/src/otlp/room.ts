import { type Attributes, type AttributeValue, limits, setOwn } from '@tallyspan/facts';

/**
 * What one span may still hold. Both readers draw on it, so that the same span is cut at the same places whichever way it came.
 * `cut` counts every value that was shortened, replaced or left out; it ends up in the span's `droppedAttributes`.
 */
export class Room {
  values: number = limits.spanValuesMax;
  cut = 0;

  /** Takes the place of one value. False when there is none left. */
  takePlace(): boolean {
    if (this.values === 0) return false;
    this.values--;
    return true;
  }

  /** The same for an attribute or a value inside one, which is counted when it has to be left out. */
  takeValue(): boolean {
    if (this.takePlace()) return true;
    this.cut++;
    return false;
  }
}

/** One list of attributes being read. Of two values under one key the last stays, as in every JSON reader. */
export class AttributeList {
  readonly values: Attributes;
  readonly #room: Room;
  #left: number = limits.attributesPerSpanMax;

  constructor(room: Room, values: Attributes = {}) {
    this.#room = room;
    this.values = values;
  }

  /** Whether another entry fits; counts it as cut when not. Ask before reading the value. */
  fits(): boolean {
    if (this.#left === 0) {
      this.#room.cut++;
      return false;
    }
    this.#left--;
    return this.#room.takeValue();
  }

  set(key: string, value: AttributeValue): void {
    setOwn(this.values, key, value);
  }
}

/** Doubles that JSON lacks become the text that OTLP/JSON has for them: as numbers they would be stored as null. */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The longest prefix of UTF-8 text that has at most `bytesMax` bytes and ends between two characters. */
export function cutUtf8(bytes: Buffer, start: number, bytesMax: number): string {
  let end = start + bytesMax;
  // Bytes 10xxxxxx continue a character; a character has at most three of them.
  for (let back = 0; back < 3 && (bytes[end]! & 0xc0) === 0x80; back++) end--;
  return bytes.toString('utf8', start, end);
}

/** Base64 within the same limit as other text: three bytes are four characters. */
export const base64BytesMax = Math.floor(limits.attributeBytesMax / 4) * 3;
