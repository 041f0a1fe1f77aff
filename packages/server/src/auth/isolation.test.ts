/** Tenants that use the very same ids, at random, against what each of them would have alone. */
import type { WireSpan } from '@tallyspan/facts';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually } from '../../test/start-test-server.ts';
import { type Costs, type Route, routes, type Trace, type TraceList } from '../api.ts';

/** Words that stand in no answer of themselves. */
const tenants = ['zq-acme', 'zq-globex', 'zq-initech'] as const;
/** Each is a server of its own with about a hundred requests to it. Longer in `npm run proof`. */
const RUNS = Number(process.env['ISOLATION_RUNS'] ?? 2);
vi.setConfig({ testTimeout: RUNS * 30_000 });

const TRACES = 3;
const SPANS = 6;

/** Ids are hex in upper and lower case; what everybody shares must not be told apart by anything but the key. */
const traceIdOf = (trace: number) => `${trace + 1}`.repeat(32);
const spanIdOf = (span: number) => `${span + 1}`.repeat(16);
/** In everything that a tenant writes, so that one word of it in another one's answer is found. */
const canaryOf = (tenant: string) => `canary-${tenant}`;

interface Sent {
  tenant: number;
  trace: number;
  span: number;
  tokens: number;
  /** Whether it goes with the key of all tenants, and says itself whose it is. */
  trusted: boolean;
}

function spanOf({ tenant, trace, span, tokens }: Sent): WireSpan {
  const canary = canaryOf(tenants[tenant]!);
  // The first of a trace is its agent, around all the others; the same answer is told by every tenant.
  const isRoot = span === 0;
  return makeWireSpan({
    traceId: traceIdOf(trace),
    spanId: spanIdOf(span),
    parentSpanId: isRoot ? '' : spanIdOf(0),
    name: `${canary} span`,
    attributes: isRoot
      ? { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': canary, 'tally.run.id': `run-${trace}` }
      : {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': `${canary}-model`,
          'gen_ai.usage.input_tokens': tokens,
          'gen_ai.response.id': `chatcmpl-the-same-for-all-${trace}-${span}`,
          'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: canary }] }]),
          'session.id': `${canary}-session`,
          'user.id': `${canary}-user`,
          'tally.tenant': tenants[tenant]!,
          'custom.key': canary,
        },
    resource: { 'service.name': canary, 'tally.tenant': tenants[tenant]! },
  });
}

const operations = fc.array(
  fc.record({
    tenant: fc.nat(tenants.length - 1),
    trace: fc.nat(TRACES - 1),
    span: fc.nat(SPANS - 1),
    tokens: fc.integer({ min: 1, max: 1_000 }),
    trusted: fc.boolean(),
  }),
  { minLength: 60, maxLength: 120 },
);

/** A span is who sends it first: tenant, trace, span. */
class Oracle {
  readonly spans = new Map<string, Sent>();

  add(sent: Sent): void {
    const key = `${sent.tenant} ${sent.trace} ${sent.span}`;
    if (!this.spans.has(key)) this.spans.set(key, sent);
  }

  of(tenant: number, trace?: number): Sent[] {
    return [...this.spans.values()].filter((each) => each.tenant === tenant && (trace ?? each.trace) === each.trace);
  }
}

const lists = (Object.values(routes) as Route[]).filter(
  ({ method, scope = 'read', params, produces }) =>
    method === 'get' && scope !== 'none' && params === undefined && produces !== 'text/event-stream',
);

async function check(server: LockedServer, oracle: Oracle, tenant: number, key: string): Promise<void> {
  const foreign = tenants.filter((_, index) => index !== tenant);
  const clean = (text: string, where: string) => {
    for (const other of foreign) expect([where, text.includes(other)]).toEqual([where, false]);
  };
  const ask = async <Answer>(path: string): Promise<{ status: number; json: Answer }> => {
    const answer = await server.ask('GET', path, key);
    clean(answer.text, path);
    return answer;
  };
  for (let trace = 0; trace < TRACES; trace++) {
    const own = oracle.of(tenant, trace);
    const { status, json } = await ask<Trace>(`/api/v1/traces/${traceIdOf(trace)}`);
    expect(status).toBe(own.length === 0 ? 404 : 200);
    const got = status === 404 ? [] : json.spans.map(({ spanId, inputTokens }) => [spanId, inputTokens]);
    expect(got.sort()).toEqual(own.map(({ span, tokens }) => [spanIdOf(span), span === 0 ? null : tokens]).sort());
  }
  const calls = oracle.of(tenant).filter(({ span }) => span > 0);
  const inputTokens = calls.reduce((sum, { tokens }) => sum + tokens, 0);
  for (const by of ['tenant', 'agent,model', 'user,session', 'provider'])
    expect((await ask<Costs>(`/api/v1/costs?by=${by}`)).json.total).toMatchObject({ calls: calls.length, inputTokens });
  const listed = (await ask<TraceList>('/api/v1/traces')).json.traces.map(({ traceId }) => traceId);
  expect(listed.sort()).toEqual([...new Set(oracle.of(tenant).map(({ trace }) => traceIdOf(trace)))].sort());
  for (const { path } of lists) await ask(path);
  for (const field of ['tenant', 'agent', 'model', 'user', 'session', 'name', 'attr.', 'resource.', 'attr.custom.key'])
    await ask(`/api/v1/facets?field=${field}`);
  for (const other of foreign)
    expect((await server.ask('GET', `/api/v1/costs?by=model&tenant=${other}`, key)).json.total.calls).toBe(0);
}

it('tenants with the same ids see exactly what is theirs, in every answer', async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (sends) => {
      const server = await startLockedServer();
      try {
        const everybody = await server.make({ scope: 'ingest' });
        const ingest = await Promise.all(tenants.map((tenant) => server.make({ scope: 'ingest', tenant })));
        const read = await Promise.all(tenants.map((tenant) => server.make({ scope: 'read', tenant })));
        const oracle = new Oracle();
        for (const sent of sends) {
          // What says no tenant itself must come with a key of one.
          const trusted = sent.trusted && sent.span > 0;
          const headers = { ...PROTOBUF, 'x-api-key': trusted ? everybody : ingest[sent.tenant]! };
          const { status } = await send(`${server.url}/v1/traces`, {
            headers,
            body: encodeSpans([spanOf(sent)], 'protobuf'),
          });
          expect(status).toBe(200);
          oracle.add(sent);
        }
        await eventually(async () => {
          const { json } = await server.ask('GET', '/api/v1/costs?by=tenant', server.admin);
          const calls = [...oracle.spans.values()].filter(({ span }) => span > 0).length;
          return (json as Costs).total.calls === calls || undefined;
        }, 'all calls counted');
        await eventually(async () => (await server.ask('GET', '/readyz')).status === 200 || undefined);
        for (const [tenant, key] of read.entries()) await check(server, oracle, tenant, key);
      } finally {
        await server.end();
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
