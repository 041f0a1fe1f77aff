import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { agent, init, metricsHandler, prometheusText, tool, watch } from './index.ts';
import { state } from './state.ts';

const h = harness();
let server: Server;
let url: string;

beforeAll(async () => {
  const metrics = metricsHandler();
  server = createServer((request, response) => metrics(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
});
afterAll(() => server.close());

describe('metrics for Prometheus in the user’s own process', () => {
  it('OBS-76 OBS-77 everything counted is scraped, by agent and tenant, dollars of the last call included', async () => {
    h.init({ dialects: ['otel', 'hexr'] });
    const client = watch(h.openai());
    const search = tool('search', () => 1);
    await agent({ name: 'writer', tenant: 'acme' }, async () => {
      search();
      await client.chat.completions.create(hello);
    })();
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).split('\n');
    const whose = 'tally_tenant="acme",gen_ai_agent_name="writer"';
    expect(lines).toContain(
      `tally_llm_calls_total{gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",${whose}} 1`,
    );
    expect(lines.some((line) => /^tally_llm_cost_usd_total\{.*\} 0\.\d+/.test(line))).toBe(true);
    expect(lines).toContain('hexr_tool_invocations_total{tool="search",tenant="acme",agent="writer",status="ok"} 1');
    expect(lines).toContain('hexr_agent_active{agent="writer",tenant="acme"} 0');
    expect(lines).toContain('# TYPE hexr_agent_duration_seconds histogram');
    expect(lines).toContain('hexr_agent_invocations_total{agent="writer",tenant="acme",status="ok"} 1');
    expect(await prometheusText()).toBe(lines.join('\n'));
  });

  it('OBS-49 OBS-50 OBS-51 the guard is scraped under the documented names', async () => {
    h.init({ guard: true, dialects: ['hexr'] });
    const client = watch(h.openai());
    await client.chat.completions.create(hello);
    const text = await prometheusText();
    expect(text).toMatch(/^hexr_guard_scans_total\{direction="input",scanner="PromptInjection"\} 1$/m);
    expect(text).toMatch(/^hexr_guard_scan_duration_seconds_count\{direction="output"\} 1$/m);
    expect(text).not.toMatch(/^(hexr_guard_blocks|tally_)/m);
  });

  it('speaks OpenMetrics to who asks for it, answers HEAD without a body, and nothing else', async () => {
    tool('t', () => 1)();
    const open = await fetch(url, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0,text/plain;q=0.5' },
    });
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
    expect((await open.text()).endsWith('# EOF\n')).toBe(true);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('with metrics: false they are counted for who asks, and not pushed', async () => {
    h.init({ metrics: false });
    const before = h.sink.paths.filter((path) => path === '/v1/metrics').length;
    tool('quiet', () => 1)();
    await h.spans();
    expect(await prometheusText()).toContain(
      'tally_tool_invocations_total{gen_ai_tool_name="quiet",tally_tool_status="ok"} 1',
    );
    expect(h.sink.paths.filter((path) => path === '/v1/metrics')).toHaveLength(before);
    expect(state.recorder!).toMatchObject({});
    expect((state.recorder as unknown as { hasWork(): boolean }).hasWork()).toBe(false);
    // Where nobody ever asks, nothing is counted: it would be work for nobody.
    state.exposesMetrics = false;
    init({ metrics: false, endpoint: h.sink.url });
    tool('unasked', () => 1)();
    await h.spans();
    expect(await prometheusText()).not.toContain('unasked');
    tool('asked', () => 1)();
    expect(await prometheusText()).toContain('asked');
  });

  it('goes on counting when the receiver of pushes keeps no metrics', async () => {
    h.init();
    h.sink.metricsAnswer = 404;
    tool('first', () => 1)();
    await h.spans();
    h.sink.metricsAnswer = 200;
    tool('second', () => 1)();
    expect(await prometheusText()).toMatch(/"first"[^]*"second"/);
  });

  it('counts nothing where OpenTelemetry is switched off', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    h.init();
    tool('off', () => 1)();
    expect(await prometheusText()).toBe('\n');
    vi.unstubAllEnvs();
  });
});
