/** What AWS's own tools would find in the environment of a workload whose identity lies in a file, with a cloud on this machine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeJwt } from '../packages/sdk/test/local-server.ts';
import type { StsServer } from '../packages/sdk/test/sts-server.ts';

/** Writes the token of `workload` into the folder. */
export async function awsEnvironment(
  sts: StsServer,
  folder: string,
  workload: string,
): Promise<Record<string, string>> {
  const file = join(folder, `sts-token-of-${workload}`);
  await writeFile(file, makeJwt({ sub: `spiffe://example.org/${workload}`, aud: 'sts.amazonaws.com' }));
  return {
    AWS_ROLE_ARN: `arn:aws:iam::123456789012:role/${workload}`,
    AWS_REGION: 'eu-central-1',
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_S3: sts.url,
  };
}
