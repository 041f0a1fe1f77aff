import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { isRefusal, tooLarge } from './admit-span.ts';
import { checkBody } from './check-body.ts';
import { lengthField } from './protobuf-writer.ts';
import { type Format, readTraces } from './read-traces.ts';

/** The same content, small enough to be checked at once or too large for that. */
const sizes = {
  'checked at once': (body: Buffer) => body,
  'checked in the other thread': (body: Buffer, format: Format) =>
    format === 'json'
      ? Buffer.concat([body, Buffer.alloc(limits.bodyBytesInline, 0x20)])
      : Buffer.concat([body, lengthField(99, Buffer.alloc(limits.bodyBytesInline))]),
};
const cases = Object.entries(sizes).flatMap(([name, grow]) =>
  (['protobuf', 'json'] as const).map((format) => [name, format, grow] as const),
);

describe.each(cases)('%s, %s', (_, format, grow) => {
  it('good spans are counted, bad ones are counted and explained, and the body comes back unchanged', async () => {
    const spans = [makeWireSpan(), makeWireSpan({ spanId: '0'.repeat(16) }), makeWireSpan({ traceId: '' })];
    const body = grow(encodeSpans(spans, format), format);
    const sent = Buffer.from(body);
    const checked = await checkBody(body, format, 'traces');
    expect(checked).toMatchObject({
      accepted: 1,
      refused: 2,
      message: expect.stringMatching(/^2 of 3 spans were refused\. 1: A span has no valid/),
    });
    expect(Buffer.compare(Buffer.from(checked.body), sent)).toBe(0);
  });

  it('an unreadable body is BODY_UNREADABLE with all its text', async () => {
    const body = Buffer.concat([grow(encodeSpans([makeWireSpan()], format), format), Buffer.from([0x07])]);
    await expect(checkBody(body, format, 'traces')).rejects.toMatchObject({
      name: 'TallyError',
      code: 'BODY_UNREADABLE',
      message: expect.stringMatching(/^The body is no (protobuf|JSON) ExportTraceServiceRequest: .+, at byte \d+\./),
      fix: expect.stringMatching(/\w/),
    });
  });

  it('many at once get each their own answer', async () => {
    const counts = [1, 2, 3, 4, 5, 6];
    const checked = await Promise.all(
      counts.map((count) => {
        const spans = Array.from({ length: count }, () => makeWireSpan());
        return checkBody(grow(encodeSpans(spans, format), format), format, 'traces');
      }),
    );
    expect(checked.map(({ accepted }) => accepted)).toEqual(counts);
  });
});

it('a body that is part of a larger buffer does not take that along', async () => {
  const body = sizes['checked in the other thread'](encodeSpans([makeWireSpan()], 'json'), 'json');
  const whole = Buffer.concat([body, Buffer.from('tail')]);
  await checkBody(whole.subarray(0, body.length), 'json', 'traces');
  expect(whole.subarray(-4).toString()).toBe('tail');
});

const read = (body: Uint8Array, format: Format) => [...readTraces(body, format)].filter((span) => span !== undefined);
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

describe('one span', () => {
  /** A span with so many fields or values in it, between two others. */
  const protobufOf = (fields: number) => {
    const good = lengthField(
      2,
      Buffer.concat([lengthField(1, Buffer.from(ids.traceId, 'hex')), lengthField(2, Buffer.from(ids.spanId, 'hex'))]),
    );
    const large = Buffer.concat([good.subarray(2), Buffer.alloc((fields - 2) * 3, Buffer.from([0x98, 0x06, 0x01]))]);
    return lengthField(1, lengthField(2, Buffer.concat([good, lengthField(2, large), good])));
  };
  const jsonOf = (values: number) => {
    const good = JSON.stringify(ids);
    // Opening the span and the list, two keys after the first, and the end of the span are five; each item is one.
    const large = `{"traceId":"${ids.traceId}","spanId":"${ids.spanId}","x":[${'1,'.repeat(values - 6)}1]}`;
    return Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${good},${large},${good}]}]}]}`);
  };

  it.each([
    ['protobuf', protobufOf],
    ['json', jsonOf],
  ] as const)('in %s may have two million fields, one more refuses it alone', (format, bodyOf) => {
    const outcomes = (fields: number) => read(bodyOf(fields), format).map((span) => (isRefusal(span) ? span : 'taken'));
    expect(outcomes(limits.spanFieldsMax)).toEqual(['taken', 'taken', 'taken']);
    expect(outcomes(limits.spanFieldsMax + 1)).toEqual(['taken', tooLarge, 'taken']);
  });

  it('that is too large says so to its sender', async () => {
    const { message } = await checkBody(protobufOf(limits.spanFieldsMax + 1), 'protobuf', 'traces');
    expect(message).toBe(
      '1 of 3 spans were refused. 1: A span has more than 2,000,000 fields. One span must not hold up all others. ' +
        'Split what it carries over several spans, or send less of it.',
    );
  });
});

describe('one request', () => {
  it.each(['protobuf', 'json'] as const)('in %s may have a million spans, and not one more', async (format) => {
    const bodyOf = (spans: number) =>
      format === 'json'
        ? Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(spans - 1)}{}]}]}]}`)
        : lengthField(1, lengthField(2, Buffer.alloc(spans * 2, Buffer.from([0x12, 0x00]))));
    const max = limits.spansPerRequestMax;
    expect((await checkBody(bodyOf(max), format, 'traces')).refused).toBe(max);
    await expect(checkBody(bodyOf(max + 1), format, 'traces')).rejects.toMatchObject({ code: 'SPANS_TOO_MANY' });
  });

  it.each([
    ['empty resources', Buffer.alloc(8_000_000, Buffer.from([0x0a, 0x00])), 'protobuf', 'SPANS_TOO_MANY'],
    ['empty scopes', lengthField(1, Buffer.alloc(8_000_000, Buffer.from([0x12, 0x00]))), 'protobuf', 'SPANS_TOO_MANY'],
    [
      'fields that nobody knows',
      Buffer.alloc(9_000_000, Buffer.from([0x98, 0x06, 0x01])),
      'protobuf',
      'BODY_UNREADABLE',
    ],
    ['values that nobody knows', Buffer.from(`{"x":[${'1,'.repeat(3_000_000)}1]}`), 'json', 'BODY_UNREADABLE'],
    [
      'resources that are null',
      Buffer.from(`{"resourceSpans":[${'null,'.repeat(3_000_000)}null]}`),
      'json',
      'SPANS_TOO_MANY',
    ],
  ] as const)('of millions of %s is refused, not followed', async (_, body, format, code) => {
    await expect(checkBody(Buffer.from(body), format, 'traces')).rejects.toMatchObject({ code });
  });
});
