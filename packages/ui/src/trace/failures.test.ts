import { expect, it } from 'vitest';
import { makeSpan } from '../../test/make-span.ts';
import { buildTree } from './build-tree.ts';
import { failuresOf, failureText } from './failures.ts';

const failed = { status: 'error' } as const;

it('the cause is the deepest span on the way down from the failed root, not the first that failed', () => {
  const { all, cause, fatal } = failuresOf(
    buildTree([
      makeSpan('agent', null, { ...failed, durationMs: 100 }),
      makeSpan('retried', 'agent', { ...failed, offsetMs: 1 }),
      makeSpan('writer', 'agent', { ...failed, offsetMs: 50 }),
      makeSpan('call', 'writer', { ...failed, offsetMs: 60 }),
    ]),
  );
  expect(all.map((node) => node.span.spanId)).toEqual(['agent', 'retried', 'writer', 'call']);
  expect([cause?.span.spanId, fatal]).toEqual(['call', true]);
});

it('a failure that somebody dealt with is shown, and the trace is not said to have failed', () => {
  const { cause, fatal } = failuresOf(
    buildTree([makeSpan('agent', null), makeSpan('step', 'agent', failed), makeSpan('call', 'step', failed)]),
  );
  expect([cause?.span.spanId, fatal]).toEqual(['call', false]);
  expect(failuresOf(buildTree([makeSpan('agent', null)]))).toEqual({ all: [], cause: null, fatal: false });
});

it('the class of an error is not said twice', () => {
  const text = (errorType: string | null, statusMessage: string | null) =>
    failureText(makeSpan('s', null, { errorType, statusMessage }));
  expect(text('RateLimitError', '429 slow down')).toBe('RateLimitError: 429 slow down');
  expect(text('TypeError', 'TypeError: x is undefined')).toBe('TypeError: x is undefined');
  expect([text('500', null), text(null, 'no'), text(null, null)]).toEqual(['500', 'no', '']);
});
