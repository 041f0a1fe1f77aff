import { expect, it } from 'vitest';
import { piecesOf } from './answer.ts';
import { sampleOfSchema } from './sample-of-schema.ts';

it('a text falls apart word by word or in so many pieces, and nothing is lost', () => {
  expect(piecesOf(' One  two\nthree', undefined)).toEqual([' One  ', 'two\n', 'three']);
  expect(piecesOf('one two three four five', 2)).toEqual(['one two three ', 'four five']);
  expect(piecesOf('one two', 9)).toEqual(['one ', 'two']);
  expect(piecesOf('   ', undefined)).toEqual(['   ']);
  expect(piecesOf('', 3)).toEqual([]);
});

it('a sample fits its schema: nested, referred to, chosen', () => {
  const schema = {
    type: 'object',
    $defs: { step: { type: 'object', properties: { text: { type: 'string' }, kind: { enum: ['read', 'write'] } } } },
    properties: {
      steps: { type: 'array', items: { $ref: '#/$defs/step' } },
      maybe: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      sure: { type: 'boolean' },
      share: { type: ['number', 'null'] },
      always: { const: 7 },
    },
  };
  expect(sampleOfSchema(schema)).toEqual({
    steps: [{ text: 'text', kind: 'read' }],
    maybe: null,
    sure: true,
    share: 0.5,
    always: 7,
  });
});

it('a schema that refers to itself ends', () => {
  const schema = { type: 'object', properties: { next: { $ref: '#' } } };
  expect(JSON.stringify(sampleOfSchema(schema)).length).toBeLessThan(1000);
});
