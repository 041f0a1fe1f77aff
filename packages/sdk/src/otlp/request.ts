import { writeAttribute } from './attributes.ts';
import { varintSize, Writer } from './writer.ts';

/** ExportTraceServiceRequest.resource_spans = 1 → ResourceSpans{ resource = 1, scope_spans = 2 } → ScopeSpans{ scope = 1, … = 2 }. */
const RESOURCE_SPANS = 0x0a;
const RESOURCE = 0x0a;
const SCOPE_SPANS = 0x12;
const SCOPE = 0x0a;
const RESOURCE_ATTRIBUTE = 0x0a;
const SCOPE_NAME = 0x0a;
const SCOPE_VERSION = 0x12;

export interface Envelope {
  /** The Resource message with its tag. */
  resource: Buffer;
  /** The InstrumentationScope message with its tag. */
  scope: Buffer;
}

export function envelope(resource: Record<string, string | number>, scopeName: string, scopeVersion: string): Envelope {
  const writer = new Writer();
  const opened = writer.open(RESOURCE);
  for (const [key, value] of Object.entries(resource)) {
    writeAttribute(writer, RESOURCE_ATTRIBUTE, key, typeof value === 'number' ? 'int' : 'string', value);
  }
  writer.close(opened);
  const resourceBytes = writer.take();
  writer.reset();
  const scope = writer.open(SCOPE);
  writer.byte(SCOPE_NAME);
  writer.text(scopeName);
  writer.byte(SCOPE_VERSION);
  writer.text(scopeVersion);
  writer.close(scope);
  return { resource: resourceBytes, scope: writer.take() };
}

/**
 * A whole export request around entries that are already bytes. Traces and metrics share this outline (their field numbers are
 * the same): nothing but three lengths is computed.
 */
export function exportRequest({ resource, scope }: Envelope, entries: readonly Uint8Array[]): Buffer {
  let entryBytes = 0;
  for (const entry of entries) entryBytes += entry.length;
  const scopeBytes = scope.length + entryBytes;
  const resourceBytes = resource.length + 1 + varintSize(scopeBytes) + scopeBytes;
  const writer = new Writer();
  writer.reserve(resourceBytes + 16);
  writer.byte(RESOURCE_SPANS);
  writer.varint(resourceBytes);
  writer.bytes(resource);
  writer.byte(SCOPE_SPANS);
  writer.varint(scopeBytes);
  writer.bytes(scope);
  for (const entry of entries) writer.bytes(entry);
  return writer.buffer.subarray(0, writer.length);
}
