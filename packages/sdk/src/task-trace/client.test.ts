import { diag, DiagLogLevel } from '@opentelemetry/api';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decorated } from '../../test/decorated.ts';
import { harness, hello } from '../../test/harness.ts';
import { program } from '../../test/program.ts';
import { agent, role } from '../agent.ts';
import { flush } from '../pipeline.ts';
import { state } from '../state.ts';
import { tool } from '../tool.ts';
import { watch } from '../watch.ts';
import { type Client, createClient } from './client.ts';
import type { TaskTrace } from './task-trace.ts';
import { trace } from './trace.ts';

const h = harness();
const ask = (model = 'gpt-4o') => watch(h.openai()).chat.completions.create({ ...hello, model });
const SECRET = 'tally_ingest_canary';

interface Taken {
  url: string;
  headers: IncomingHttpHeaders;
  body: { [name: string]: unknown; steps: { span_id: string }[]; llm_usage?: { models: unknown[] } };
}

/** A server of tasks that answers what it is told to, else 200. */
const taken: Taken[] = [];
const answers: (number | 'hang')[] = [];
/** Whatever else it is sent. */
const others: Taken[] = [];
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (part: Buffer) => (text += part.toString()));
  request.on('end', () => {
    const isTask = request.headers['content-type'] === 'application/json';
    const list = isTask ? taken : others;
    list.push({ url: request.url!, headers: request.headers, body: JSON.parse(isTask ? text : '{}') as Taken['body'] });
    const answer = answers.shift() ?? 200;
    if (answer !== 'hang') response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
  });
});
let endpoint: string;
const said: [string, unknown][] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ignore = () => {};
  const warn = (text: string, ...more: unknown[]) => void said.push([text, more[0]]);
  diag.setLogger(
    { warn, error: ignore, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
});
beforeEach(() => {
  for (const list of [taken, others, answers, said]) list.length = 0;
  state.warned.clear();
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  diag.disable();
  server.closeAllConnections();
  server.close();
});

/** Clients of one agent share what became of its traces, so each test has an agent of its own. */
let made = 0;
const client = (options: Parameters<typeof createClient>[0] = {}): Client =>
  createClient({ agentId: `summariser-${++made}`, agentSecret: SECRET, endpoint, ...options });

