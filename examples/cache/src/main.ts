/** Two workers of one agent share what they looked up: first the source, then Redis, then their own memory. */
import { agent, flush } from '@tallyspan/sdk';
import { redis, tieredCache } from '@tallyspan/sdk/cache';
import { Redis } from 'ioredis';

const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
// What ioredis tells of a Redis that is away. The cache works on without it.
client.on('error', (error) => console.error(`Redis: ${error.message}`));

/** Each worker would be a process; here each has a cache of its own over the same Redis. */
function worker() {
  const cache = tieredCache({
    name: 'rates',
    l2: redis(client, { prefix: `rates-${process.pid}:` }),
    ttlMs: 60_000,
    sharedTimeoutMs: 1_000,
  });
  return (currency: string) => cache.lookup(currency, () => rateFromBank(currency));
}

async function rateFromBank(currency: string): Promise<{ currency: string; rate: number }> {
  await new Promise((resolve) => setTimeout(resolve, 40));
  return { currency, rate: currency === 'EUR' ? 1.08 : 1.27 };
}

const treasurer = agent({ name: 'treasurer', tenant: 'acme-corp' }, async () => {
  const [morning, evening] = [worker(), worker()];
  await morning('EUR');
  await morning('EUR');
  // What was written to Redis is not waited for, so give it a moment.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return Promise.all([morning('EUR'), evening('EUR')]);
});

for (const { value, tier } of await treasurer()) console.log(`${value.currency} ${value.rate} from ${tier}`);
await flush();
client.disconnect();
