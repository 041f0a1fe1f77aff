import { type AttributeValue, isTallyError, limits, type WireSpan } from '@tallyspan/facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitrarySpan } from '../../test/arbitrary-span.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { anyValue, encode, encodeSpans } from '../../test/otlp-reference.ts';
import { isRefusal, type Refusal } from './admit-span.ts';
import { type Format, readTraces } from './read-traces.ts';

const formats: readonly Format[] = ['protobuf', 'json'];

const read = (body: Uint8Array, format: Format) => [...readTraces(body, format)].filter((span) => span !== undefined);
const readOne = (body: Uint8Array, format: Format): WireSpan => {
  const [span, ...more] = read(body, format);
  expect(more).toEqual([]);
  if (span === undefined || isRefusal(span)) throw new Error(`refused: ${JSON.stringify(span)}`);
  return span;
};
/** `read`, or the code of the error; the whole error when it is none of ours. */
const outcomeOf = (work: () => void): unknown => {
  try {
    work();
    return 'read';
  } catch (error) {
    return isTallyError(error) ? error.code : error;
  }
};
/** A span written as OTLP/JSON text, so that what no encoder would write can be written. */
const jsonSpan = (fields: string) =>
  Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",${fields}}]}]}]}`,
  );
const jsonValue = (value: string) => jsonSpan(`"attributes":[{"key":"a","value":${value}}]`);
const nested = (depth: number): AttributeValue => {
  let value: AttributeValue = 'core';
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { in: value };
  return value;
};
const depthOf = (value: AttributeValue): number =>
  value !== null && typeof value === 'object' ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe.each(formats)('%s', (format) => {
  it('a span that the reference encoder wrote is read back unchanged', () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan, { maxLength: 3 }), (spans) => {
        expect(read(encodeSpans(spans, format), format)).toEqual(spans);
      }),
      { numRuns: 500 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });

  it('no random change of a valid body gives anything but spans or BODY_UNREADABLE', () => {
    const body = encodeSpans(
      [makeWireSpan({ attributes: { a: ['x', { b: 1 }], c: 2n ** 60n, d: 1.5 }, resource: { r: 's' } })],
      format,
    );
    let unreadable = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(body.length),
        fc.boolean(),
        (changes, cut, whole) => {
          const changed = Buffer.from(whole ? body : body.subarray(0, cut));
          for (const [at, byte] of changes) if (at < changed.length) changed[at] = byte;
          const outcome = outcomeOf(() => read(changed, format));
          expect(['read', 'BODY_UNREADABLE']).toContain(outcome);
          if (outcome !== 'read') unreadable++;
        },
      ),
      { numRuns: 5_000 },
    );
    expect(unreadable).toBeGreaterThan(500);
  });

  it('keys named like parts of every object are plain keys', () => {
    const attributes = JSON.parse(
      '{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t"}',
    ) as WireSpan['attributes'];
    const span = readOne(encodeSpans([makeWireSpan({ attributes, resource: attributes })], format), format);
    expect(Object.entries(span.attributes)).toEqual(Object.entries(attributes));
    expect(Object.getPrototypeOf(span.attributes)).toBe(Object.prototype);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it('values are kept 64 levels deep, and what lies deeper is null and counted', () => {
    const max = limits.attributeDepthMax;
    const last = readOne(encodeSpans([makeWireSpan({ attributes: { a: nested(max) } })], format), format);
    expect([depthOf(last.attributes['a']!), last.droppedAttributes]).toEqual([max, 0]);
    const over = readOne(encodeSpans([makeWireSpan({ attributes: { a: nested(max + 1) } })], format), format);
    expect([depthOf(over.attributes['a']!), over.droppedAttributes]).toEqual([max, 1]);
  });

  it('text is kept up to its limit, then cut between two characters and counted', () => {
    const max = limits.attributeBytesMax;
    const last = readOne(encodeSpans([makeWireSpan({ attributes: { a: 'x'.repeat(max) } })], format), format);
    expect([(last.attributes['a'] as string).length, last.droppedAttributes]).toEqual([max, 0]);
    const over = readOne(encodeSpans([makeWireSpan({ attributes: { a: `${'x'.repeat(max - 1)}€` } })], format), format);
    expect([over.attributes['a'] === 'x'.repeat(max - 1), over.droppedAttributes]).toEqual([true, 1]);
  });

  it('a name is kept up to its limit, then cut and counted', () => {
    const max = limits.spanNameBytesMax;
    const last = readOne(encodeSpans([makeWireSpan({ name: 'x'.repeat(max) })], format), format);
    expect([last.name.length, last.droppedAttributes]).toEqual([max, 0]);
    const over = readOne(
      encodeSpans([makeWireSpan({ name: 'x'.repeat(max + 1), scopeName: 'y'.repeat(max + 1) })], format),
      format,
    );
    expect([over.name.length, over.scopeName.length, over.droppedAttributes]).toEqual([max, max, 2]);
  });

  it('attributes, events and links are kept up to their limits and counted beyond', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
    const repeat = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);
    const event = { name: 'e', time: 1n, attributes: {} };
    const link = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', attributes: {} };
    const of = (extra: number) =>
      makeWireSpan({
        attributes: many(limits.attributesPerSpanMax + extra),
        events: repeat(limits.eventsPerSpanMax + extra, event),
        links: repeat(limits.linksPerSpanMax + extra, link),
      });
    const counts = (span: WireSpan) => [
      Object.keys(span.attributes).length,
      span.events.length,
      span.links.length,
      span.droppedAttributes,
      span.droppedEvents,
      span.droppedLinks,
    ];
    const max = [limits.attributesPerSpanMax, limits.eventsPerSpanMax, limits.linksPerSpanMax];
    expect(counts(readOne(encodeSpans([of(0)], format), format))).toEqual([...max, 0, 0, 0]);
    expect(counts(readOne(encodeSpans([of(2)], format), format))).toEqual([...max, 2, 2, 2]);
  });

  it('one span holds so many values and no more', () => {
    const array = (count: number) => makeWireSpan({ attributes: { a: Array.from({ length: count }, () => true) } });
    // The attribute itself is a value too.
    const last = readOne(encodeSpans([array(limits.spanValuesMax - 1)], format), format);
    expect([(last.attributes['a'] as boolean[]).length, last.droppedAttributes]).toEqual([limits.spanValuesMax - 1, 0]);
    const over = readOne(encodeSpans([array(limits.spanValuesMax)], format), format);
    expect([(over.attributes['a'] as boolean[]).length, over.droppedAttributes]).toEqual([limits.spanValuesMax - 1, 1]);
  });

  it('a bad id refuses its span alone, and says which', () => {
    const bad: [Partial<WireSpan>, string][] = [
      [{ traceId: '' }, 'trace'],
      [{ traceId: '00000000000000000000000000000000' }, 'trace'],
      [{ traceId: '0af7651916cd43dd8448eb211c8031' }, 'trace'],
      [{ traceId: '0af7651916cd43dd8448eb211c80319cff' }, 'trace'],
      [{ spanId: '0000000000000000' }, 'span'],
      [{ spanId: 'b7ad6b716920' }, 'span'],
      [{ parentSpanId: 'b7ad6b716920' }, 'parent'],
    ];
    const spans = bad.flatMap(([part]) => [makeWireSpan(part), makeWireSpan()]);
    const found = read(encodeSpans(spans, format), format);
    expect(found.filter((span) => !isRefusal(span))).toHaveLength(bad.length);
    expect(found.filter(isRefusal)).toEqual(bad.map(([, detail]) => ({ refused: 'SPAN_ID_INVALID', detail })));
  });

  it('a parent id of zeros is no parent', () => {
    expect(
      readOne(encodeSpans([makeWireSpan({ parentSpanId: '0000000000000000' })], format), format).parentSpanId,
    ).toBe('');
  });

  it('times are exact to the nanosecond from 1970 to 2262, and others refuse their span', () => {
    const last = makeWireSpan({ start: 0n, end: 2n ** 63n - 1n });
    expect(readOne(encodeSpans([last], format), format)).toEqual(last);
    const refused = (start: bigint, end: bigint) =>
      read(encodeSpans([makeWireSpan({ start, end })], format), format)[0] as Refusal;
    expect(refused(2n ** 63n, 2n ** 63n)).toEqual({
      refused: 'SPAN_TIME_INVALID',
      detail: 'start 9223372036854775808',
    });
    expect(refused(1n, 2n ** 64n - 1n)).toEqual({ refused: 'SPAN_TIME_INVALID', detail: 'end 18446744073709551615' });
  });

  it('an end before the start becomes the start, and the difference is kept', () => {
    const span = readOne(encodeSpans([makeWireSpan({ start: 2_000n, end: 500n })], format), format);
    expect([span.start, span.end, span.attributes]).toEqual([2_000n, 2_000n, { 'tally.clock.skew_nanos': 1_500 }]);
  });

  it('an event at an impossible time and a link to nowhere are left out and counted', () => {
    const span = readOne(
      encodeSpans(
        [
          makeWireSpan({
            events: [{ name: 'e', time: 2n ** 63n, attributes: {} }],
            links: [{ traceId: '', spanId: '', attributes: {} }],
          }),
        ],
        format,
      ),
      format,
    );
    expect([span.events, span.links, span.droppedEvents, span.droppedLinks]).toEqual([[], [], 1, 1]);
  });

  it('doubles that JSON lacks are kept as text', () => {
    const values = [NaN, Infinity, -Infinity].map((value) => ({
      doubleValue: format === 'json' ? String(value) : value,
    }));
    const request = {
      resourceSpans: [
        {
          scopeSpans: [
            { spans: [{ ...ids(format), attributes: values.map((value, index) => ({ key: `k${index}`, value })) }] },
          ],
        },
      ],
    };
    const body =
      format === 'json' ? Buffer.from(JSON.stringify(request)) : encode('ExportTraceServiceRequest', request);
    expect(readOne(body, format).attributes).toEqual({ k0: 'NaN', k1: 'Infinity', k2: '-Infinity' });
  });

  it('bytes arrive as base64 text', () => {
    const bytes = Buffer.from([0, 255, 128, 7]);
    const value = { bytesValue: format === 'json' ? bytes.toString('base64') : bytes };
    const request = {
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...ids(format), attributes: [{ key: 'b', value }] }] }] }],
    };
    const body =
      format === 'json' ? Buffer.from(JSON.stringify(request)) : encode('ExportTraceServiceRequest', request);
    expect(readOne(body, format).attributes).toEqual({ b: 'AP+ABw==' });
  });
});

