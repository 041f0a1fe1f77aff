import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';
import { type BudgetExceededError, isBudgetExceededError } from './budget-exceeded-error.ts';
import { estimateOf, inputTokensOf } from './estimate.ts';

const call = (usd: bigint, tokens = 1n) => ({ nanos: usd, tokens });

function refusal(run: () => unknown): BudgetExceededError {
  try {
    run();
  } catch (error) {
    if (isBudgetExceededError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the budget of a run', () => {
  it('lets calls through until the next one would overrun it, and says what stands where', () => {
    const budget = new Budget('analyst', { usd: '0.001' });
    budget.reserve(call(600_000n)).settle({ nanos: 500_000n, tokens: 10n });
    const under = budget.reserve(call(400_000n));
    const { state, message } = refusal(() => budget.reserve(call(200_000n)));
    expect(state).toEqual({ limit: 'usd', allowed: 1_000_000n, spent: 500_000n, held: 400_000n, estimated: 200_000n });
    expect(message).toContain('analyst');
    expect(message).toContain('$0.001');
    under.settle({ nanos: 100_000n, tokens: 1n });
    // What was held and not used is free again.
    budget.reserve(call(400_000n));
  });

  it.each([
    [{ tokens: 100 }, 'tokens'],
    [{ calls: 3 }, 'calls'],
  ] as const)('limits %j too', (options, limit) => {
    const budget = new Budget('a', options);
    for (let index = 0; index < 3; index++) budget.reserve(call(1n, 30n)).settle({ nanos: 1n, tokens: 33n });
    expect(refusal(() => budget.reserve(call(1n, 30n))).state.limit).toBe(limit);
  });

  it('counts an agent inside against its own budget and those around it', () => {
    const outer = new Budget('outer', { calls: 2 });
    const inner = new Budget('inner', { calls: 10 }, outer);
    inner.reserve(call(1n)).settle({ nanos: 1n, tokens: 1n });
    outer.reserve(call(1n)).settle({ nanos: 1n, tokens: 1n });
    expect(refusal(() => inner.reserve(call(1n))).agent).toBe('outer');
    expect(inner.spent.calls).toBe(1n);
    expect(outer.spent.calls).toBe(2n);
  });

  it('a refused call holds nothing, in no budget of the chain', () => {
    const outer = new Budget('outer', { tokens: 100 });
    const inner = new Budget('inner', { tokens: 1000 }, outer);
    for (let index = 0; index < 5; index++) refusal(() => inner.reserve(call(0n, 101n)));
    inner.reserve(call(0n, 100n)).settle({ nanos: 0n, tokens: 0n });
  });

  it('a call of unknown price passes until the dollars are used up', () => {
    const budget = new Budget('a', { usd: 0.001 });
    budget.reserve({ nanos: undefined, tokens: 5n }).settle({ nanos: 1_000_000n, tokens: 5n });
    expect(refusal(() => budget.reserve({ nanos: undefined, tokens: 5n })).state.limit).toBe('usd');
  });

  it('refuses one more call while as many are under way as may be', () => {
    const budget = new Budget('a', { fanOut: 2 });
    const first = budget.reserve(call(1n));
    budget.reserve(call(1n));
    expect(refusal(() => budget.reserve(call(1n))).state).toMatchObject({ limit: 'fan_out', allowed: 2n, held: 2n });
    first.settle({ nanos: 1n, tokens: 1n });
    budget.reserve(call(1n)).cancel();
    budget.reserve(call(1n));
    expect(budget.spent.calls).toBe(1n);
  });

  it('refuses the same request when it was made too often, and an agent too deep inside', () => {
    const looping = new Budget('a', { repeats: 3 });
    for (let index = 0; index < 3; index++) looping.reserve(call(0n), () => 'same');
    looping.reserve(call(0n), () => 'other');
    expect(refusal(() => looping.reserve(call(0n), () => 'same')).state.limit).toBe('repeats');
    const deep = new Budget('c', {}, new Budget('b', {}, new Budget('a', { depth: 2 })));
    expect(refusal(() => deep.enter()).state.limit).toBe('depth');
  });

  it('never overruns by more than the estimates were too low, whatever ends in whatever order', () => {
    const amounts = fc.record({ estimate: fc.bigInt(0n, 1000n), more: fc.bigInt(-200n, 200n), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.array(amounts, { maxLength: 200 }), fc.bigInt(0n, 20_000n), (calls, allowed) => {
        const budget = new Budget('a', { tokens: Number(allowed) });
        let used = 0n;
        let tooLow = 0n;
        const open: (() => void)[] = [];
        for (const { estimate, more, ends } of calls) {
          try {
            const held = budget.reserve({ nanos: 0n, tokens: estimate });
            const actual = estimate + more > 0n ? estimate + more : 0n;
            open.push(() => held.settle({ nanos: 0n, tokens: actual }));
            used += actual;
            if (actual > estimate) tooLow += actual - estimate;
          } catch (error) {
            if (!isBudgetExceededError(error)) throw error;
          }
          if (ends) open.splice(0, 1)[0]?.();
        }
        for (const end of open) end();
        expect(used).toBeLessThanOrEqual(allowed + tooLow);
        expect(budget.spent.tokens).toBe(used);
      }),
    );
  });

  it('a limit that is no amount is refused when the budget is made', () => {
    expect(() => new Budget('a', { usd: 'much' })).toThrow(RangeError);
    expect(() => new Budget('a', { tokens: 1.5 })).toThrow(RangeError);
  });
});

describe('the estimate of a call', () => {
  it('counts what is sent and the most that may come back', () => {
    const request = { model: 'm', messages: [{ role: 'user', content: 'x'.repeat(4000) }] };
    expect(inputTokensOf(request)).toBeGreaterThan(1300);
    expect(inputTokensOf(request)).toBeLessThan(1350);
    const bounded = estimateOf({ operation: 'chat', maxTokens: 50, choiceCount: 2 }, [request], undefined, 0n);
    expect(bounded.tokens).toBe(BigInt(inputTokensOf(request) + 100));
    expect(estimateOf({ operation: 'embeddings' }, [request], undefined, 0n).tokens).toBe(
      BigInt(inputTokensOf(request)),
    );
  });

  it('takes a file for a file and not for a million tokens', () => {
    const image = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
    expect(inputTokensOf({ image, bytes: new Uint8Array(4_000_000), raw: 'iVBOR'.repeat(10_000) })).toBeLessThan(5000);
  });

  it('never throws and always ends, whatever the request is', () => {
    const circle: Record<string, unknown> = { a: 'text' };
    circle.self = circle;
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    for (const value of [undefined, null, 1n, circle, hostile, [hostile, 'abcd'], Symbol('x')])
      expect(inputTokensOf(value)).toBeGreaterThanOrEqual(0);
    fc.assert(fc.property(fc.anything(), (value) => inputTokensOf(value) >= 0));
  });
});
