import { Metadata } from '@grpc/grpc-js';
import type { WireSpan } from '@tallyspan/facts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { type GrpcClient, grpcClient } from '../../test/grpc-call.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { send } from '../../test/send.ts';
import { eventually } from '../../test/start-test-server.ts';
import type { Span, Trace } from '../api.ts';

let server: LockedServer;
let grpc: GrpcClient;
let acme: string;
let globex: string;
let everybody: string;
beforeAll(async () => {
  server = await startLockedServer({ grpcPort: 0 });
  grpc = grpcClient(server.grpcPort!);
  acme = await server.make({ scope: 'ingest', tenant: 'acme' });
  globex = await server.make({ scope: 'ingest', tenant: 'globex' });
  everybody = await server.make({ scope: 'ingest' });
});
afterAll(async () => {
  grpc.close();
  await server.end();
});

const http = (spans: WireSpan[], key: string) =>
  send(`${server.url}/v1/traces`, {
    headers: { 'content-type': 'application/x-protobuf', authorization: `Bearer ${key}` },
    body: encodeSpans(spans, 'protobuf'),
  });

async function traceOf(traceId: string, spans: number, key = server.admin): Promise<Span[]> {
  return eventually(async () => {
    const { status, json } = await server.ask('GET', `/api/v1/traces/${traceId}`, key);
    const trace = status === 200 ? (json as Trace).spans : [];
    return trace.length >= spans ? trace : undefined;
  }, `${spans} spans of ${traceId}`);
}

const tenants = (spans: Span[]) => spans.map(({ facts }) => facts['tenant']);

describe('a span', () => {
  it('sent with a key of a tenant is this tenant’s whatever it says, which is kept beside', async () => {
    const claims = makeCall({ tenant: 'globex' });
    const silent = makeCall({}, { traceId: claims.traceId });
    expect((await http([claims, silent], acme)).status).toBe(200);
    const spans = await traceOf(claims.traceId, 2);
    expect(tenants(spans)).toEqual(['acme', 'acme']);
    expect(spans.map(({ attributes }) => attributes['tally.claimed_tenant'])).toEqual(['globex', undefined]);
    const { json } = await server.ask('GET', `/api/v1/costs?by=tenant&traceId=${claims.traceId}`, server.admin);
    expect(json.rows.map(({ key }: { key: string[] }) => key)).toEqual([['acme']]);
  });

  it('sent with a key of all tenants says itself whose it is', async () => {
    const span = makeCall({ tenant: 'globex' });
    expect((await http([span], everybody)).status).toBe(200);
    const [stored] = await traceOf(span.traceId, 1);
    expect(stored!.facts).toMatchObject({ tenant: 'globex' });
    expect(stored!.facts).not.toHaveProperty('tenantSource');
  });

  it('sent over gRPC has the tenant of the key in its metadata', async () => {
    for (const [name, value] of [
      ['authorization', `Bearer ${globex}`],
      ['x-api-key', globex],
    ] as const) {
      const span = makeCall({ tenant: 'acme' });
      const metadata = new Metadata();
      metadata.set(name, value);
      expect(await grpc.export(encodeSpans([span], 'protobuf'), { metadata })).toMatchObject({ code: 0 });
      expect(tenants(await traceOf(span.traceId, 1))).toEqual(['globex']);
    }
  });

  it('waits in the log with the tenant of its key, also for the next start of the server', async () => {
    const first = await startLockedServer();
    const key = await first.make({ scope: 'ingest', tenant: 'acme' });
    const body = encodeSpans([makeCall({ tenant: 'globex' })], 'protobuf');
    const headers = { 'content-type': 'application/x-protobuf', 'x-api-key': key };
    // The answer leaves before the drain has run; stopping waits for it, starting reads what is left.
    expect((await send(`${first.url}/v1/traces`, { headers, body })).status).toBe(200);
    await first.close();
    const again = await startLockedServer({ dataDir: first.dataDir, auth: { adminKey: first.admin } });
    const costs = await eventually(async () => {
      const { json } = await again.ask('GET', '/api/v1/costs?by=tenant', first.admin);
      return json.rows.length > 0 ? json : undefined;
    });
    expect(costs.rows).toMatchObject([{ key: ['acme'], calls: 1 }]);
    await again.end();
  });
});

describe('who is not let in', () => {
  it.each([
    ['nobody', () => undefined, 401, 16],
    ['a key for reading', () => server.make({ scope: 'read' }), 403, 7],
    ['a key of one agent', () => server.make({ scope: 'ingest', agent: 'triage' }), 403, 7],
    ['a key that nobody made', () => 'tally_ingest_x', 401, 16],
  ])('%s: HTTP %#, gRPC in the words of OTLP, never to be retried', async (_, make, status, code) => {
    const key = await make();
    const body = encodeSpans([makeCall()], 'protobuf');
    const overHttp = await send(`${server.url}/v1/traces`, {
      headers: { 'content-type': 'application/x-protobuf', ...(key !== undefined && { 'x-api-key': key }) },
      body,
    });
    expect([overHttp.status, overHttp.headers['content-type'], overHttp.headers['retry-after']]).toEqual([
      status,
      'application/x-protobuf',
      undefined,
    ]);
    const metadata = new Metadata();
    if (key !== undefined) metadata.set('x-api-key', key);
    const overGrpc = await grpc.export(body, { metadata });
    expect([overGrpc.code, overGrpc.details?.includes('RetryInfo')]).toEqual([code, false]);
  });

  it('a sender without a key hears so before it has sent its body', async () => {
    const sent = await send(`${server.url}/v1/traces`, {
      headers: { 'content-type': 'application/json', 'content-length': '1000000', expect: '100-continue' },
    });
    expect(sent.status).toBe(401);
  });
});

