/**
 * Tools of an agent: functions of its own, and calls of AWS. A function is a tool when `tool` has it; a client of the AWS SDK is one when
 * `awsClient` made it, which also brings credentials: the agent's identity is exchanged for them, and no key lies anywhere.
 */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { agent, flush, tool } from '@tallyspan/sdk';
import { awsClient } from '@tallyspan/sdk/credentials/aws';
import { readFile } from 'node:fs/promises';

/** A function that answers at once stays one: the tool of it does too. */
const convert = tool('convert', (amount: number, rate: number) => Math.round(amount * rate * 100) / 100);

/** One that answers bit by bit; its span ends with the last bit. */
const countDown = tool('count_down', async function* (from: number) {
  for (let left = from; left > 0; left--) yield left;
});

/** One that works on a service says so, as calls of AWS do by themselves. */
const book = tool({ name: 'book', service: 'ledger', region: 'eu-central-1' }, async (amount: number) => {
  if (amount > 1_000) throw new RangeError('more than the ledger allows');
  return `booked ${amount}`;
});

const endpoint = process.env.AWS_ENDPOINT_URL_S3;
const s3 = awsClient(S3Client, {
  // As Kubernetes gives it; `workloadIdentity().jwtSvid('sts.amazonaws.com')` where a SPIFFE agent is.
  token: async () => (await readFile(process.env.AWS_WEB_IDENTITY_TOKEN_FILE!, 'utf8')).trim(),
  ...(endpoint && { config: { endpoint, forcePathStyle: true } }),
});

const accountant = agent({ name: 'accountant', tenant: 'acme-corp' }, async () => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'invoices', Key: '2026-11.json' }));
  const invoices = JSON.parse(await Body!.transformToString()) as { euros: number }[];
  for (const { euros } of invoices) {
    const dollars = convert(euros, 1.08);
    console.log(`${euros} EUR are ${dollars} USD: ${await book(dollars).catch((error: Error) => error.message)}`);
  }
  const left: number[] = [];
  for await (const one of countDown(3)) left.push(one);
  console.log(`closing in ${left.join(', ')}`);
});

await accountant();
await flush();