describe('createClient()', () => {
  it('INF-41 INF-42 INF-46 a trace is sent when its function has returned, under its name, with the id and the secret of the agent', async () => {
    const summariser = client({ agentId: 'summariser' });
    const summarise = summariser.trace('Summarise article', { description: 'Makes it short.' }, async () => {
      await ask();
      return role('writer', () => tool('search', () => ask('gpt-4o-mini'))());
    });
    expect((await summarise()).object).toBe('chat.completion');
    expect(taken).toEqual([]);
    await flush(5_000);
    expect(taken).toHaveLength(1);
    const [{ url, headers, body }] = taken as [Taken];
    expect(url).toBe('/agents/summariser/trace');
    expect(headers).toMatchObject({
      'x-agent-id': 'summariser',
      'x-agent-key': SECRET,
      'content-type': 'application/json',
    });
    const spans = await h.spans();
    const root = spans.find(({ name }) => name === 'invoke_workflow Summarise article')!;
    expect(root.attributes['gen_ai.agent.name']).toBe('summariser');
    expect(body).toMatchObject({
      name: 'Summarise article',
      description: 'Makes it short.',
      trace_id: root.traceId,
      span_id: root.spanId,
      identity: { agent: 'summariser', run_id: root.spanId },
      llm_usage: { api_calls_count: 2, total_tokens: expect.any(Number), cost_usd: expect.any(Number) },
      errors: [],
    });
    expect(body.llm_usage!.models).toHaveLength(2);
    expect(body.steps).toMatchObject([
      { step_number: 1, action: 'chat gpt-4o', llm_call: { provider: 'openai', prompt_tokens: expect.any(Number) } },
      { step_number: 2, action: 'role writer', role: 'writer' },
      { step_number: 3, action: 'execute_tool search', tool: 'search' },
      { step_number: 4, action: 'chat gpt-4o-mini', role: 'writer', llm_call: { latency_ms: expect.any(Number) } },
    ]);
    const ids = body.steps.map(({ span_id }) => span_id);
    expect(new Set([root.spanId, ...ids])).toEqual(new Set(spans.map(({ spanId }) => spanId)));
    expect(summariser).toMatchObject({ problem: undefined, counts: { sent: 1, dropped: 0 } });
  });

  it('INF-42 takes its credentials from the environment', async () => {
    vi.stubEnv('TALLYSPAN_AGENT_ID', 'naïve agent');
    vi.stubEnv('TALLYSPAN_AGENT_SECRET', SECRET);
    vi.stubEnv('TALLYSPAN_ENDPOINT', `${endpoint}/api/v1/`);
    const own = createClient();
    own.trace('From the environment', () => {})();
    await own.flush();
    expect(taken.map(({ url, headers }) => [url, headers['x-agent-key'], headers['x-agent-id']])).toEqual([
      ['/api/v1/agents/na%C3%AFve%20agent/trace', SECRET, undefined],
    ]);
  });

  it.each([
    ['an agent id', { agentId: '' }, 'agent id'],
    ['a secret', { agentSecret: '' }, 'secret'],
    ['a secret that fits into a header', { agentSecret: 'two\nlines' }, 'secret that fits into a header'],
  ])('without %s it traces all the same, sends nothing, and says so once', async (_, options, missing) => {
    const own = client(options);
    expect(own.trace('Quiet', () => 7)()).toBe(7);
    await own.flush();
    client(options);
    expect(taken).toEqual([]);
    expect(own.problem).toMatchObject({ code: 'AGENT_CREDENTIALS_MISSING', what: expect.stringContaining(missing) });
    expect(said).toEqual([[`tallyspan: ${own.problem!.message}`, own.problem]]);
  });

  it.each([401, 403])(
    'INF-42 a wrong secret (%i) is one warning and a typed error, and the agent works on',
    async (status) => {
      const own = client();
      const run = own.trace('Refused', async () => 'done');
      answers.push(status);
      expect(await run()).toBe('done');
      await own.flush();
      expect(await run()).toBe('done');
      await own.flush();
      expect(taken).toHaveLength(1);
      expect(own.problem).toMatchObject({
        name: 'TallyError',
        code: 'AGENT_REFUSED',
        what: expect.stringContaining(String(status)),
      });
      expect(said).toEqual([[expect.stringMatching(/refuses the task traces of agent summariser-\d/), own.problem]]);
      expect(said.join()).not.toContain(SECRET);
      expect(own.counts).toEqual({ sent: 0, dropped: 2 });
    },
  );

  it('INF-46 without a server the function is unaffected, one line says so, and the trace is sent when there is one again', async () => {
    const own = client();
    const run = own.trace('Patient', async () => 'done');
    answers.push(503, 503);
    await expect(run()).resolves.toBe('done');
    await own.flush();
    await own.flush();
    expect(said).toHaveLength(1);
    expect(own.problem).toMatchObject({ code: 'TASK_NOT_SENT' });
    await own.flush();
    expect(taken.map(({ body }) => body['name'])).toEqual(['Patient', 'Patient', 'Patient']);
    expect(own.counts).toEqual({ sent: 1, dropped: 0 });
  });

  it('what the server cannot read is not sent again, and does not hold up the next one', async () => {
    const own = client();
    answers.push(400);
    for (const name of ['first', 'second']) own.trace(name, () => {})();
    await own.flush();
    expect(taken.map(({ body }) => body['name'])).toEqual(['first', 'second']);
    expect(own.counts).toEqual({ sent: 1, dropped: 1 });
  });

  it('sends a failure as its own, and a step that was tried again as none', async () => {
    const own = client();
    const bad = watch(h.openai().withOptions({ apiKey: 'invalid' }));
    await own.trace('Tried again', async () => bad.chat.completions.create(hello).catch(() => ask()))();
    await expect(
      own.trace('Failed', async () => {
        throw new RangeError('canary: not for the wire');
      })(),
    ).rejects.toThrow(RangeError);
    await own.flush();
    const [again, failed] = taken.map(({ body }) => body);
    expect(again).toMatchObject({
      errors: [],
      steps: [{ llm_call: { error_type: '401' } }, { llm_call: { model: expect.any(String) } }],
    });
    expect(failed!['errors']).toEqual([{ error_type: 'RangeError', message: 'RangeError' }]);
    expect(JSON.stringify(taken)).not.toContain('canary: not');
  });

  it('a program may make a client for every request: its traces leave in one line', async () => {
    const [one, other] = [client({ agentId: 'served' }), client({ agentId: 'served' })];
    one.trace('first', () => {})();
    other.trace('second', () => {})();
    await one.flush();
    expect(taken.map(({ body }) => body['name'])).toEqual(['first', 'second']);
    expect([one.counts, other.counts]).toEqual([
      { sent: 2, dropped: 0 },
      { sent: 2, dropped: 0 },
    ]);
  });

  it('keeps a stream that is read after its function has returned', async () => {
    const own = client();
    const run = own.trace('Stream', () => watch(h.openai()).chat.completions.create({ ...hello, stream: true }));
    for await (const chunk of await run()) expect(chunk.object).toBe('chat.completion.chunk');
    await own.flush();
    expect(taken[0]!.body.steps).toMatchObject([{ llm_call: { completion_tokens: expect.any(Number) } }]);
  });

  it('inside of an agent a task is the agent’s, and autoSend: false leaves the sending to the program', async () => {
    const own = client();
    const traces: TaskTrace[] = [];
    const task = own.trace('By hand', { autoSend: false, onEnd: (each) => traces.push(each) }, () => {});
    agent({ name: 'analyst', tenant: 'acme' }, task)();
    trace('Of nobody', () => {})();
    await own.flush();
    expect(taken).toEqual([]);
    own.send(traces[0]!);
    await own.flush();
    expect(taken.map(({ body }) => body['identity'])).toEqual([
      expect.objectContaining({ agent: 'analyst', tenant: 'acme' }),
    ]);
  });

  it('INF-41 decorates methods', async () => {
    const make = await decorated<(c: Client) => { summarise(word: string): Promise<string> }>(
      `export function make(client: any) {
        class Job { word = 'own'; @client.trace('Summarise') async summarise(word: string) { return this.word + word; } }
        return new Job();
      }`,
    );
    const own = client();
    expect(await make(own).summarise('!')).toBe('own!');
    await own.flush();
    expect(taken.map(({ body }) => body['name'])).toEqual(['Summarise']);
  });
});

