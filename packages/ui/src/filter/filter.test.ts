import { parseFilter } from '@tallyspan/facts/query';
import { expect, it } from 'vitest';
import { accept, askedField, completeFilter, suggestFields, suggestValues } from './suggest.ts';
import { hasTerm, withoutTerm, withTerm } from './terms.ts';

/** What the first suggestion makes of a text, with the cursor at `|`. */
function first(typed: string, seen: { value: string; count: number }[] = []) {
  const text = typed.replace('|', '');
  const completion = completeFilter(text, typed.indexOf('|'));
  const offered =
    completion.field === undefined ? suggestFields(completion.prefix, 'traces') : suggestValues(completion, seen);
  const { text: after, cursor } = accept(text, completion, offered[0]!);
  return `${after.slice(0, cursor)}|${after.slice(cursor)}`;
}

it('a field is completed with its operator, a value with its quotation marks, and what stands behind stays', () => {
  expect(first('mo|')).toBe('model:|');
  expect(first('status:error dur| -tool:x')).toBe('status:error duration>|-tool:x');
  expect(first('user:An|', [{ value: 'Ann "A" Lee', count: 3 }])).toBe('user:"Ann \\"A\\" Lee" |');
  expect(first('status:e|')).toBe('status:error |');
  expect(parseFilter(first('agent:|', [{ value: '-x OR (y)', count: 1 }]).replace('|', ''))).toMatchObject({
    filter: { kind: 'equals', text: '-x OR (y)' },
  });
});

it('the store is asked for values of texts and attributes, not of numbers nor of what is known here', () => {
  const asked = (text: string) => askedField(completeFilter(text, text.length));
  expect(['agent:', 'attr.http.method:', 'status:', 'cost>', 'has:', 'mod'].map(asked)).toEqual([
    ...['agent', 'attr.http.method'],
    ...[undefined, undefined, undefined, undefined],
  ]);
});

it('fields of a whole trace are not offered where spans are summed', () => {
  const names = (of: 'traces' | 'spans') => suggestFields('spa', of).map(({ text }) => text);
  expect(names('traces')).toEqual(['span', 'spans']);
  expect(names('spans')).toEqual(['span']);
});

it('a condition that is clicked holds beside all others, and goes again', () => {
  const q = withTerm('agent:a OR agent:b', 'status:error');
  expect(q).toBe('(agent:a OR agent:b) status:error');
  expect(hasTerm(q, 'status:error')).toBe(true);
  expect(withTerm(q, 'status:error')).toBe(q);
  expect(withoutTerm('status:error', 'status:error')).toBeUndefined();
  expect(withoutTerm('a status:error b', 'status:error')).toBe('a b');
});
