import { expect, it } from 'vitest';
import { IngestLag } from './ingest-lag.ts';

const at = (offset: number) => ({ segment: 1, offset });

it('the lag is the age of the oldest request that is not stored yet', () => {
  let now = 0;
  const lag = new IngestLag(() => now);
  expect(lag.milliseconds).toBe(0);
  lag.logged(at(10));
  now = 500;
  lag.logged(at(20));
  now = 900;
  expect(lag.milliseconds).toBe(900);
  lag.drained(at(10));
  expect(lag.milliseconds).toBe(400);
  lag.drained(at(20));
  expect(lag.milliseconds).toBe(0);
});

it('a request that was stored before its acknowledgement came does not wait for ever', () => {
  const lag = new IngestLag(() => 0);
  lag.drained(at(30));
  lag.logged(at(30));
  expect(lag.milliseconds).toBe(0);
});

it('requests that come together are one entry, which is stored when the last of them is', () => {
  let now = 0;
  const lag = new IngestLag(() => now);
  for (let offset = 1; offset <= 50; offset++) lag.logged(at(offset));
  now = 100;
  lag.drained(at(49));
  expect(lag.milliseconds).toBe(100);
  lag.drained(at(50));
  expect(lag.milliseconds).toBe(0);
});
