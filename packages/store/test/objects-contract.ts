import { describe, expect, it } from 'vitest';
import type { Objects } from '../src/index.ts';

export interface ObjectsUnderTest {
  objects: Objects;
  /** The same ones opened once more: after closing, or beside where several servers may. */
  reopen(): Promise<Objects>;
}

/** What every driver must do. A driver's test calls this once. */
export function objectsContract(name: string, open: () => Promise<ObjectsUnderTest>): void {
  describe(`${name}: an object`, () => {
    it('comes back as it was put, also after closing and opening', async () => {
      const { objects, reopen } = await open();
      const put = await objects.put('budgets', 'b1', { usd: '10', note: '"\n\u2028', none: null });
      expect(put).toMatchObject({ id: 'b1', version: 1, body: { usd: '10', note: '"\n\u2028', none: null } });
      await objects.close();
      const again = await reopen();
      expect(await again.get('budgets', 'b1')).toEqual(put);
      expect(await again.list('budgets')).toEqual([put]);
      expect(await again.list('keys')).toEqual([]);
      expect(await again.get('keys', 'b1')).toBeUndefined();
    });

    it('is seen at once as it was changed last, and lists are in the order of ids', async () => {
      const { objects } = await open();
      for (const id of ['b', 'a', "c' OR 1=1 --"]) await objects.put('views', id, id);
      expect((await objects.list('views')).map(({ id }) => id)).toEqual(['a', 'b', "c' OR 1=1 --"]);
      await objects.put('views', 'a', 'changed');
      expect(await objects.get('views', 'a')).toMatchObject({ body: 'changed', version: 2 });
      expect((await objects.list('views')).map(({ body }) => body)).toEqual(['changed', 'b', "c' OR 1=1 --"]);
    });

    it('is changed by naming the version that the change replaces, so that of two at once one is told', async () => {
      const { objects } = await open();
      await objects.put('views', 'v', 'first', 0);
      const both = await Promise.allSettled(['mine', 'yours'].map((body) => objects.put('views', 'v', body, 1)));
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'OBJECT_CHANGED' } });
      const winner = both.find((each) => each.status === 'fulfilled')!.value;
      expect(await objects.get('views', 'v')).toEqual(winner);
      await expect(objects.put('views', 'v', 'new', 0)).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
      await expect(objects.put('views', 'v', 'new', 1)).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
    });

    it('without a version is changed by the last writer, and every change counts', async () => {
      const { objects } = await open();
      await Promise.all(Array.from({ length: 5 }, (_, index) => objects.put('views', 'v', index)));
      expect(await objects.get('views', 'v')).toMatchObject({ version: 5 });
      await Promise.all(Array.from({ length: 20 }, (_, index) => objects.put('others', `a${index}`, index)));
      expect(await objects.list('others')).toHaveLength(20);
    });

    it('that is deleted is gone, deleting it again says so, and it may be put there anew', async () => {
      const { objects, reopen } = await open();
      await objects.put('keys', 'k', 1);
      expect([await objects.delete('keys', 'k'), await objects.delete('keys', 'k')]).toEqual([true, false]);
      expect([await objects.get('keys', 'k'), await objects.list('keys')]).toEqual([undefined, []]);
      expect(await objects.delete('keys', 'never')).toBe(false);
      const { version } = await objects.put('keys', 'k', 2, 0);
      expect(await objects.put('keys', 'k', 3, version)).toMatchObject({ body: 3 });
      await objects.close();
      expect((await (await reopen()).get('keys', 'k'))?.body).toBe(3);
    });
  });
}
