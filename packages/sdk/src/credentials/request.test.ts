import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalServer, startLocal } from '../../test/local-server.ts';
import { program } from '../../test/program.ts';

let far: LocalServer;
beforeAll(async () => {
  far = await startLocal(() => ({ status: 500 }));
  far.next = Array<'hang'>(100).fill('hang');
});
afterAll(() => far.close());

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
const imports = `
  import { tieredCache, observeCache } from ${url('../cache/index.ts')};
  import { exchangeToken } from ${url('./index.ts')};
  import { awsCredentials } from ${url('./aws.ts')};
  import { vault, fromVault } from ${url('../vault/index.ts')};
  const far = env.FAR;
  sdk.init({ endpoint: far });
  const never = { get: () => new Promise(() => {}), set: () => new Promise(() => {}), delete: () => new Promise(() => {}) };
`;

it('nothing of ours holds the process: far ends that hang, a cache, a login and a key in hand do not delay its exit', async () => {
  const ran = await program(
    `${imports}
    const cache = tieredCache({ l2: never, sharedTimeoutMs: 50 });
    console.log(await cache.get('key', () => 'value'));
    observeCache(new Map()).get('key');
    for (const each of [
      exchangeToken({ tokenEndpoint: far, subjectToken: 'a', timeoutMs: 100 }),
      awsCredentials({ roleArn: 'r', token: 'a', stsEndpoint: far, timeoutMs: 100 }),
      fromVault(vault({ address: far, auth: 'a', timeoutMs: 100 }), 'a'),
    ]) await each().catch((error) => console.log(error.code));
    console.log('last line');
  `,
    { FAR: far.url },
  );
  expect(ran).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(ran.stdout.trim().split('\n')).toEqual([
    'value',
    'CREDENTIAL_EXCHANGE_FAILED',
    'CREDENTIAL_EXCHANGE_FAILED',
    'VAULT_REQUEST_FAILED',
    'last line',
  ]);
});

it('whoever waits for a far end that hangs gets an error, as nothing else keeps the process alive until then', async () => {
  const ran = await program(
    `${imports}
    const cache = tieredCache({ l2: never, sharedTimeoutMs: 50 });
    const stuck = () => new Promise(() => {});
    console.log(await exchangeToken({ tokenEndpoint: 'http://a.example', subjectToken: 'a', fetch: stuck, timeoutMs: 50, cache })().catch((error) => error.code));
  `,
    { FAR: far.url, OTEL_SDK_DISABLED: 'true' },
  );
  expect(ran).toMatchObject({ code: 0, stdout: 'CREDENTIAL_EXCHANGE_FAILED\n', stderr: '' });
});
