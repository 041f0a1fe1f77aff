/**
 * The little of protobuf that is read here, messages of the Workload API and answers of receivers: https://protobuf.dev/programming-guides/encoding
 * Unknown fields are skipped, as the messages may grow.
 */

/** The bytes are no protobuf. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** Field numbers and what they hold: text and bytes are `Buffer`s, everything else is skipped but for the 64-bit kinds. */
export function* fieldsOf(bytes: Buffer): Generator<{ field: number; value: Buffer | bigint }> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('it has a number that does not end');
  };
  const take = (length: number): Buffer => {
    const end = at + length;
    if (end > bytes.length) throw new ProtobufError('it ends too early');
    const taken = bytes.subarray(at, end);
    at = end;
    return taken;
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const field = Math.floor(key / 8);
    if (field === 0) throw new ProtobufError('it has a field without a number');
    switch (key % 8) {
      case 0:
        yield { field, value: varint() };
        break;
      case 1:
        yield { field, value: take(8).readBigUInt64LE() };
        break;
      case 2: {
        const length = Number(varint());
        yield { field, value: take(length) };
        break;
      }
      case 5:
        take(4);
        break;
      default:
        throw new ProtobufError('it has a field of an unknown kind');
    }
  }
}

/** What a message has of length-delimited fields: number → values, in their order. */
export function readMessage(bytes: Buffer): (field: number) => Buffer[] {
  const found = new Map<number, Buffer[]>();
  for (const { field, value } of fieldsOf(bytes)) {
    if (typeof value === 'bigint') continue;
    const values = found.get(field);
    if (values) values.push(value);
    else found.set(field, [value]);
  }
  return (field) => found.get(field) ?? [];
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The last value of a text field, as protobuf has it; empty when there is none. */
export function textOf(values: readonly Buffer[]): string {
  const last = values.at(-1);
  try {
    return last === undefined ? '' : decoder.decode(last);
  } catch {
    throw new ProtobufError('it has a text that is no UTF-8');
  }
}

/** The last value of a bytes field; empty when there is none. */
export function bytesOf(values: readonly Buffer[]): Buffer {
  return values.at(-1) ?? Buffer.alloc(0);
}

/** A `map<string, bytes>`: of two entries with one key the last one counts. */
export function mapOf(entries: readonly Buffer[]): Map<string, Buffer> {
  return new Map(
    entries.map((entry) => {
      const fields = readMessage(entry);
      return [textOf(fields(1)), bytesOf(fields(2))];
    }),
  );
}