const ids = (format: Format) => ({
  traceId:
    format === 'json' ? '0af7651916cd43dd8448eb211c80319c' : Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex'),
  spanId: format === 'json' ? 'b7ad6b7169203331' : Buffer.from('b7ad6b7169203331', 'hex'),
});

describe('protobuf alone', () => {
  const span = encodeSpans([makeWireSpan({ attributes: { a: 'b' }, resource: { r: 1 }, scopeName: 's' })], 'protobuf');
  const within = (tag: number, ...parts: Uint8Array[]) => {
    const content = Buffer.concat(parts);
    const length = [content.length & 0x7f];
    for (let rest = content.length >>> 7; rest > 0; rest >>>= 7) {
      length[length.length - 1]! |= 0x80;
      length.push(rest & 0x7f);
    }
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const spanFields = Buffer.concat([
    within(0x0a, Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex')),
    within(0x12, Buffer.from('b7ad6b7169203331', 'hex')),
  ]);
  const request = (...extra: number[]) => within(0x0a, within(0x12, within(0x12, spanFields, Buffer.from(extra))));

  it('a resource that comes after its spans still belongs to them', () => {
    const body = within(
      0x0a,
      within(0x12, within(0x12, spanFields)),
      within(0x0a, within(0x0a, within(0x0a, Buffer.from('k')))),
    );
    expect(readOne(body, 'protobuf').resource).toEqual({ k: null });
  });

  it('unknown fields of every wire type, groups and huge field numbers are skipped', () => {
    const unknown = [
      0x98,
      0x06,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0x01, // field 99, a varint of ten bytes
      0x99,
      0x06,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8, // field 99, fixed64
      0x9d,
      0x06,
      1,
      2,
      3,
      4, // field 99, fixed32
      0x9a,
      0x06,
      2,
      1,
      2, // field 99, length
      0x9b,
      0x06,
      0x0b,
      0x10,
      0x05,
      0x0c,
      0x9c,
      0x06, // group 99 around group 1
      0xf8,
      0xff,
      0xff,
      0xff,
      0x0f,
      0x00, // field 2^29-1
    ];
    expect(readOne(request(...unknown), 'protobuf').spanId).toBe('b7ad6b7169203331');
  });

  it.each([
    ['ends inside a field', span.subarray(0, span.length - 1)],
    ['has a length of 4 GiB', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['has a length beyond 32 bits', Buffer.from([0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])],
    ['has a varint of eleven bytes', request(0x98, 0x06, ...Array.from({ length: 10 }, () => 0xff), 0x01)],
    ['has field number 0', request(0x00, 0x00)],
    ['has wire type 6', request(0x9e, 0x06)],
    ['has a group without end', request(0x9b, 0x06)],
    ['has an end without group', request(0x9c, 0x06)],
    ['nests 10,000 groups', request(...Array.from({ length: 10_000 }, () => 0x0b))],
    ['has a known field of the wrong type', request(0x28, 0x05)],
  ])('a body that %s is unreadable', (_, body) => {
    expect(() => read(body, 'protobuf')).toThrow(
      /^The body is no protobuf ExportTraceServiceRequest: .+, at byte \d+\. /,
    );
  });

  it('a value nested 100,000 deep is cut, not followed', () => {
    const value = deepArray(100_000);
    const body = within(
      0x0a,
      within(0x12, within(0x12, spanFields, within(0x4a, within(0x0a, Buffer.from('k')), within(0x12, value)))),
    );
    const found = readOne(body, 'protobuf');
    expect([depthOf(found.attributes['k']!), found.droppedAttributes]).toEqual([limits.attributeDepthMax, 1]);
  });

  it('text that is no UTF-8 is made well-formed', () => {
    const body = request(0x2a, 0x05, 0x61, 0xc0, 0x80, 0xff, 0x62);
    expect(readOne(body, 'protobuf').name).toBe('a���b');
  });

  it('log records sent as spans are unreadable', () => {
    const logs = encode('ExportLogsServiceRequest', {
      resourceLogs: [
        {
          scopeLogs: [{ logRecords: [{ timeUnixNano: '5', severityNumber: 9, body: anyValue('hello', 'protobuf') }] }],
        },
      ],
    });
    expect(() => read(logs, 'protobuf')).toThrow(/field 1 has wire type 1/);
  });
});

/** `depth` arrays inside each other, written from the outside in. */
function deepArray(depth: number): Buffer {
  const sizes = [0];
  const varintSize = (value: number) => (value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4);
  const head = (size: number) => 1 + varintSize(size);
  for (let level = 0; level < depth * 2; level++) sizes.push(sizes[level]! + head(sizes[level]!));
  const bytes: number[] = [];
  for (let level = depth * 2 - 1; level >= 0; level--) {
    bytes.push(level % 2 ? 0x2a : 0x0a);
    let size = sizes[level]!;
    for (; size > 0x7f; size >>>= 7) bytes.push((size & 0x7f) | 0x80);
    bytes.push(size);
  }
  return Buffer.from(bytes);
}

describe('JSON alone', () => {
  it.each([
    ['int64 in a string', '{"intValue":"9007199254740993"}', 9_007_199_254_740_993n],
    ['int64 as a number', '{"intValue":9007199254740993}', 9_007_199_254_740_993n],
    ['the smallest int64', '{"intValue":"-9223372036854775808"}', -(2n ** 63n)],
    ['a small integer', '{"intValue":42}', 42],
    ['an integer with an exponent', '{"intValue":1e3}', 1_000],
    ['an integer beyond 64 bits', '{"intValue":"18446744073709551615"}', '18446744073709551615'],
    ['an integer that is none', '{"intValue":"soon"}', 'soon'],
    ['a fraction where an integer should be', '{"intValue":1.5}', 1.5],
    ['a double', '{"doubleValue":-0.25}', -0.25],
    ['a double in a string', '{"doubleValue":"2.5"}', 2.5],
    ['a double beyond doubles', '{"doubleValue":1e999}', 'Infinity'],
    ['half a surrogate pair', '{"stringValue":"a\\ud800b"}', 'a\ufffdb'],
    ['a pair of surrogates', '{"stringValue":"\\ud83d\\ude00"}', '😀'],
    ['url-safe base64', '{"bytesValue":"-_8"}', '+/8='],
    ['null as a value', 'null', null],
    ['null inside', '{"stringValue":null}', null],
    ['no value', '{}', null],
    ['an empty array', '{"arrayValue":{}}', []],
    ['an empty list', '{"kvlistValue":{"values":null}}', {}],
    ['a kind of value from the future', '{"quantumValue":{"spin":[1,2,{"x":null}]}}', null],
  ])('%s', (_, json, value) => {
    expect(readOne(jsonValue(json), 'json').attributes).toEqual({ a: value });
  });

  it.each(['"1763726400000000001"', '1763726400000000001'])('a time written as %s is exact', (start) => {
    expect(readOne(jsonSpan(`"startTimeUnixNano":${start},"endTimeUnixNano":${start}`), 'json').start).toBe(
      1_763_726_400_000_000_001n,
    );
  });

  it.each(['-1', '"-1"', '1.5', '1e999', '"NaN"', '"soon"', '99999999999999999999999999999999999'])(
    'a time written as %s refuses its span',
    (start) => {
      const [found] = read(jsonSpan(`"startTimeUnixNano":${start}`), 'json');
      expect(found).toMatchObject({ refused: 'SPAN_TIME_INVALID' });
    },
  );

  it.each(['"SPAN_KIND_SERVER"', '2', '"2"'])('a kind written as %s is understood', (kind) => {
    expect(readOne(jsonSpan(`"kind":${kind}`), 'json').kind).toBe('server');
  });

  it('a resource and a scope that come after their spans still belong to them', () => {
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}],"scope":{"name":"s"}}],
      "resource":{"attributes":[{"key":"r","value":{"intValue":"1"}}]}}]}`;
    expect(readOne(Buffer.from(body), 'json')).toMatchObject({ resource: { r: 1 }, scopeName: 's' });
  });

  it('a byte order mark and white space around are no reason to refuse', () => {
    expect(read(Buffer.from('\ufeff \t\r\n{ } \n'), 'json')).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['an array', '[]'],
    ['a number', '5'],
    ['null', 'null'],
    ['a list that is none', '{"resourceSpans":{}}'],
    ['a span that is none', '{"resourceSpans":[{"scopeSpans":[{"spans":[5]}]}]}'],
    ['a name that is no text', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}'],
    ['half', '{"resourceSpans":['],
    ['a trailing comma', '{"resourceSpans":[],}'],
    ['something behind', '{} {}'],
    ['single quotes', "{'resourceSpans':[]}"],
    ['a comment', '{/**/}'],
    ['NaN', '{"x":NaN}'],
    ['a leading zero', '{"x":01}'],
    ['a leading plus', '{"x":+1}'],
    ['a bare point', '{"x":1.}'],
    ['a bare exponent', '{"x":1e}'],
    ['an unknown escape', '{"x":"\\x41"}'],
    ['half an escape', '{"x":"\\u12"}'],
    ['a line break in a string', '{"x":"a\nb"}'],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['logs', '{"resourceLogs":[]}'],
    ['100,000 brackets', '['.repeat(100_000)],
    ['100,000 levels in an unknown key', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('a body of %s is unreadable', (_, body) => {
    expect(() => read(Buffer.from(body as string), 'json')).toThrow(
      /^The body is no JSON ExportTraceServiceRequest: .+, at byte \d+\. /,
    );
  });
});

describe('a long string in JSON', () => {
  const max = limits.attributeBytesMax;
  // Half an escape or half a character at the place where reading stops would show.
  it.each([
    ['plain', 'x'.repeat(max * 7), 'x'.repeat(max)],
    ['of escapes', '\\n'.repeat(max * 4), '\n'.repeat(max)],
    ['of the longest escapes', '\\u0041'.repeat(max + 100), 'A'.repeat(max)],
    ['of surrogate pairs in escapes', '\\ud83d\\ude00'.repeat(max), '😀'.repeat(max / 4)],
    ['of long characters', `a${'😀'.repeat(max * 2)}`, `a${'😀'.repeat(max / 4 - 1)}`],
    ['of escapes and long characters', `\\t${'€'.repeat(max * 3)}`, `\t${'€'.repeat((max - 1) / 3)}`],
  ])('%s is cut where the same string in protobuf is', (_, written, kept) => {
    const span = readOne(jsonValue(`{"stringValue":"${written}"}`), 'json');
    expect([span.attributes['a'] === kept, span.droppedAttributes]).toEqual([true, 1]);
    const text = JSON.parse(`"${written}"`) as string;
    const other = readOne(encodeSpans([makeWireSpan({ attributes: { a: text } })], 'protobuf'), 'protobuf');
    expect(other.attributes['a'] === kept).toBe(true);
  });
});
