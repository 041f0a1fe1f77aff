/** One element of DER: https://www.itu.int/rec/T-REC-X.690, the part that X.509 uses. */
export interface Der {
  /** Class, form and number in one byte: 0x30 is a SEQUENCE, 0xa0 is `[0]` with elements in it, 0x86 is `[6]` with bytes in it. */
  readonly tag: number;
  /** The whole element, with tag and length. */
  readonly all: Buffer;
  readonly content: Buffer;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Four bytes of length are 4 GiB; nothing that is read here is longer. */
const LENGTH_BYTES_MAX = 4;

/** The bytes are no DER, or not what was expected. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** The element at the beginning, and only that: what follows it is left alone. Lengths must be definite and as short as they can be. */
export function readDer(bytes: Buffer): Der {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined) throw new DerError('it ends too early');
  if ((tag & 0x1f) === 0x1f) throw new DerError('it has a tag of more than one byte');
  let start = 2;
  let length = first;
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > LENGTH_BYTES_MAX) throw new DerError('it has a length that DER does not allow');
    if (bytes.length < 2 + size) throw new DerError('it ends too early');
    start = 2 + size;
    length = bytes.readUIntBE(2, size);
    if (length < 0x80 || bytes[2] === 0) throw new DerError('it has a length in a long form');
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError('it ends too early');
  return { tag, all: bytes.subarray(0, end), content: bytes.subarray(start, end) };
}

/** All elements that stand one after the other. */
export function readAll(bytes: Buffer): Der[] {
  const found: Der[] = [];
  for (let rest = bytes; rest.length > 0; rest = rest.subarray(found.at(-1)!.all.length)) found.push(readDer(rest));
  return found;
}

/** The elements inside one that must have this tag. */
export function inside(element: Der | undefined, tag: number): Der[] {
  return readAll(expectTag(element, tag).content);
}

export function expectTag(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag)
    throw new DerError(`it has ${element?.tag.toString(16) ?? 'nothing'} for ${tag.toString(16)}`);
  return element;
}

/** The one element that these bytes are. */
export function only(bytes: Buffer): Der {
  const element = readDer(bytes);
  if (element.all.length !== bytes.length) throw new DerError('something follows after its end');
  return element;
}

export function readBoolean(element: Der): boolean {
  const { content } = expectTag(element, tags.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError('it has a boolean that is none');
  return content[0] === 0xff;
}

/** A small non-negative INTEGER. */
export function readCount(element: Der): number {
  const { content } = expectTag(element, tags.integer);
  if (content.length === 0 || content.length > 4 || content[0]! >= 0x80)
    throw new DerError('it has a number out of range');
  if (content.length > 1 && content[0] === 0 && content[1]! < 0x80)
    throw new DerError('it has a number in a long form');
  return content.readUIntBE(0, content.length);
}

/** Milliseconds since 1970: UTCTime with seconds and `Z`, or GeneralizedTime without fractions (RFC 5280, section 4.1.2.5). */
export function readTime(element: Der | undefined): number {
  const text = element?.content.toString('latin1') ?? '';
  const isShort = element?.tag === tags.utcTime && /^\d{12}Z$/.test(text);
  if (!isShort && !(element?.tag === tags.generalizedTime && /^\d{14}Z$/.test(text)))
    throw new DerError('it has no time');
  // Two digits of the year: 50 and more are of the last century.
  const full = isShort ? `${text < '50' ? '20' : '19'}${text}` : text;
  const iso = full.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = Date.parse(iso);
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso) throw new DerError('it has a time that is none');
  return time;
}
