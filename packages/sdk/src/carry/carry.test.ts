import { limits } from '@tallyspan/facts';
import { describe, expect, it, vi } from 'vitest';
import { harness, hello } from '../../test/harness.ts';
import { program } from '../../test/program.ts';
import { agent, role } from '../agent.ts';
import { currentIdentity } from '../context.ts';
import { state } from '../state.ts';
import { watch } from '../watch.ts';
import { carryEnvironment } from './carried-environment.ts';
import { type Carrier, carry, inherit } from './carrier.ts';
import { fromHeaders, outgoingHeaders } from './headers.ts';

const h = harness();
const call = () => watch(h.openai()).chat.completions.create(hello);
const analyst = { name: 'analyst', tenant: 'acme-corp', session: 's 1', user: 'ada@example.org' };
const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** What a program of its own did, by what is said of it. */
const told = (spans: typeof h.sink.spans) =>
  spans.map(({ name, attributes }) => [name, attributes['gen_ai.agent.name'], attributes['tally.tenant']]);
const run = async (source: string, env: Record<string, string> = {}) => {
  const from = h.sink.spans.length;
  const ran = await program(source, { FAKE: h.fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url, ...env });
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  return Object.assign(h.sink.spans.slice(from), { stdout: ran.stdout.trim() });
};
const CALL = `await sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.FAKE, maxRetries: 0 })).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] });`;

describe('carry() and inherit()', { timeout: 60_000 }, () => {
  it('work that is inherited is in the trace it came from, with its identity, whatever is around it', async () => {
    let carrier: Carrier | undefined;
    agent(analyst, () => role('writer', () => void (carrier = carry())))();
    const copy = structuredClone(carrier!);
    expect(currentIdentity()).toEqual({});
    await inherit(JSON.parse(JSON.stringify(copy)) as Carrier, call);
    const spans = await h.spans();
    const [writer, , chat] = spans;
    expect(chat).toMatchObject({ traceId: writer!.traceId, parentSpanId: writer!.spanId });
    expect(chat!.attributes).toMatchObject({
      'gen_ai.agent.name': 'analyst',
      'tally.tenant': 'acme-corp',
      'tally.role': 'writer',
      'session.id': 's 1',
      'user.id': 'ada@example.org',
      'tally.run.id': writer!.attributes['tally.run.id'],
    });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['odd values', { traceparent: 7, tracestate: {}, identity: { agent: 7, tenant: '\u0007', role: '' } }],
    ['an id of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, identity: [] }],
    [
      'what throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('a carrier that is %s counts as none', async (_, carrier) => {
    expect(await inherit(carrier as unknown as Carrier, async () => (await call()).object)).toBe('chat.completion');
    const { parentSpanId, attributes } = await h.span();
    expect([parentSpanId, attributes['gen_ai.agent.name'], attributes['tally.tenant']]).toEqual([
      '',
      undefined,
      undefined,
    ]);
  });

  it('LLM-47 worker threads continue with a carrier, or by themselves with the environment', async () => {
    const spans = await run(`
      const { Worker, isMainThread, workerData } = await import('node:worker_threads');
      const { fileURLToPath } = await import('node:url');
      if (isMainThread) {
        const work = (options) => new Promise((resolve, reject) => new Worker(fileURLToPath(import.meta.url), options).on('exit', resolve).on('error', reject));
        await sdk.agent({ name: 'analyst', tenant: 'acme-corp' }, () => Promise.all([
          sdk.role('posted', () => work({ workerData: sdk.carry() })),
          sdk.role('started', () => work({ env: { ...process.env, ...sdk.carryEnvironment() } })),
        ]))();
      } else if (workerData) await sdk.inherit(workerData, async () => { ${CALL} });
      else { ${CALL} }
    `);
    const calls = spans.filter(({ name }) => name.startsWith('chat'));
    const found = calls.map(({ traceId, parentSpanId, attributes }) => {
      const parent = spans.find(({ spanId }) => spanId === parentSpanId);
      return [
        parent?.name,
        parent?.traceId === traceId,
        attributes['tally.role'],
        attributes['gen_ai.agent.name'],
        attributes['tally.tenant'],
      ];
    });
    expect(found.toSorted()).toEqual([
      ['role posted', true, 'posted', 'analyst', 'acme-corp'],
      ['role started', true, 'started', 'analyst', 'acme-corp'],
    ]);
  });
});

describe('carryEnvironment()', { timeout: 60_000 }, () => {
  it('LLM-47 COST-36 a child process continues the trace and the run by itself; an agent of its own keeps its own name', async () => {
    const spans = await run(`
      const { spawnSync } = await import('node:child_process');
      const { fileURLToPath } = await import('node:url');
      if (!env.CHILD) {
        sdk.agent({ name: 'caller', tenant: 'acme-corp' }, () =>
          spawnSync(process.execPath, [fileURLToPath(import.meta.url)], { env: { ...env, ...sdk.carryEnvironment(), CHILD: '1' }, stdio: 'inherit' }))();
      } else {
        ${CALL}
        await sdk.agent({ name: 'callee' }, async () => { ${CALL} })();
      }
    `);
    const caller = spans.find(({ name }) => name === 'invoke_agent caller')!;
    const callee = spans.find(({ name }) => name === 'invoke_agent callee')!;
    expect(spans).toHaveLength(4);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.map(({ attributes }) => attributes['tally.run.id'])).size).toBe(1);
    expect(told(spans.filter((span) => span !== caller)).toSorted()).toEqual([
      ['chat gpt-4o', 'callee', 'acme-corp'],
      ['chat gpt-4o', 'caller', 'acme-corp'],
      ['invoke_agent callee', 'callee', 'acme-corp'],
    ]);
    expect(callee.parentSpanId).toBe(caller.spanId);
    expect(new Set(spans.map(({ resource }) => resource['process.pid'])).size).toBe(2);
  });

  it('says nothing where nothing is around, and a TRACEPARENT that somebody else set is left alone', async () => {
    expect(carryEnvironment()).toEqual({ TALLYSPAN_CARRIED: '1' });
    vi.stubEnv('TRACEPARENT', PARENT);
    vi.stubEnv('BAGGAGE', 'tally.tenant=other,theirs=kept');
    try {
      h.init();
      await call();
      expect((await h.span()).parentSpanId).toBe('');
      agent({ name: 'a' }, () =>
        expect(carryEnvironment()['BAGGAGE']).toMatch(/^gen_ai\.agent\.name=a,tally\.run\.id=\w+,theirs=kept$/),
      )();
      vi.stubEnv('TALLYSPAN_CARRIED', '1');
      await h.spans();
      h.init();
      expect(carry()).toEqual({ traceparent: PARENT, identity: { tenant: 'other' } });
    } finally {
      vi.unstubAllEnvs();
      state.environment = undefined;
    }
  });
});

