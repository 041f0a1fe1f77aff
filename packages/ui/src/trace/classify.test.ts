import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { classify, shortName } from './classify.ts';

it('a span is drawn by its operation', () => {
  const drawn = ['invoke_agent', 'chat', 'embeddings', 'execute_tool', 'retrieval', 'constructor', null].map(
    (operation) => classify(makeSpan('s', null, { operation })),
  );
  expect(drawn).toEqual(['agent', 'model', 'embeddings', 'tool', 'retrieval', 'other', 'other']);
});

it('a step that bears the name of its role is the role; a step inside it is not', () => {
  expect(classify(makeSpan('s', null, { role: 'writer', name: 'role writer' }))).toBe('role');
  expect(classify(makeSpan('s', null, { role: 'writer', name: 'fetch feeds' }))).toBe('other');
});

it('a billable span of an unknown operation is a model call', () => {
  expect(classify(makeCall('s', null, '1', { operation: 'transcribe' }))).toBe('model');
});

it('a row does not repeat what its icon says', () => {
  expect(shortName(makeSpan('s', null, { operation: 'chat', name: 'chat gpt-4o' }))).toBe('gpt-4o');
  expect(shortName(makeSpan('s', null, { role: 'writer', name: 'role writer' }))).toBe('writer');
  expect(shortName(makeSpan('s', null, { operation: 'chat', name: 'chat' }))).toBe('chat');
  expect(shortName(makeSpan('s', null, { name: '' }))).toBe('(no name)');
});
