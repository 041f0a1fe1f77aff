/** Two servers on one store: what they know of each other, and what they do not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noTotals, openFileObjects, type Store } from '@tallyspan/store';
import { expect, it } from 'vitest';
import { Budgets } from './budgets.ts';
import { exchange } from './decide.ts';
import type { BudgetDefinition } from './definition.ts';

it('each gives out its part of what is left, and sees what the other stored when it compares with the store', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tallyspan-two-'));
  const objects = await openFileObjects(dir);
  let spent = 0n;
  const store: Pick<Store, 'costs'> = {
    costs: async () => ({ rows: [], total: { ...noTotals(), calls: 1, costNanos: spent }, truncated: false }),
  };
  const make = () => new Budgets({ objects, store, report: () => {}, shared: true });
  const [one, two] = [make(), make()];
  try {
    await one.start();
    const definition: BudgetDefinition = {
      ...{ name: 'b', scope: {}, limits: { usd: '1' }, window: 'day', thresholds: [], action: 'block', enabled: true },
    };
    await one.put('b', definition);
    await two.start();
    expect([one.servers, two.servers]).toEqual([1, 2]);
    const whose = {
      tenant: 'default',
      agent: 'a',
      role: undefined,
      provider: undefined,
      models: [],
      user: undefined,
      run: undefined,
    };
    const ask = async (budgets: Budgets, asker: string) => {
      const need = { usd: 10_000_000_000n, tokens: 0n, calls: 1n };
      const [granted] = await exchange(budgets, asker, true, whose, need, new Map());
      return granted!.quota.usd;
    };
    expect(await ask(two, 'first')).toBe(500_000_000n);
    // Half of the half that is left here.
    expect(await ask(two, 'second')).toBe(250_000_000n);
    spent = 900_000_000n;
    await two.refresh();
    expect(await ask(two, 'third')).toBe(0n);
    expect(two.accountNow('b')!.spent.usd).toBe(900_000_000n);
  } finally {
    await one.close();
    await two.close();
    await objects.close();
    await rm(dir, { recursive: true, force: true });
  }
});
