/**
 * JSON as RFC 8259 has it, case by case: what must be read, what must be refused, and what each parser decides for itself. The classes
 * are those of https://github.com/nst/JSONTestSuite; the cases are ours.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenDoors, openDoors } from '../../test/open-doors.ts';
import { JSON_TYPE, send } from '../../test/send.ts';
import { isRefusal } from './admit-span.ts';
import { readTraces } from './read-traces.ts';

let doors: OpenDoors;
beforeAll(async () => {
  doors = await openDoors();
});
afterAll(() => doors.close());
afterEach(() => {
  doors.log.records = [];
  if (doors.told.length > 0) throw new Error(doors.told.join('\n'));
});

/** Latin-1, so that bytes that are no UTF-8 can be written: é is two characters here. */
const bytes = (text: string) => Buffer.from(text, 'latin1');
const spanWith = (before: string, value: Buffer, after: string) =>
  Buffer.concat([
    bytes(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",${before}`,
    ),
    value,
    bytes(`${after}}]}]}]}`),
  ]);
/** Where a value may stand: under a key that nobody knows, at the top, and in an attribute. */
const places: Record<string, (value: Buffer) => Buffer> = {
  'under an unknown key': (value) => Buffer.concat([bytes('{"x":'), value, bytes('}')]),
  'in a span': (value) => spanWith('"x":[', value, ',0]'),
  'in an attribute': (value) => spanWith('"attributes":[{"key":"a","value":{"future":', value, '}}]'),
};
const post = (body: Buffer) => send(`${doors.url}/v1/traces`, { headers: JSON_TYPE, body });
const attributeOf = async (body: Buffer) => {
  const sent = await post(body);
  expect(sent.status).toBe(200);
  const [span] = [...readTraces(doors.log.records.at(-1)!.body, 'json')].filter((read) => read !== undefined);
  if (span === undefined || isRefusal(span)) throw new Error('refused');
  return span.attributes['a'];
};

const accepted = [
  ...[
    '[]',
    '[ ]',
    '[[]   ]',
    '[""]',
    '["a"]',
    '[false]',
    '[true]',
    '[null]',
    '[1]',
    '[1\n]',
    ' [1]',
    '[2] ',
    '[1,null,null,2]',
  ],
  ...['[null, 1, "1", {}]', '{}', '{"":0}', '{"a":[]}', '{"a":"b","a":"c"}', '{"a":"b","a":"b"}', '{"a":"b","c":"d"}'],
  ...[
    '{"foo\\u0000bar": 42}',
    '{"min": -1.0e+28, "max": 1.0e+28}',
    '{"title":"\\u041f\\u043e"}',
    '{\n"a": "b"\n}',
    '{"a":{"b":{"c":[[[]]]}}}',
  ],
  ...[
    '0',
    '-0',
    '-1',
    '-123',
    '123',
    '1234567890',
    '20e1',
    '0e+1',
    '0e1',
    '1E22',
    '1E-2',
    '1E+2',
    '1e-2',
    '1e+2',
    '0.1',
    '123.456e78',
    '123.456789',
  ],
  ...[
    '-0.000000000000000000000000000000000000000000000000000000000000000000000000000001',
    '123e65',
    '123e45',
    '-237462374673276894279832749832423479823246327846',
  ],
  ...[
    '"\\u0060\\u012a\\u12AB"',
    '"\\uD801\\udc37"',
    '"\\ud83d\\ude39\\ud83d\\udc8d"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\\\u0000"',
    '"\\""',
    '"a/*b*/c/*d//e"',
  ],
  ...[
    '"\\\\a"',
    '"\\\\n"',
    '"\\u0012"',
    '"\\uFFFF"',
    '"\\uDBFF\\uDFFE"',
    '"\\u200B"',
    '"\\u2064"',
    '"\\uFDD0"',
    '"\\u0022"',
    '"\\u005C"',
    '"\\u0000"',
  ],
  ...[
    '"\xe2\x82\xac\xf0\x9d\x84\x9e"',
    '"\xef\xbf\xbf"',
    '"\xf4\x8f\xbf\xbf"',
    '"\xe2\x80\xa8"',
    '"\xe2\x80\xa9"',
    '"\xcf\x80"',
    '"asd "',
    '" "',
    '"\x7f"',
  ],
  ...[
    '"new\\u00A0line"',
    '"\\u0061\\u30af\\u30EA\\u30b9"',
    '"\xf0\x9b\xbf\xbf"',
    '"\\uA66D"',
    '"\xe2\x8d\x82\xe3\x88\xb4\xe2\x8d\x82"',
  ],
  ...['\t[1]\r\n', 'true', 'false', 'null', '""'],
];