describe('outgoingHeaders() and fromHeaders()', { timeout: 60_000 }, () => {
  it('COST-36 a call over HTTP is one trace across two processes, with both identities in it', async () => {
    const spans = await run(`
      const { spawn } = await import('node:child_process');
      const { createServer } = await import('node:http');
      const { once } = await import('node:events');
      const { fileURLToPath } = await import('node:url');
      if (env.CHILD) {
        const answer = sdk.agent({ name: 'callee', tenant: 'their-own' }, async () => { ${CALL} });
        const server = createServer((request, response) => {
          void sdk.fromHeaders(request.headers, answer).then(() => response.end('done', () => server.close()));
        }).listen(0, '127.0.0.1', () => console.log(server.address().port));
        server.keepAliveTimeout = 1;
      } else {
        const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { env: { ...env, CHILD: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
        const [port] = await once(child.stdout, 'data');
        await sdk.agent({ name: 'caller', tenant: 'acme-corp' }, async () => {
          await (await fetch('http://127.0.0.1:' + String(port).trim(), { headers: sdk.outgoingHeaders() })).text();
        })();
        await once(child, 'exit');
      }
    `);
    const caller = spans.find(({ name }) => name === 'invoke_agent caller')!;
    const callee = spans.find(({ name }) => name === 'invoke_agent callee')!;
    expect(spans).toHaveLength(3);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(callee.parentSpanId).toBe(caller.spanId);
    expect(told([caller, callee])).toEqual([
      ['invoke_agent caller', 'caller', 'acme-corp'],
      ['invoke_agent callee', 'callee', 'their-own'],
    ]);
    expect(callee.attributes['tally.run.id']).toBe(caller.attributes['tally.run.id']);
  });

  it('what tells of a person leaves only when asked to, and what tells of a description never', () => {
    const headers = (options?: Parameters<typeof outgoingHeaders>[0]) =>
      agent({ ...analyst, description: 'Secret plans.' }, () => outgoingHeaders(options))();
    const { traceparent, baggage } = headers();
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(baggage).toContain('gen_ai.agent.name=analyst');
    expect(baggage).toContain('tally.tenant=acme-corp');
    expect(baggage).toContain('session.id=s%201');
    expect(baggage).not.toMatch(/ada|Secret/);
    expect(headers({ personal: true })['baggage']).toContain('user.id=ada%40example.org');
    expect(outgoingHeaders()).toEqual({});
  });

  it('a tenant, a user and a workload id are believed only where the program trusts its caller', () => {
    const headers = {
      baggage: 'tally.tenant=evil,user.id=root,tally.spiffe_id=spiffe://evil/a,gen_ai.agent.name=analyst',
    };
    const read = (trust?: ('tenant' | 'userId')[]) => fromHeaders(headers, currentIdentity, trust && { trust });
    expect(read()).toEqual({ agent: 'analyst' });
    expect(read(['tenant'])).toEqual({ agent: 'analyst', tenant: 'evil' });
    expect(read(['tenant', 'userId'])).toEqual({ agent: 'analyst', tenant: 'evil', userId: 'root' });
  });

  it.each<[string, string, object]>([
    ['names of others', 'agent=a,TALLY.ROLE=b,__proto__=c,constructor=d', {}],
    ['properties and spaces', ' tally.role = writer ;secret=1 , gen_ai.agent.name=a', { role: 'writer', agent: 'a' }],
    ['the first of two', 'tally.role=first,tally.role=second', { role: 'first' }],
    ['broken escapes', 'tally.role=%E0%A4%A,gen_ai.agent.name=a', { agent: 'a' }],
    ['control characters', 'tally.role=a%0d%0aSet-Cookie:x,gen_ai.agent.name=%1b[31m', {}],
    ['text that turns around', 'tally.role=%e2%80%aeevil', {}],
    ['empty ones', 'tally.role=,=x,,,gen_ai.agent.name', {}],
    [
      'the longest name',
      `tally.role=${'x'.repeat(limits.identityCharsMax)}`,
      { role: 'x'.repeat(limits.identityCharsMax) },
    ],
    ['one character more', `tally.role=${'x'.repeat(limits.identityCharsMax + 1)}`, {}],
    ['the last member', `${'a=1,'.repeat(limits.baggageMembersMax - 1)}tally.role=r`, { role: 'r' }],
    ['one member more', `${'a=1,'.repeat(limits.baggageMembersMax)}tally.role=r`, {}],
    ['the last byte', `x=${'y'.repeat(limits.baggageBytesMax - 15)},tally.role=r`, { role: 'r' }],
    ['one byte more', `x=${'y'.repeat(limits.baggageBytesMax - 14)},tally.role=r`, {}],
  ])('of hostile baggage, %s', (_, baggage, identity) => {
    expect(fromHeaders({ baggage }, currentIdentity)).toEqual(identity);
    expect(fromHeaders(new Headers({ baggage }), currentIdentity)).toEqual(identity);
  });

  it.each([
    ['a version of later', `cc-${PARENT.slice(3)}-more`, true],
    ['the version nobody may use', `ff-${PARENT.slice(3)}`, false],
    ['more than the version has', `${PARENT}-more`, false],
    ['capital letters', PARENT.toUpperCase(), false],
    ['no trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, false],
    ['a megabyte', PARENT.padEnd(1_000_000, ' '), false],
  ])('a traceparent with %s', (_, traceparent, isRead) => {
    const read = fromHeaders({ traceparent, tracestate: 'vendor=1' }, carry);
    expect(read.traceparent).toBe(isRead ? PARENT : undefined);
    expect(read.tracestate).toBe(isRead ? 'vendor=1' : undefined);
  });

  it('headers that are none let the function run all the same, and its own error is its own', () => {
    const failure = new Error('mine');
    expect(fromHeaders(undefined as unknown as Headers, () => 7)).toBe(7);
    expect(() =>
      fromHeaders({}, () => {
        throw failure;
      }),
    ).toThrow(failure);
  });

  it('the propagator of the application is asked, and its own baggage goes on', async () => {
    const { stdout } = await run(`
      const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
      const { W3CBaggagePropagator } = require('@opentelemetry/core');
      api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const own = {
        inject: (context, carrier, setter) => { setter.set(carrier, 'x-own', api.trace.getSpanContext(context).spanId); new W3CBaggagePropagator().inject(context, carrier, setter); },
        extract: (context, carrier, getter) => {
          const id = getter.get(carrier, 'x-own');
          return id ? api.trace.setSpanContext(context, { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: id, traceFlags: 1, isRemote: true }) : context;
        },
        fields: () => ['x-own'],
      };
      api.propagation.setGlobalPropagator(own);
      const sent = sdk.fromHeaders({ 'X-Own': '00f067aa0ba902b7' }, () => {
        const carried = sdk.carry();
        const theirs = api.propagation.setBaggage(api.context.active(), api.propagation.createBaggage({ theirs: { value: 'kept' }, 'tally.role': { value: 'forged' } }));
        return [carried.traceparent, api.context.with(theirs, () => sdk.role('writer', () => sdk.outgoingHeaders()))];
      });
      console.log(JSON.stringify(sent));
    `);
    const [read, sent] = JSON.parse(stdout) as [string, Record<string, string>];
    expect(read).toBe(PARENT);
    expect(sent['x-own']).toBe(sent['traceparent']!.split('-')[2]);
    expect(sent['baggage']).toBe('tally.role=writer,theirs=kept');
  });
});

describe('identitySpanProcessor()', { timeout: 60_000 }, () => {
  it('OBS-09 a span of another instrumentation inside an agent carries who it is for; what it says itself stays', async () => {
    const { stdout } = await run(`
      const { TracerProvider } = require('@opentelemetry/sdk-trace');
      const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
      api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const ended = [];
      const keep = { onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} };
      api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [sdk.identitySpanProcessor(), keep] }));
      sdk.init({ join: true, spiffe: { trustDomain: 'example.org' } });
      const http = api.trace.getTracer('@opentelemetry/instrumentation-http');
      const request = (attributes) => http.startActiveSpan('GET', { attributes }, async (span) => { await new Promise((r) => setTimeout(r, 2)); span.end(); });
      await Promise.all(['one', 'two'].map((name) => sdk.agent({ name, tenant: 'tenant-' + name, role: 'boss', description: 'Long.' }, async () => {
        await request({});
        await sdk.role('writer', () => request({ 'gen_ai.agent.name': 'its own' }));
        await sdk.agent({ name: 'inner-' + name }, async () => { ${CALL} })();
      })()));
      await request({});
      console.log(JSON.stringify(ended.map(({ name, attributes: a }) => [name, a['gen_ai.agent.name'], a['tally.tenant'], a['tally.role'], a['tally.spiffe_id']])));
    `);
    const spans = JSON.parse(stdout) as (string | null)[][];
    for (const name of ['one', 'two']) {
      const of = spans.filter(([, , tenant]) => tenant === `tenant-${name}`);
      const id = (path: string) => `spiffe://example.org/agent/tenant-${name}/${path}`;
      expect(of).toEqual([
        ['GET', name, `tenant-${name}`, 'boss', id(`${name}/boss`)],
        ['GET', 'its own', `tenant-${name}`, 'writer', id(`${name}/writer`)],
        ['role writer', name, `tenant-${name}`, 'writer', id(`${name}/writer`)],
        // A new agent begins without the role of the one around it.
        ['chat gpt-4o', `inner-${name}`, `tenant-${name}`, null, id(`inner-${name}/main`)],
        [`invoke_agent inner-${name}`, `inner-${name}`, `tenant-${name}`, null, id(`inner-${name}/main`)],
        [`invoke_agent ${name}`, name, `tenant-${name}`, 'boss', id(`${name}/boss`)],
      ]);
    }
    expect(spans.filter(([, agentName]) => agentName === null)).toEqual([['GET', null, null, null, null]]);
  });
});
