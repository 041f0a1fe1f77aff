import { expect, it } from 'vitest';
import { inner, inOrder, splitNumbered } from './numbered.ts';

it.each([
  ['gen_ai.prompt.3.tool_calls.0.id', { head: 'gen_ai.prompt', index: 3, tail: 'tool_calls.0.id' }],
  ['llm.tools.0', { head: 'llm.tools', index: 0, tail: '' }],
  ['a.999999.b', { head: 'a', index: 999_999, tail: 'b' }],
  ['a.1000000.b', undefined],
  ['a.01.b', undefined],
  ['a.1b.c', undefined],
  ['a.b', undefined],
  ['', undefined],
])('%s', (name, expected) => expect(splitNumbered(name)).toEqual(expected));

it('entries come in the order of their numbers, whatever order they were met in', () => {
  const places = [
    { head: 'p', index: 10, tail: 'role', value: 'last' },
    { head: 'p', index: 2, tail: 'calls.1.id', value: 'b' },
    { head: 'p', index: 2, tail: 'calls.0.id', value: 'a' },
  ];
  const [second, last] = inOrder(places);
  expect(inner(second!, 'calls').map((entry) => entry.get('id'))).toEqual(['a', 'b']);
  expect(last!.get('role')).toBe('last');
});