describe('task traces', () => {
  const task = {
    name: 'Classify support ticket',
    description: 'Categorized an inbound ticket.',
    current_datetime: '2026-11-20T16:00:10Z',
    duration: 1,
  };
  const post = (key: string | undefined, agent = 'triage') =>
    send(`${server.url}/agents/${agent}/trace`, {
      headers: {
        ...{ 'content-type': 'application/json', 'x-agent-id': agent },
        ...(key !== undefined && { 'x-agent-key': key }),
      },
      body: JSON.stringify(task),
    });

  it('EXT-18 are taken with the key of their agent, and are of the tenant of that key', async () => {
    const key = await server.make({ scope: 'ingest', agent: 'triage', tenant: 'acme' });
    const sent = await post(key);
    expect(sent.status).toBe(200);
    const { traceId } = (JSON.parse(sent.text) as { data: { traceId: string } }).data;
    expect(tenants(await traceOf(traceId, 1))).toEqual(['acme']);
    expect((await post(acme)).status).toBe(200);
  });

  it('with no secret, a wrong one, or that of another agent are 401', async () => {
    const key = await server.make({ scope: 'ingest', agent: 'other', tenant: 'acme' });
    for (const wrong of [undefined, 'secret', key, `${key.slice(0, -1)}?`])
      expect([wrong, (await post(wrong)).status]).toEqual([wrong, 401]);
    expect((await post(key, 'other')).status).toBe(200);
  });
});

describe('a tenant that knows the ids of another one’s trace', () => {
  const ID = 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5q';
  const response = { 'gen_ai.response.id': ID };

  it('neither suppresses its calls, nor gives its spans a home, nor takes its name', async () => {
    const outer = makeCall({ agent: 'analyst', input: 500 }, { attributes: response });
    const { traceId } = outer;
    expect((await http([outer], acme)).status).toBe(200);
    await traceOf(traceId, 1);
    // The same answer, told better; a call inside it; and the very same span.
    const same = makeCall({ input: 500 }, { traceId, start: outer.start + 1n, attributes: response });
    const inner = makeCall({ input: 500 }, { traceId, parentSpanId: outer.spanId });
    expect((await http([same, inner, { ...outer, name: 'mine' }], globex)).status).toBe(200);
    await traceOf(traceId, 4);
    const { json } = await server.ask('GET', `/api/v1/costs?by=tenant&traceId=${traceId}`, server.admin);
    expect(
      Object.fromEntries(json.rows.map(({ key, calls }: { key: string[]; calls: number }) => [key[0], calls])),
    ).toMatchObject({ acme: 1 });
    const read = await server.make({ scope: 'read', tenant: 'acme' });
    const own = await traceOf(traceId, 1, read);
    expect(own).toMatchObject([{ spanId: outer.spanId, name: outer.name, billable: true }]);
  });

  it('gets nothing of spans that name no tenant by sending a parent for them', async () => {
    const child = makeCall({}, { parentSpanId: 'ab'.repeat(8) });
    const parent = makeCall({ agent: 'thief' }, { traceId: child.traceId, spanId: 'ab'.repeat(8) });
    expect((await http([parent], globex)).status).toBe(200);
    expect((await http([child], everybody)).status).toBe(200);
    const spans = await traceOf(child.traceId, 2);
    const stored = spans.find(({ spanId }) => spanId === child.spanId)!;
    expect(stored.facts).not.toHaveProperty('tenant');
    const read = await server.make({ scope: 'read', tenant: 'globex' });
    expect((await traceOf(child.traceId, 1, read)).map(({ spanId }) => spanId)).toEqual([parent.spanId]);
  });
});

it('the live tail tells a tenant of its own spans only, and ends within a second when its key is revoked', async () => {
  const { secret, key } = await server.makeKey({ scope: 'read', tenant: 'acme' });
  const response = await fetch(`${server.url}/api/v1/tail`, { headers: { 'x-api-key': secret } });
  let heard = '';
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const piece of response.body!) heard += decoder.decode(piece);
  })();
  const [foreign, own] = [makeCall(), makeCall()];
  await http([foreign], globex);
  await traceOf(foreign.traceId, 1);
  await http([own], acme);
  await eventually(() => heard.includes(own.traceId) || undefined, 'the own trace');
  expect(heard).not.toContain(foreign.traceId);
  await server.ask('DELETE', `/api/v1/keys/${key.id}`, server.admin);
  await ended;
});
