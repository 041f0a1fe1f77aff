/** The few protobuf messages that a receiver answers: small, so nothing here is optimised. */

export function varintField(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | 0)), varint(BigInt(value))]);
}

export function lengthField(field: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  bytes.push(Number(value));
  return Buffer.from(bytes);
}
