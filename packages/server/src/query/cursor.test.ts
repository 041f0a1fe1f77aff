import { expect, it } from 'vitest';
import { readCursor, writeCursor } from './cursor.ts';

const before = { start: 1_763_726_400_000_000_001n, traceId: '0af7651916cd43dd8448eb211c80319c' };

it('a cursor comes back as it was', () => {
  expect(readCursor(writeCursor(before))).toEqual(before);
});

it.each([
  '',
  'x',
  'bm9uc2Vuc2U',
  `${writeCursor(before)}=`,
  writeCursor({ ...before, start: 2n ** 63n }),
  "'; drop table spans",
])('%s is no cursor', (text) => {
  expect(readCursor(text)).toBeUndefined();
});
