import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '@tallyspan/facts';
import { linearPattern } from './linear-pattern.ts';

/** Patterns of what both engines know, over a small alphabet so that they match often. */
const { pattern } = fc.letrec<{ pattern: string; atom: string; group: string }>((tie) => ({
  pattern: fc
    .array(fc.tuple(tie('atom'), fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{0,}')), { maxLength: 3 })
    .map((parts) => parts.map(([atom, count]) => atom + count).join('')),
  atom: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '[a-c1]', '\\.', '(?:\\b)', '(?:^)', '(?:$)'),
    tie('group'),
  ),
  group: fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => `(?:${left}|${right})`),
}));

describe('linear patterns', () => {
  it('find a match where the engine of the language finds one, for any pattern and text', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', '\n', ' '), maxLength: 7 }),
        (source, text) => {
          const expected = new RegExp(source).exec(text);
          const [first] = linearPattern(source).matches(text, 1);
          expect(first?.start).toBe(expected?.index);
          // Theirs prefers what is written first, ours what is longest.
          if (first && expected) expect(first.end).toBeGreaterThanOrEqual(expected.index + expected[0].length);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('give all matches from left to right, the longest at each place', () => {
    expect(linearPattern('a|ab|b+').matches('abbb a')).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
      { start: 5, end: 6 },
    ]);
    expect(linearPattern('STRASSE', { ignoreCase: true }).test('die Strasse')).toBe(true);
    expect(linearPattern('[a-z]+', { ignoreCase: true }).matches('ABC')).toEqual([{ start: 0, end: 3 }]);
  });

  it('what blows up elsewhere takes one pass here', () => {
    expect(linearPattern('^(a+)+$').test(`${'a'.repeat(5_000)}!`)).toBe(false);
    expect(linearPattern('(x+x+)+y').test('x'.repeat(5_000))).toBe(false);
    expect(linearPattern('(a|aa)*c').test('a'.repeat(5_000))).toBe(false);
  });

  it.each([
    ['(?=a)', 'look-around'],
    ['(?<name>a)', 'named groups'],
    ['(a)\\1', 'back-references'],
    ['(a', 'not closed'],
    ['a)', 'closed that was not opened'],
    ['[a', 'class is not closed'],
    ['*a', 'nothing stands before *'],
    ['a{3,2}', 'ends before it begins'],
    ['\\p{L}', 'not known here'],
    ['[z-a]', 'not in order'],
    ['('.repeat(200), 'nested too deep'],
  ])('%s is refused, as %s', (source, reason) => {
    expect(() => linearPattern(source)).toThrow(
      expect.objectContaining({ code: 'PATTERN_REFUSED', message: expect.stringContaining(reason) as string }) as Error,
    );
  });

  it('the last accepted and the first refused size', () => {
    // One state is the end, one the beginning.
    const most = limits.guardPatternStatesMax - 2;
    expect(linearPattern(`a{${most}}`).test('a'.repeat(most))).toBe(true);
    expect(() => linearPattern(`a{${most + 1}}`)).toThrow('it needs more than');
    expect(() => linearPattern('((a{50}){50}){50}')).toThrow('it needs more than');
  });
});
