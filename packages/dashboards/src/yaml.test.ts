import fc from 'fast-check';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { toYaml, type Yaml } from './yaml.ts';

it('maps, lists and scalars are written in block style', () => {
  const value = {
    receivers: { otlp: { endpoint: '127.0.0.1:4318', sizes: [1, 2.5], empty: {} } },
    list: [['a'], { b: true, c: [] }],
  };
  expect(toYaml(value)).toBe(`receivers:
  otlp:
    endpoint: "127.0.0.1:4318"
    sizes:
      - 1
      - 2.5
    empty: {}
list:
  - - a
  - b: true
    c: []
`);
});

it('text that a reader would take for something else is quoted', () => {
  const texts = [
    'yes',
    'No',
    'null',
    '1e3',
    '0x10',
    '1:30',
    '',
    ' a',
    '# a',
    'a: b',
    '- a',
    '~',
    '15s',
    'a\nb',
    '\u2028',
  ];
  for (const version of ['1.1', '1.2'] as const) expect(parse(toYaml(texts), { version })).toEqual(texts);
});

it('a number that is none is refused', () => {
  expect(() => toYaml({ size: Number.NaN })).toThrow(RangeError);
});

it('a YAML reader gets back whatever was written', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
  const { any } = fc.letrec<{ any: Yaml }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.boolean(),
      fc.integer(),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        tie('any'),
        { maxKeys: 4 },
      ),
    ),
  }));
  fc.assert(
    fc.property(any, (value) => {
      expect(parse(toYaml(value))).toEqual(value);
    }),
  );
});
