/**
 * The messages of the Workload API, by their numbers in `workloadapi.proto`. Nothing is checked here beyond what protobuf itself asks.
 * https://github.com/spiffe/spiffe/blob/main/standards/workloadapi.proto
 */
import { Writer } from '../otlp/writer.ts';
import { bytesOf, fieldsOf, mapOf, readMessage, textOf } from '../rpc/protobuf.ts';

export interface X509SvidResponse {
  svids: { spiffeId: string; certificates: Buffer; key: Buffer; bundle: Buffer; hint: string }[];
  federatedBundles: Map<string, Buffer>;
  revocationLists: readonly Buffer[];
}

export function readX509SvidResponse(bytes: Buffer): X509SvidResponse {
  const fields = readMessage(bytes);
  const svids = fields(1).map((bytesOfOne) => {
    const svid = readMessage(bytesOfOne);
    return {
      spiffeId: textOf(svid(1)),
      certificates: bytesOf(svid(2)),
      key: bytesOf(svid(3)),
      bundle: bytesOf(svid(4)),
      hint: textOf(svid(5)),
    };
  });
  return { svids, federatedBundles: mapOf(fields(3)), revocationLists: fields(2) };
}

/** Trust domain id → certificates as DER, one after the other; and lists of those that were taken back. */
export function readX509BundlesResponse(bytes: Buffer): {
  bundles: Map<string, Buffer>;
  revocationLists: readonly Buffer[];
} {
  const fields = readMessage(bytes);
  return { bundles: mapOf(fields(2)), revocationLists: fields(1) };
}

/** Trust domain id → a JWK set. */
export function readJwtBundlesResponse(bytes: Buffer): Map<string, Buffer> {
  return mapOf(readMessage(bytes)(1));
}

export function readJwtSvidResponse(bytes: Buffer): { spiffeId: string; token: string; hint: string }[] {
  return readMessage(bytes)(1).map((bytesOfOne) => {
    const svid = readMessage(bytesOfOne);
    return { spiffeId: textOf(svid(1)), token: textOf(svid(2)), hint: textOf(svid(3)) };
  });
}

export function readValidateResponse(bytes: Buffer): { spiffeId: string; claims: Record<string, unknown> } {
  const fields = readMessage(bytes);
  return { spiffeId: textOf(fields(1)), claims: readStruct(bytesOf(fields(2)), 0) };
}

/** google.protobuf.Struct nests; real claims do so once or twice. */
const STRUCT_DEPTH_MAX = 16;

function readStruct(bytes: Buffer, depth: number): Record<string, unknown> {
  return Object.fromEntries([...mapOf(readMessage(bytes)(1))].map(([name, value]) => [name, readValue(value, depth)]));
}

/** google.protobuf.Value: null, number, text, boolean, struct or list. */
function readValue(bytes: Buffer, depth: number): unknown {
  if (depth > STRUCT_DEPTH_MAX) return undefined;
  for (const { field, value } of fieldsOf(bytes)) {
    if (typeof value === 'bigint') {
      if (field === 1) return null;
      if (field === 2) return doubleOf(value);
      if (field === 4) return value !== 0n;
    } else if (field === 3) return textOf([value]);
    else if (field === 5) return readStruct(value, depth + 1);
    else if (field === 6) return readMessage(value)(1).map((item) => readValue(item, depth + 1));
  }
  return null;
}

function doubleOf(bits: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return bytes.readDoubleLE();
}

/** Requests have text fields only: number and text, in their order. */
export function writeTexts(fields: readonly (readonly [field: number, text: string])[]): Buffer {
  const writer = new Writer();
  for (const [field, text] of fields) {
    writer.byte((field << 3) | 2);
    writer.text(text);
  }
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}
