/** An agent reads a report from S3 without any key of AWS: its own identity, a JWT-SVID, is exchanged for credentials of one hour. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { agent, flush } from '@tallyspan/sdk';
import { exchangeToken } from '@tallyspan/sdk/credentials';
import { awsClient } from '@tallyspan/sdk/credentials/aws';
import { workloadIdentity } from '@tallyspan/sdk/identity';
import { readFile } from 'node:fs/promises';

/** From the SPIFFE agent of this machine, or from a file, as Kubernetes gives it. */
const identity = process.env.SPIFFE_ENDPOINT_SOCKET ? workloadIdentity() : undefined;
async function token(audience: string): Promise<string> {
  if (identity) return (await identity.jwtSvid(audience)).token;
  return (await readFile(process.env.AWS_WEB_IDENTITY_TOKEN_FILE!, 'utf8')).trim();
}

const endpoint = process.env.AWS_ENDPOINT_URL_S3;
const s3 = awsClient(S3Client, {
  token: () => token('sts.amazonaws.com'),
  config: endpoint ? { endpoint, forcePathStyle: true } : {},
});

const [bucket = 'reports', key = 'q3.json', tokenEndpoint = process.env.TOKEN_ENDPOINT] = process.argv.slice(2);

const reader = agent({ name: 'report-reader', tenant: 'acme-corp' }, async () => {
  for (let time = 1; time <= 2; time++) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    console.log(`${key}, time ${time}: ${await Body!.transformToString()}`);
  }
  if (!tokenEndpoint) return;
  // The same identity, exchanged for a token of another service (OAuth 2.0 Token Exchange).
  const access = exchangeToken({ tokenEndpoint, subjectToken: () => token(tokenEndpoint), audience: 'orders' });
  console.log(`orders: ${(await access()).tokenType} token, kept for later: ${(await access()) === (await access())}`);
});

await reader();
await flush();
identity?.close();
