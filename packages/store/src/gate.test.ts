import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

/** Work that ends when it is told to. */
function job(names: string[], name: string): { work: () => Promise<string>; end: () => void } {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const work = async (): Promise<string> => {
    names.push(name);
    await ended;
    return name;
  };
  return { work, end: () => end() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a gate of two places', () => {
  it('lets two in, and the third when one of them is out, also when that one failed', async () => {
    const began: string[] = [];
    const gate = new Gate(2);
    const [first, second, third] = [job(began, 'first'), job(began, 'second'), job(began, 'third')] as const;
    const failing = gate.run(() => first.work().then(() => Promise.reject(new Error('failed'))));
    const others = [gate.run(second.work), gate.run(third.work)];
    await turn();
    expect(began).toEqual(['first', 'second']);
    first.end();
    await expect(failing).rejects.toThrow('failed');
    await turn();
    expect(began).toEqual(['first', 'second', 'third']);
    second.end();
    third.end();
    expect(await Promise.all(others)).toEqual(['second', 'third']);
  });

  it('lets one in alone when all are out, and nobody else meanwhile', async () => {
    const began: string[] = [];
    const gate = new Gate(2);
    const [before, alone, after] = [job(began, 'before'), job(began, 'alone'), job(began, 'after')] as const;
    const all = [gate.run(before.work), gate.runAlone(alone.work), gate.run(after.work)];
    await turn();
    expect(began).toEqual(['before']);
    before.end();
    await turn();
    expect(began).toEqual(['before', 'alone']);
    alone.end();
    await turn();
    expect(began).toEqual(['before', 'alone', 'after']);
    after.end();
    await Promise.all(all);
  });
});
