import { describe, expect, it } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { observe } from './observe.ts';
import { isFixed, standIn } from './stand-in.ts';

const h = harness();

function frozen(): ReturnType<typeof h.openai> {
  const client = h.openai();
  Object.freeze(client.chat.completions);
  Object.freeze(client.chat);
  Object.freeze(client);
  return client;
}

describe('a frozen client', () => {
  it('LLM-01 is observed although its proxy would have to show every property as it is', async () => {
    const client = frozen();
    const observed = observe(client);
    await observed.chat.completions.create(hello);
    await h.span();
    expect(observed).toBeInstanceOf(client.constructor);
    expect(Object.keys(observed)).toEqual(Object.keys(client));
    expect('chat' in observed).toBe(true);
    expect(observed.chat).toBe(observed.chat);
    await client.chat.completions.create(hello);
    await h.span();
  });
});

describe('what stands in for an object', () => {
  it('shows what the object has and passes on what is done to it', () => {
    const target: Record<string, number> = Object.defineProperty({ free: 2 }, 'fixed', { value: 1 });
    const { empty, traps } = standIn(target);
    const proxy = new Proxy(empty as typeof target, { ...traps, get: (_, key) => Reflect.get(target, key) as number });
    expect([isFixed(target, 'fixed'), isFixed(target, 'free'), isFixed(target, 'none')]).toEqual([true, false, false]);
    expect(Object.getOwnPropertyNames(proxy)).toEqual(['free', 'fixed']);
    expect(Object.getOwnPropertyDescriptor(proxy, 'fixed')?.value).toBe(1);
    Reflect.deleteProperty(proxy, 'free');
    expect(target).not.toHaveProperty('free');
    Object.defineProperty(proxy, 'late', { value: 3, configurable: true });
    expect(target).toHaveProperty('late', 3);
    expect(Object.isFrozen(proxy)).toBe(false);
    expect(() => Object.freeze(proxy)).toThrow(TypeError);
  });
});