const refused = [
  // Arrays
  ...[
    '[1 true]',
    '[a\xe5]',
    '["": 1]',
    '[""],',
    '[,1]',
    '[1,,2]',
    '["x",,]',
    '["x"]]',
    '["",]',
    '["x"',
    '[x',
    '[3[4]]',
    '[1:2]',
    '[,]',
    '[-]',
    '[   , ""]',
  ],
  ...['["a",\n4\n,1,', '[1,]', '[1,,]', '["\va"\\f]', '[*]', '[""', '[1,', '[1,\n1\n,1', '[{}', '[1,2}', '[1}'],
  // Words
  ...['[fals]', '[nul]', '[tru]', '[False]', '[TRUE]', '[None]', '[undefined]', '[nan]', '[truth]', '[nulll]', 'truex'],
  // Numbers
  ...[
    '[++1234]',
    '[+1]',
    '[+Inf]',
    '[-01]',
    '[-1.0.]',
    '[-2.]',
    '[-NaN]',
    '[.-1]',
    '[.2e-3]',
    '[0.1.2]',
    '[0.3e+]',
    '[0.3e]',
    '[0.e1]',
    '[0E+]',
    '[0E]',
  ],
  ...[
    '[0e+]',
    '[0e]',
    '[1.0e+]',
    '[1.0e-]',
    '[1.0e]',
    '[1 000.0]',
    '[1eE2]',
    '[2.e+3]',
    '[2.e-3]',
    '[2.e3]',
    '[9.e+]',
    '[1+2]',
    '[0x1]',
    '[0x42]',
    '[Infinity]',
  ],
  ...[
    '[0+1]',
    '[-Infinity]',
    '[-foo]',
    '[- 1]',
    '[-012]',
    '[-.123]',
    '[-1x]',
    '[1ea]',
    '[1e\xe5]',
    '[1.]',
    '[.123]',
    '[1.2a-3]',
    '[1.8011670033376514H-308]',
    '[012]',
  ],
  ...['[\xef\xbc\x91]', '[NaN]', '[Inf]', '[-Inf]', '[1_000]', '[1n]', '[0b1]', '[0o7]', '[1e1.5]', '[--1]', '[-\n1]'],
  // Objects
  ...[
    '["x", truth]',
    '{[: "x"}\n',
    '{"x", null}',
    '{"x"::"b"}',
    '{"a":"a" 123}',
    '{key: "value"}',
    '{"a" b}',
    '{:"b"}',
    '{"a"  ',
    '{"a"',
    '{"a":',
    '{1:1}',
    '{9999E9999:1}',
  ],
  ...[
    '{null:null,null:null}',
    '{"id":0,,,,,}',
    "{'a':0}",
    '{"id":0,}',
    '{"a":"b"}/**/',
    '{"a":"b"}/**//',
    '{"a":"b"}//',
    '{"a":"b"}/',
    '{"a":"b",,"c":"d"}',
    '{a: "b"}',
  ],
  ...[
    '{"a":"a',
    '{ "foo" : "bar", "a" }',
    '{"a":"b"}#',
    '{"a":"b"',
    '{"a":1 "b":2}',
    '{true:1}',
    '{[]:1}',
    '{"a";1}',
    '{"a"=1}',
  ],
  // Strings
  ...[
    '["\\uD800\\"]',
    '["\\uD800\\u"]',
    '["\\uD800\\u1"]',
    '["\\uD800\\u1x"]',
    '[\xc3\xa9]',
    '["\\\x00"]',
    '["\\x00"]',
    '["\\\\\\"]',
    '["\\\t"]',
    '["\\\xf0\x9f\x8c\x80"]',
    '["\\"]',
  ],
  ...[
    '["\\u00A"]',
    '["\\uD834\\uDd"]',
    '["\\uD800\\uD800\\x"]',
    '["\\u\xe5"]',
    '["\\a"]',
    '["\\uqqqq"]',
    '["\\\xe5"]',
    '[\\u0020"asd"]',
    '[\\n]',
    '"',
    "['single quote']",
    'abc',
  ],
  ...[
    '["\\',
    '["a\x00a"]',
    '["new\nline"]',
    '["\t"]',
    '"\\UA66D"',
    '["\\\'"]',
    '["\\0"]',
    '["\\v"]',
    '["\\ "]',
    '["\\u 123"]',
    '["a\x1fb"]',
    '"a\rb"',
  ],
  // Structure
  ...[
    '<.>',
    '[<null>]',
    '[1]x',
    '[1]]',
    '["asd]',
    'a\xc3\xa5',
    '[True]',
    '1]',
    '{"x": true,',
    '[][]',
    ']',
    '[',
    '{]',
    '[}',
    '{}}',
    '{"":',
    '{"a":/*comment*/"b"}',
    '{"a": true} "x"',
  ],
  ...[
    "['",
    '[,',
    '[{',
    '["a',
    '["a"',
    '{,',
    '{[',
    '{"a',
    "{'a'",
    '["\\{["\\{["\\{["\\{',
    '\xc3\xa9',
    '*',
    '{"a":"b"}#{}',
    '[\\u000A""]',
    '[1',
    '[ false, nul',
    '[ true, fals',
    '[ false, tru',
  ],
  ...[
    '{"asd":"asd"',
    '[\xe2\x81\xa0]',
    '[\f]',
    '[\v1]',
    '[\xc2\xa01]',
    '',
    ' ',
    '//x',
    '/**/',
    '(1)',
    '1 2',
    '"a" "b"',
    '\\',
    '`a`',
    '@',
  ],
  // Bytes that are no UTF-8
  ...[
    '["\xff"]',
    '["\xe9"]',
    '["\xc0\xaf"]',
    '["\xed\xa0\x80"]',
    '["\xf4\xbf\xbf\xbf"]',
    '["\xfc\x80\x80\x80\x80\x80"]',
    '["\x81"]',
    '["\xe0\xff"]',
    '["\xe6\x97\xa5\xd1\x88\xfa"]',
    '["\x80"]',
  ],
];

