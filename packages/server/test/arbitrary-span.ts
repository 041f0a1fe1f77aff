import type { AttributeValue, WireSpan } from '@tallyspan/facts';
import fc from 'fast-check';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', ''));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
});
const { value: attributeValue } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.integer(),
    int64,
    fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
    fc.constantFrom(null, -0),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}));
const attributes = fc.dictionary(key, attributeValue, { maxKeys: 5 });
const id = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString('hex'));
const time = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
/** A span that an SDK might send, odd keys and values and all. It can be stored as it is. */
export const arbitrarySpan: fc.Arbitrary<WireSpan> = fc
  .record({
    traceId: id(16),
    spanId: id(8),
    parentSpanId: fc.oneof(fc.constant(''), id(8)),
    traceState: text,
    name: text,
    kind: fc.constantFrom('internal', 'server', 'client', 'producer', 'consumer'),
    start: time,
    end: time,
    status: fc.constantFrom('unset', 'ok', 'error'),
    statusMessage: text,
    attributes,
    events: fc.array(fc.record({ name: text, time, attributes }), { maxLength: 3 }),
    links: fc.array(fc.record({ traceId: id(16), spanId: id(8), attributes }), { maxLength: 3 }),
    resource: attributes,
    scopeName: text,
    scopeVersion: text,
    droppedAttributes: fc.integer({ min: 0, max: 2 ** 31 }),
    droppedEvents: fc.integer({ min: 0, max: 2 ** 31 }),
    droppedLinks: fc.integer({ min: 0, max: 2 ** 31 }),
  } as const)
  .map((span) => (span.end < span.start ? { ...span, start: span.end, end: span.start } : span) as WireSpan);