describe('a process with a client', () => {
  const source = (options: string, rest = '') => `
    const client = sdk.createClient(${options});
    const run = client.trace('At the end', async () => sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.FAKE, maxRetries: 0 })).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] }));
    await run();
    ${rest}`;
  const env = () => ({ FAKE: h.fake.openaiBaseUrl, TALLYSPAN_AGENT_ID: 'summariser', TALLYSPAN_AGENT_SECRET: SECRET });

  it('INF-42 INF-46 sends what waits when it ends by itself, and its spans with the same secret, which nobody else sees', async () => {
    const ran = await Promise.all([
      program(source('{ endpoint: env.TASKS }'), { ...env(), TASKS: endpoint }),
      // The same server under another name is another one; and one that has headers of its own gets no task unasked.
      program(source('{ endpoint: env.TASKS }'), {
        ...env(),
        TASKS: endpoint,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.replace('127.0.0.1', 'localhost'),
      }),
      program(source('{}'), {
        ...env(),
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-team=theirs',
      }),
    ]);
    for (const each of ran) expect(each).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(taken.map(({ url }) => url)).toEqual(['/agents/summariser/trace', '/agents/summariser/trace']);
    const spans = others.filter(({ url }) => url === '/v1/traces').map(({ headers }) => headers);
    expect(spans.map((headers) => [headers.host, headers['x-team'], headers['x-api-key']]).toSorted()).toEqual([
      [new URL(endpoint).host, undefined, SECRET],
      [new URL(endpoint).host, 'theirs', undefined],
      [new URL(endpoint).host.replace('127.0.0.1', 'localhost'), undefined, undefined],
    ]);
  }, 60_000);

  it('INF-46 a server that hangs delays its end by no more than two seconds', async () => {
    answers.push('hang', 'hang', 'hang');
    // The timer does not keep the process alive; it speaks when something else does, longer than we may.
    const late = "setTimeout(() => console.log('still here'), 4_000).unref();";
    const ran = await program(source('{ endpoint: env.TASKS }', late), {
      ...env(),
      TASKS: endpoint,
      OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url,
    });
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' });
  }, 60_000);
});
