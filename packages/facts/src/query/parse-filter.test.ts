import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { filterFields, keyedFields } from './fields.ts';
import { parseFilter } from './parse-filter.ts';
import { writeTerm } from './write-filter.ts';

const parse = (text: string) => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${parsed.at}: ${parsed.message}`);
  return parsed.filter;
};
const equals = (name: string, text: string, glob = false) => ({ kind: 'equals', field: { name }, text, glob });
const compare = (name: string, comparison: string, value: bigint) => ({
  kind: 'compare',
  field: { name },
  comparison,
  value,
});
const contains = (text: string) => ({ kind: 'contains', text });

describe('a filter', () => {
  it('is terms that all must hold', () => {
    expect(parse('model:gpt-4o cost>0.01 agent:analyst "free text"')).toEqual({
      kind: 'all',
      of: [
        equals('model', 'gpt-4o'),
        compare('cost', '>', 10_000_000n),
        equals('agent', 'analyst'),
        contains('free text'),
      ],
    });
  });

  it('of nothing is nothing', () => {
    for (const text of ['', '  \t\n']) expect(parse(text)).toBeUndefined();
  });

  it.each([
    ['status:error', equals('status', 'error')],
    ['user:"a b"', equals('user', 'a b')],
    ['user:"say \\"hi\\" \\\\ *"', equals('user', 'say "hi" \\ *')],
    ['model:gpt-4*', equals('model', 'gpt-4*', true)],
    ['model:"gpt-4*"', equals('model', 'gpt-4*')],
    ['model=gpt-4o', equals('model', 'gpt-4o')],
    ['model!=o3', { kind: 'not', of: equals('model', 'o3') }],
    ['-tool:search', { kind: 'not', of: equals('tool', 'search') }],
    ['NOT tool:search', { kind: 'not', of: equals('tool', 'search') }],
    ['--tool:search', { kind: 'not', of: { kind: 'not', of: equals('tool', 'search') } }],
    ['duration>2s', compare('duration', '>', 2_000_000_000n)],
    ['duration:>=1.5ms', compare('duration', '>=', 1_500_000n)],
    ['tokens>=10k', compare('tokens', '>=', 10_000n)],
    ['tokens:1.5k', compare('tokens', '=', 1_500n)],
    ['cost<=$3', compare('cost', '<=', 3_000_000_000n)],
    ['cost>0.0000000015', compare('cost', '>', 2n)],
    ['ttft<500ms', { kind: 'compare', field: { name: 'ttft' }, comparison: '<', value: 0.5 }],
    ['span.duration<1s', { ...compare('duration', '<', 10n ** 9n), field: { name: 'duration', ofSpan: true } }],
    ['has:error', { kind: 'has', field: { name: 'error' } }],
    ['has:attr.http.method', { kind: 'has', field: { name: 'attr', key: 'http.method' } }],
    ['attr.http.method:GET', { ...equals('attr', 'GET'), field: { name: 'attr', key: 'http.method' } }],
    ['resource."a: b":x*', { ...equals('resource', 'x*', true), field: { name: 'resource', key: 'a: b' } }],
    ['attr.n>-1.5', { kind: 'compare', field: { name: 'attr', key: 'n' }, comparison: '>', value: -1.5 }],
    ['trace:0AF7', equals('trace', '0af7')],
    ['word', contains('word')],
    ['ünïcode', contains('ünïcode')],
    ['"model:x"', contains('model:x')],
    ['-', contains('-')],
    ['a OR b c', { kind: 'any', of: [contains('a'), { kind: 'all', of: [contains('b'), contains('c')] }] }],
    ['(a OR b) AND c', { kind: 'all', of: [{ kind: 'any', of: [contains('a'), contains('b')] }, contains('c')] }],
    ['-(a b)', { kind: 'not', of: { kind: 'all', of: [contains('a'), contains('b')] } }],
    ['model:(x)', undefined],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(parseFilter(text).ok).toBe(false);
    else expect(parse(text)).toEqual(expected);
  });

  it.each([
    ['colour:red', 0, 'there is no field "colour"; To search for this text, quote it'],
    ['model:x modle:y', 8, 'there is no field "modle"; did you mean model? To search for this text, quote it'],
    ['cost>cheap', 5, 'expected US dollars, like 0.01'],
    ['duration>2', 9, 'expected a duration, like 500ms, 2s or 1.5m'],
    ['tokens:1.5', 7, 'expected a whole number, like 1000 or 10k'],
    ['attr.x>y', 7, 'expected a number, like 42 or 0.5'],
    ['attr.:y', 0, 'expected the key of an attribute, like attr.http.method:GET'],
    ['model>x', 5, 'model takes : !='],
    ['model:', 6, 'expected a value for model'],
    ['status:maybe', 7, 'status is one of ok, error'],
    ['span.calls>1', 0, 'calls is of a trace, not of a span'],
    ['has:nothing', 4, 'there is no field "nothing"; To search for this text, quote it'],
    ['(a OR b', 0, 'this parenthesis is never closed'],
    ['a)', 1, 'this parenthesis was never opened'],
    ['a OR', 4, 'something is missing here: a field, a word or a parenthesis'],
    ['OR a', 0, 'expected a field, a word or a parenthesis before OR'],
    ['user:"a b', 5, 'this quotation mark is never closed'],
    ['a ""', 2, 'expected some text between the quotation marks'],
  ])('%s says where it is wrong and what was expected', (text, at, message) => {
    expect(parseFilter(text)).toEqual({ ok: false, at, message });
  });

  it(`has up to ${limits.filterCharsMax} characters, ${limits.filterTermsMax} terms and ${limits.filterDepthMax} levels, and not one more`, () => {
    const nested = (levels: number) => `${'('.repeat(levels)}a${')'.repeat(levels)}`;
    const terms = (count: number) => Array.from({ length: count }, () => 'a').join(' ');
    for (const [accepted, refused] of [
      ['x'.repeat(limits.filterCharsMax), 'x'.repeat(limits.filterCharsMax + 1)],
      [terms(limits.filterTermsMax), terms(limits.filterTermsMax + 1)],
      [nested(limits.filterDepthMax), nested(limits.filterDepthMax + 1)],
    ] as const)
      expect([parseFilter(accepted).ok, parseFilter(refused)]).toEqual([
        true,
        { ok: false, at: expect.any(Number), message: expect.stringContaining('at most') },
      ]);
  });

  it('of any text is understood or says where it is wrong, within the text', () => {
    const piece = fc.constantFrom(
      'model:',
      'a',
      '"',
      '\\',
      '(',
      ')',
      '-',
      ' ',
      'OR',
      'cost>',
      '1',
      'attr.',
      '*',
      '!=',
      '.',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const parsed = parseFilter(given);
        if (!parsed.ok) expect(parsed.at >= 0 && parsed.at <= given.length && parsed.message !== '').toBe(true);
      }),
    );
  });

  it('is understood from the example of every field', () => {
    for (const { example } of [...Object.values(filterFields), ...Object.values(keyedFields)])
      expect(parseFilter(example), example).toMatchObject({ ok: true });
  });

  it('written for a value finds exactly this value, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', minLength: 1 }), (value, key) => {
        expect(parse(writeTerm('user', value))).toEqual(equals('user', value));
        expect(parse(writeTerm(`attr.${key}`, value))).toMatchObject({ text: value, field: { name: 'attr', key } });
        expect(parse(writeTerm(`resource.${key}`, null))).toEqual({
          kind: 'not',
          of: { kind: 'has', field: { name: 'resource', key } },
        });
      }),
    );
    expect(writeTerm('model', 'gpt-4o')).toBe('model:gpt-4o');
  });
});
