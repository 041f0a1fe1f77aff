import { expect, it } from 'vitest';
import { costsOf, crewSpans, totalsOf as totalsOfSample } from '../../test/sample.ts';
import { breakdownOf, totalsOf } from './breakdown.ts';

it('LLM-51 the breakdown of a trace is the cost pivot of its spans', () => {
  const pivot = costsOf(crewSpans, ['agent', 'role', 'model']);
  expect(breakdownOf(crewSpans)).toEqual(pivot.tree);
  expect(totalsOf(crewSpans)).toEqual(totalsOfSample(crewSpans));
});

it('the dearest stands first at each level', () => {
  const models = breakdownOf(crewSpans)[0]!.children.map((role) => role.value);
  expect(models).toEqual(['researcher', 'writer']);
  expect(breakdownOf(crewSpans.toReversed())[0]!.children.map((role) => role.value)).toEqual(models);
});
