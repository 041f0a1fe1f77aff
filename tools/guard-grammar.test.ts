import { expect, it } from 'vitest';
import { readGrammar } from './guard-grammar.ts';

const source = `# slot: fruit
apple
pear

# slot: name same
Ann
Bob

# family: shop 4
[Buy|Sell] {fruit}s
# document: note
{name} said: \\n⟦{name}¦⦃⟧
`;

it('a grammar gives the same texts each time, each of them once', () => {
  const [family] = readGrammar(source, 1).families;
  expect(family).toEqual({ name: 'shop', texts: expect.arrayContaining(['Buy apples']) });
  expect(new Set(family!.texts).size).toBe(family!.texts.length);
  expect(readGrammar(source, 1).families).toEqual([family]);
  expect(family!.texts.every((text) => /^(?:Buy|Sell) (?:apple|pear)s$/.test(text))).toBe(true);
});

it('a slot that is the same in one text, and brackets that are none of ours', () => {
  const { documents, expand } = readGrammar(source, 2);
  for (let times = 0; times < 20; times++) expect(expand(documents[0]!.texts)).toMatch(/^(\w+) said: \n\[\1\|\{\]$/);
});
