import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { startLockedServer } from '../../test/ask-with.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, temporaryFolder } from '../../test/start-test-server.ts';
import type { Trace } from '../api.ts';

it('a workload sends spans with its JWT-SVID, and they are of the tenant that its SPIFFE id says', async () => {
  const folder = await temporaryFolder();
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const file = join(folder, 'bundle.json');
  await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', use: 'jwt-svid' }] }));
  const audience = 'spiffe://example.org/tallyspan';
  const token = (subject: string, seconds = 300, asked = audience) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setSubject(subject)
      .setAudience(asked)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
      .sign(privateKey);
  const tenants = [{ pattern: 'spiffe://example.org/agent/{tenant}/{agent}' }];
  const server = await startLockedServer({
    auth: { svid: { audience, bundles: [{ trustDomain: 'example.org', file }], tenants } },
  });
  const span = makeCall({ tenant: 'globex' });
  const post = async (credential: string) => {
    const headers = { ...PROTOBUF, authorization: `Bearer ${credential}` };
    return (await send(`${server.url}/v1/traces`, { headers, body: encodeSpans([span], 'protobuf') })).status;
  };
  const good = await token('spiffe://example.org/agent/acme/analyst');
  expect(await post(good)).toBe(200);
  const { spans } = await eventually(async () => {
    const { status, json } = await server.ask('GET', `/api/v1/traces/${span.traceId}`, server.admin);
    return status === 200 ? (json as Trace) : undefined;
  });
  expect(spans.map(({ facts }) => facts['tenant'])).toEqual(['acme']);

  for (const bad of [
    await token('spiffe://example.org/agent/acme/analyst', -300),
    await token('spiffe://example.org/agent/acme/analyst', 300, 'somebody-else'),
    await token('spiffe://example.org/nobody/of/ours'),
    `${good.slice(0, -4)}AAAA`,
  ])
    expect(await post(bad)).toBe(401);
  // It sends, and does not read.
  expect((await server.ask('GET', '/api/v1/traces', good)).status).toBe(403);
  const { json } = await server.ask('GET', '/api/v1/audit?of=refusals', server.admin);
  expect(json.entries.map(({ who }: { who: string }) => who)).toContain('spiffe://example.org/agent/acme/analyst');
  await server.end();
  await rm(folder, { recursive: true });
});
