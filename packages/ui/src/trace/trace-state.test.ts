import { expect, it } from 'vitest';
import { makeTrace } from '../../test/make-trace.ts';
import { stateOf } from './trace-state.ts';

const end = Date.UTC(2026, 10, 21, 12, 0, 1);
const minutes = 60_000;

it('a trace with its root is what its status says', () => {
  expect(stateOf(makeTrace('t'), end)).toBe('ok');
  expect(stateOf(makeTrace('t', { status: 'error' }), end)).toBe('error');
});

it('a trace without its root runs until ten minutes passed in silence, then it is partial', () => {
  const trace = makeTrace('t', { rootArrived: false });
  expect(stateOf(trace, end + 10 * minutes - 1)).toBe('running');
  expect(stateOf(trace, end + 10 * minutes)).toBe('partial');
  expect(stateOf({ ...trace, status: 'error' }, end + 10 * minutes)).toBe('error');
});
