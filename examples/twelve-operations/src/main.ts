/**
 * One agent that does all that agents do: it plans a journey. Each thing it does is a kind of span of its own, and all are one trace.
 * Two of its helpers are processes of their own: the tools of a book desk (MCP) and a planner (Agent2Agent).
 */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { agent, flush, init, tool, watch } from '@tallyspan/sdk';
import { redis, tieredCache } from '@tallyspan/sdk/cache';
import { awsClient } from '@tallyspan/sdk/credentials/aws';
import { sandbox } from '@tallyspan/sdk/sandbox';
import { fromVault, jwt, vault } from '@tallyspan/sdk/vault';
import { Redis } from 'ioredis';
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';
import { readPrice, startHotel } from './hotel.ts';
import { connectDesk } from './desk.ts';
import { startPlanner } from './planner.ts';

init({ serviceName: 'travel-office', guard: true });

/** The identity of this workload: a JWT-SVID for each who asks for one. */
const svid = (name: string) => async () => (await readFile(process.env[name]!, 'utf8')).trim();

const secrets = vault({ auth: jwt({ role: process.env.VAULT_ROLE ?? 'traveller', token: svid('VAULT_JWT_FILE') }) });
const openai = watch(new OpenAI({ apiKey: fromVault(secrets, 'llm/openai', { field: 'api_key' }) }));
const endpoint = process.env.AWS_ENDPOINT_URL_S3;
const s3 = awsClient(S3Client, {
  token: svid('AWS_WEB_IDENTITY_TOKEN_FILE'),
  ...(endpoint && { config: { endpoint, forcePathStyle: true } }),
});
const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
const rates = tieredCache({ name: 'rates', l2: redis(client, { prefix: 'rates:' }) });
const deno = process.env.DENO_PATH;
const { exec } = sandbox(deno ? { deno } : {});
const [hotel, desk, planner] = await Promise.all([startHotel(), connectDesk(), startPlanner()]);

const nightsIn = tool('nights_in', (wish: string) => Number(/\d+/.exec(wish)?.[0] ?? 1));

const traveller = agent({ name: 'traveller', tenant: 'acme-corp', role: 'planner' }, async (wish: string) => {
  const policy = await s3.send(new GetObjectCommand({ Bucket: 'policies', Key: 'travel.json' }));
  const { perNight } = JSON.parse(await policy.Body!.transformToString()) as { perNight: number };
  const { value: rate } = await rates.lookup('EUR', async () => 1.08);
  const plan = await planner.ask(wish);
  const book = await desk.recommend(`a book about whales for ${wish}`);
  const price = await readPrice(hotel.url);
  // Such programs come from a model; this one is written down so that the example always does the same.
  const program = `console.log(JSON.stringify({ total: ${nightsIn(wish)} * ${price} * ${rate} }))`;
  const { stdout } = await exec(program, { timeoutSeconds: 10 });
  const { total } = JSON.parse(stdout) as { total: number };
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: `Recommend this journey in one sentence: ${plan} Book: ${book}.` }],
  });
  return `${choices[0]!.message.content} $${total.toFixed(2)}, ${price <= perNight ? 'within' : 'above'} the policy.`;
});

try {
  console.log(await traveller(process.argv[2] ?? '3 days in Lisbon'));
} finally {
  await Promise.all([hotel.close(), desk.close(), planner.close()]);
  client.disconnect();
  await flush();
}
