import { type Attributes, type AttributeValue, dialects, loadPrices } from '@tallyspan/facts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeCall } from '../test/make-call.ts';
import { makeWireSpan } from '../test/make-wire-span.ts';
import { understand } from './understand.ts';

it('a model call gets its facts and its price', async () => {
  const span = understand(makeCall({ input: 1_000, output: 100 }), await loadPrices());
  expect(span.facts).toMatchObject({ operation: 'chat', agent: 'crew', role: 'writer', inputTokens: 1_000 });
  expect(span.cost).toMatchObject({ source: 'computed', nanos: 3_500_000n });
});

it('what is not billable has no cost', async () => {
  expect(understand(makeWireSpan(), await loadPrices())).not.toHaveProperty('cost');
});

it('no value under any known name makes it throw', async () => {
  const prices = await loadPrices();
  const names = Object.values(dialects).flatMap(({ columns }) =>
    columns.flatMap(({ name, also = [] }) => [...(typeof name === 'string' ? [name] : Object.values(name)), ...also]),
  );
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, 'chat', 'openai', 'gpt-4o', '1e999'),
    fc.array(fc.oneof(fc.string(), fc.integer())),
    fc.dictionary(fc.constantFrom('__proto__', 'a', 'constructor'), fc.string()),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 20 }), (attributes: Attributes) => {
      const span = understand(makeWireSpan({ attributes: { ...attributes, 'gen_ai.operation.name': 'chat' } }), prices);
      expect(span.facts.operation).toBe('chat');
    }),
    { numRuns: 2_000 },
  );
});
