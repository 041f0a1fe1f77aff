import { expect, it } from 'vitest';
import { formatBytes } from './bytes.ts';

it('bytes are shown in the unit that leaves three digits', () => {
  expect([0, 640, 999, 1_000, 12_345, 268_435_456, 3e12].map(formatBytes)).toEqual([
    ...['0 B', '640 B', '999 B', '1.0 kB', '12.3 kB', '268 MB', '3.0 TB'],
  ]);
});
