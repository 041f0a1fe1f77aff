import { expect, it } from 'vitest';
import { draftOf, inputOf, problemsOf } from './price-draft.ts';

it('a price comes out of the form as it went in', () => {
  const price = { model: 'my-llama*', tenant: 'acme', from: '2026-11-21', rates: { input: 2.5, cache_read: 0.125 } };
  expect(inputOf(draftOf(price))).toEqual(price);
  expect(problemsOf(draftOf(price))).toEqual({});
});

it('each field says what is wrong with it, and a price without a rate is none', () => {
  const draft = { ...draftOf({}), model: 'a*b', from: 'soon', rates: { input: '2,5', output: '10' } };
  expect(Object.keys(problemsOf(draft))).toEqual(['model', 'from', 'input']);
  expect(problemsOf({ ...draftOf({ model: 'm' }), rates: { output: ' ' } })).toEqual({
    input: 'Give at least one price.',
  });
});
