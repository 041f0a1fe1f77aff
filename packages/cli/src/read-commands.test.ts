import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Span, Trace } from '@tallyspan/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { makeRequest, newSpanId } from '../test/make-request.ts';
import { endAll, runCli, spawnCli, startCli, type StartedCli } from '../test/run-cli.ts';
import { renderTop } from './top.ts';
import { renderTrace } from './trace-tree.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

let folder: string;
let server: StartedCli;
const send = async (...calls: Parameters<typeof makeRequest>[0]) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body: makeRequest(calls) });
  expect(response.status).toBe(200);
};
const ask = async (...args: string[]) => {
  const { stdout, stderr } = await runCli([...args, '--url', server.url]);
  expect(stderr).toBe('');
  return stdout;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
  server = await startCli(folder);
  await send({ traceId: TRACE, startMs: Date.now() - 30_000 });
  await eventually(async () => ((await fetch(`${server.url}/api/v1/traces/${TRACE}`)).ok ? true : undefined));
});
afterAll(async () => {
  await server.end('SIGTERM');
  endAll();
  await rm(folder, { recursive: true, force: true });
});

describe('commands that ask a running server', () => {
  it('tallyspan trace prints a trace as a tree, by its id or the newest', async () => {
    const printed = await ask('trace', TRACE);
    expect(printed).toBe(
      [
        `chat gpt-4o  ${TRACE}`,
        'chat gpt-4o  1.00 s  1,000 → 100 tokens  $0.0035',
        'Ok: 1 call, 1.00 s, $0.0035\n',
      ].join('\n'),
    );
    expect(await ask('trace')).toBe(printed);
    expect(JSON.parse(await ask('trace', TRACE, '--json'))).toMatchObject({ summary: { traceId: TRACE } });
  });

  it('an unknown trace is one clear line and code 1', async () => {
    const { code, stderr } = await runCli(['trace', 'f'.repeat(32), '--url', server.url]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^tallyspan: There is no trace f{32}\.[^\n]*\n$/)]);
  });

  it('tallyspan top shows dollars a minute of the last five', async () => {
    expect(await ask('top', '--times', '1', '--by', 'agent,model')).toContain(
      'Last 5 minutes: $0.0007 a minute, 1 call, 0 errors; 0 traces under way\n\nagent › model',
    );
  });

  it('tallyspan costs --since leaves out what is older', async () => {
    await send({ agent: 'older', startMs: Date.now() - 3 * 3_600_000 });
    await eventually(async () => ((await ask('costs')).includes('older') ? true : undefined));
    const recent = await ask('costs', '--since', '1h');
    expect(recent).toContain('content-crew');
    expect(recent).not.toContain('older');
    const { stderr } = await runCli(['costs', '--since', 'soon']);
    expect(stderr).toMatch(/^tallyspan: --since is "soon"\./);
  });

  it('tallyspan tail prints each trace as it comes, until it is interrupted', async () => {
    const child = spawnCli(['tail', '--url', server.url]);
    let printed = '';
    child.stdout!.on('data', (piece: Buffer) => (printed += piece.toString()));
    // It may not listen yet when the first ones come.
    const traceId = await eventually(async () => {
      const sent = newSpanId() + newSpanId();
      await send({ traceId: sent, agent: 'tailed' });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return /tailed .* ([0-9a-f]{32})$/m.exec(printed)?.[1];
    });
    expect(traceId).toHaveLength(32);
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('close', resolve));
  });
});

describe('tallyspan price', () => {
  it('says what a call would cost, line by line, without a server', async () => {
    const { stdout } = await runCli(['price', 'gpt-4o', '--input', '1200', '--cached', '200', '--output', '300']);
    expect(stdout.split('\n').slice(1)).toEqual([
      '  input               1,000 tokens × $2.5 per million = $0.0025',
      '  cache_read            200 tokens × $1.25 per million = $0.00025',
      '  output                300 tokens × $10 per million = $0.003',
      'Total: $0.00575',
      '',
    ]);
  });

  it('a model that nobody knows is one clear line and code 1', async () => {
    expect(await runCli(['price', 'no-such-model'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^tallyspan: Nobody knows what "no-such-model" costs\./),
    });
  });
});

describe('a tree of spans', () => {
  const span = (spanId: string, parentSpanId: string | null, more: Partial<Span> = {}) =>
    ({
      spanId,
      parentSpanId,
      name: spanId,
      durationMs: 5,
      status: 'unset',
      cost: null,
      billable: false,
      ...more,
    }) as Span;
  const trace = (...spans: Span[]) =>
    ({
      summary: {
        traceId: TRACE,
        name: 'crew',
        calls: 0,
        durationMs: 5,
        status: 'error',
        costUsd: '0',
        unpricedCalls: 0,
      },
      spans,
    }) as Trace;

  it('shows orphans at the top and spans that are each other’s parents, so nothing is missing', () => {
    const lines = renderTrace(
      trace(
        span('root', null),
        span('child', 'root'),
        span('last', 'root', { status: 'error', errorType: '429' }),
        span('orphan', 'gone'),
        span('a', 'b'),
        span('b', 'a'),
      ),
      false,
    ).split('\n');
    expect(lines.slice(1)).toEqual([
      'root  5 ms',
      '├─ child  5 ms',
      '└─ last  5 ms  ✗ 429',
      'orphan  5 ms',
      '↻ a  5 ms',
      '↻ b  5 ms',
      'Failed: 0 calls, 5 ms, $0.00',
    ]);
  });

  it('a hundred thousand levels do not end the program, and a name cannot drive the terminal', () => {
    const deep = Array.from({ length: 100_000 }, (_, level) => span(`s${level}`, level === 0 ? null : `s${level - 1}`));
    const lines = renderTrace(trace(...deep), false).split('\n');
    expect(lines).toHaveLength(100_002);
    expect(lines[50_000]!.length).toBeLessThan(200);
    expect(renderTrace(trace(span('x', null, { name: '\u001b[2Jgone' })), false)).not.toContain('\u001b');
  });
});

it('a table of spenders fits the terminal and says what it leaves out', () => {
  const row = (name: string) => ({
    key: [name],
    calls: 1,
    errors: 0,
    costUsd: '0.5',
    unpricedCalls: 0,
    inputTokens: 1,
    outputTokens: 1,
  });
  const costs = { by: ['agent'], rows: ['a', 'b', 'c', 'd'].map(row), total: row('all'), truncated: false };
  const lines = renderTop(costs as unknown as Parameters<typeof renderTop>[0], 0, 8, 12).split('\n');
  expect(lines).toHaveLength(7);
  expect(lines.at(-1)).toBe('and 1 further row');
  expect(Math.max(...lines.slice(2, 6).map((line) => line.length))).toBeLessThanOrEqual(12);
});