describe.each(Object.keys(places))('%s', (place) => {
  it.each(accepted.map((text) => [JSON.stringify(text), text]))('%s is read', async (_, text) => {
    expect((await post(places[place]!(bytes(text)))).status).toBe(200);
  });

  it.each(refused.map((text) => [JSON.stringify(text), text]))('%s is 400', async (_, text) => {
    const sent = await post(places[place]!(bytes(text)));
    expect([sent.status, JSON.parse(sent.text)]).toMatchObject([400, { code: 3 }]);
    expect(doors.log.records).toEqual([]);
  });
});

describe('as a whole body', () => {
  it.each(accepted.map((text) => [JSON.stringify(text), text]))(
    '%s is a request only when it is an object',
    async (_, text) => {
      expect((await post(bytes(text))).status).toBe(text.trim().startsWith('{') ? 200 : 400);
    },
  );

  it.each(refused.map((text) => [JSON.stringify(text), text]))('%s is 400', async (_, text) => {
    expect((await post(bytes(text))).status).toBe(400);
  });
});

describe('a string of JSON as an attribute', () => {
  const strings = accepted.filter((text) => text.startsWith('"'));
  it.each(strings.map((text) => [JSON.stringify(text), text]))('%s is kept as JSON.parse reads it', async (_, text) => {
    const found = await attributeOf(spanWith('"attributes":[{"key":"a","value":{"stringValue":', bytes(text), '}}]'));
    expect(found).toBe(JSON.parse(bytes(text).toString('utf8')));
  });
});

describe('a number of JSON as an attribute', () => {
  const numbers = accepted.filter((text) => /^-?\d/.test(text));
  it.each(numbers.map((text) => [text]))('%s as a double is what JSON.parse reads', async (text) => {
    const found = await attributeOf(spanWith('"attributes":[{"key":"a","value":{"doubleValue":', bytes(text), '}}]'));
    expect(found).toBe(JSON.parse(text));
  });
});

describe('where parsers differ, this one', () => {
  it.each([
    ['makes Infinity of what no double holds, and keeps it as text', '{"doubleValue":123123e100000}', 'Infinity'],
    ['makes -Infinity of it below zero', '{"doubleValue":-123123e100000}', '-Infinity'],
    ['makes 0 of what is too small', '{"doubleValue":123e-10000000}', 0],
    ['keeps an integer of 64 bits exactly', '{"intValue":9223372036854775807}', 9_223_372_036_854_775_807n],
    ['keeps a larger integer as text', '{"intValue":100000000000000000000}', '100000000000000000000'],
    ['puts U+FFFD for half a surrogate pair', '{"stringValue":"\\uDADA"}', '\ufffd'],
    ['puts one for each of two wrong halves', '{"stringValue":"\\uDd1e\\uD834"}', '\ufffd\ufffd'],
    ['keeps what follows a half', '{"stringValue":"\\uD800abc"}', '\ufffdabc'],
    ['keeps NUL', '{"stringValue":"\\u0000"}', '\u0000'],
    ['takes the last of two equal keys', '{"stringValue":"first","stringValue":"last"}', 'last'],
  ] as const)('%s', async (_, value, expected) => {
    expect(await attributeOf(spanWith('"attributes":[{"key":"a","value":', bytes(value), '}]'))).toBe(expected);
  });

  it.each([
    ['allows a byte order mark in front', '\xef\xbb\xbf{}', 200],
    ['refuses UTF-16 with a mark', '\xff\xfe{\x00}\x00', 400],
    ['refuses UTF-16 without a mark', '{\x00}\x00', 400],
    ['refuses a byte order mark alone', '\xef\xbb\xbf', 400],
    ['refuses two byte order marks', '\xef\xbb\xbf\xef\xbb\xbf{}', 400],
    ['refuses 500 arrays within each other', `{"x":${'['.repeat(500)}${']'.repeat(500)}}`, 400],
  ] as const)('%s', async (_, body, status) => {
    expect((await post(bytes(body))).status).toBe(status);
  });
});
