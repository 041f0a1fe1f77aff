import type { Budget } from '@tallyspan/server';
import { expect, it } from 'vitest';
import { alertDraftOf, alertInputOf, alertProblemsOf } from './alert-draft.ts';
import { draftOf, inputOf, problemsOf } from './budget-draft.ts';
import { leftText, partOf, scopeText } from './budget-text.ts';

const budget = {
  ...{ id: 'b1', version: 3, name: 'Crew', scope: { agent: 'crew' }, window: 'day', action: 'block', enabled: true },
  ...{ limits: { usd: '0.000000001', tokens: null, calls: 5 }, thresholds: [80, 100] },
} as unknown as Budget;

it('a budget that is opened and saved is sent as it was, with the version that it replaces', () => {
  expect(inputOf(draftOf(budget), budget.version)).toEqual({
    ...{ name: 'Crew', scope: { agent: 'crew' }, limits: { usd: '0.000000001', calls: 5 } },
    ...{ window: 'day', thresholds: [80, 100], action: 'block', enabled: true, version: 3 },
  });
});

it('what cannot be meant is said before it is sent', () => {
  const wrong = { ...draftOf(undefined), usd: '1e3', calls: '1.5', thresholds: '50, much' };
  expect(Object.keys(problemsOf(wrong)).toSorted()).toEqual(['calls', 'name', 'thresholds', 'usd']);
  expect(problemsOf({ ...draftOf(undefined), name: 'x' })).toEqual({ usd: 'Give at least one limit.' });
  expect(problemsOf({ ...draftOf(budget) })).toEqual({});
});

it('an alert is sent with the figures of its kind alone', () => {
  const draft = alertDraftOf(undefined);
  const mail = { type: 'email' as const, to: 'a@example.com, b@example.com' };
  expect(alertProblemsOf(draft)).toEqual({ name: 'Give it a name.' });
  expect(
    alertInputOf(
      { ...draft, name: 'x', on: 'silence', figures: { minutes: '30', above: '9' }, channels: [mail] },
      undefined,
    ),
  ).toEqual({
    ...{ name: 'x', enabled: true, rule: { on: 'silence', minutes: 30, scope: {} } },
    channels: [{ type: 'email', to: ['a@example.com', 'b@example.com'] }],
  });
});

it('a limit that was overrun is said as such', () => {
  expect(leftText({ usd: '-9.4', tokens: null, calls: null }, 'usd')).toBe('$9.40 over');
  expect(leftText({ usd: null, tokens: null, calls: 4 }, 'calls')).toBe('4 calls left');
  expect(partOf({ usd: '3', tokens: null, calls: 1 }, { usd: '2', tokens: null, calls: 0 }, 'usd')).toBe(1.5);
  expect(partOf({ usd: '3', tokens: null, calls: 1 }, { usd: '2', tokens: null, calls: 0 }, 'calls')).toBe(1);
  expect(scopeText({})).toBe('all calls');
});
