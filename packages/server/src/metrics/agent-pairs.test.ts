import { limits } from '@tallyspan/facts';
import type { StoredSpan } from '@tallyspan/store';
import { expect, it } from 'vitest';
import { AgentPairs } from './agent-pairs.ts';

const spanOf = (operation: 'a2a_send' | 'a2a_execute', id: string) =>
  ({
    ...{
      traceId: 't',
      spanId: operation === 'a2a_send' ? id : `${id}-work`,
      parentSpanId: operation === 'a2a_send' ? '' : id,
    },
    facts: { operation, tenant: operation },
  }) as unknown as StoredSpan;

/** How many pairs are found when so many others came between both sides of the first message. */
function pairsAfter(between: number): number {
  let pairs = 0;
  const looking = new AgentPairs(() => pairs++);
  looking.look(spanOf('a2a_send', 'first'));
  for (let index = 0; index < between; index++) looking.look(spanOf('a2a_send', `other-${index}`));
  looking.look(spanOf('a2a_execute', 'first'));
  return pairs;
}

it('a message waits for its other side while there is room, and then the oldest is given up', () => {
  expect(pairsAfter(limits.a2aPairsMax - 1)).toBe(1);
  expect(pairsAfter(limits.a2aPairsMax)).toBe(0);
});

it('what is sent twice is one pair', () => {
  let pairs = 0;
  const looking = new AgentPairs(() => pairs++);
  for (const operation of ['a2a_send', 'a2a_send', 'a2a_execute', 'a2a_execute'] as const)
    looking.look(spanOf(operation, 'one'));
  expect(pairs).toBe(1);
});
