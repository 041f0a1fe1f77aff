import { diag, type DiagLogger } from '@opentelemetry/api';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hello, harness } from '../test/harness.ts';
import { program } from '../test/program.ts';
import { flush, init, watch } from './index.ts';
import { coralogix, datadog, grafanaCloud, honeycomb, langfuse, newRelic, phoenix, type Preset } from './presets.ts';

/** A receiver that remembers who asked for what. */
const received: { path: string; headers: IncomingHttpHeaders }[] = [];
const receiver = createServer((request, response) => {
  received.push({ path: request.url!, headers: request.headers });
  request.resume().on('end', () => response.writeHead(200).end());
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

const said: string[] = [];
beforeEach(() => {
  received.length = 0;
  said.length = 0;
  const logger = (text: string) => void said.push(text);
  diag.setLogger({ warn: logger, error: logger, info() {}, debug() {}, verbose() {} } satisfies DiagLogger, {
    suppressOverrideMessage: true,
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  diag.disable();
});

describe('presets', () => {
  const h = harness();

  async function sendThrough(preset: Preset) {
    init({ preset });
    await watch(h.openai()).chat.completions.create(hello);
    await flush(5000);
    return received.find(({ path }) => path.endsWith('/v1/traces'))!;
  }

  it('TK-04 TK-06 TK-09 Coralogix is reached in one call, with its two names and a bearer token', async () => {
    const { headers, path } = await sendThrough(
      coralogix({ token: 'cxtp_secret', endpoint: url, applicationName: 'shop', subsystemName: 'agents' }),
    );
    expect(path).toBe('/v1/traces');
    expect(headers).toMatchObject({
      authorization: 'Bearer cxtp_secret',
      'cx-application-name': 'shop',
      'cx-subsystem-name': 'agents',
    });
    expect(said.join('\n')).not.toContain('cxtp_secret');
  });

  it('TK-07 token and address come from CX_TOKEN and CX_ENDPOINT, and options go before them', async () => {
    vi.stubEnv('CX_TOKEN', 'from-env');
    vi.stubEnv('CX_ENDPOINT', url);
    const names = { applicationName: 'a', subsystemName: 'b' };
    expect((await sendThrough(coralogix(names))).headers.authorization).toBe('Bearer from-env');
    received.length = 0;
    const given = coralogix({ ...names, token: 'given' });
    expect((await sendThrough(given)).headers.authorization).toBe('Bearer given');
    expect(coralogix({ ...names, endpoint: 'ingress.eu2.coralogix.com:443' }).endpoint).toBe(
      'https://ingress.eu2.coralogix.com:443',
    );
  });

  it('TK-08 without application or subsystem name nothing is thrown: they are Unknown, and that is said', async () => {
    const { headers } = await sendThrough(coralogix({ token: 't', endpoint: url }));
    expect(headers).toMatchObject({ 'cx-application-name': 'Unknown', 'cx-subsystem-name': 'Unknown' });
    expect(said).toEqual([expect.stringContaining('Unknown')]);
    expect(() => coralogix()).not.toThrow();
    expect(said.join('\n')).toContain('CX_TOKEN');
  });

  it.each<[string, Preset, string | undefined, Record<string, string>]>([
    [
      'grafanaCloud',
      grafanaCloud({ endpoint: 'https://otlp-gateway-prod-eu-west-2.grafana.net/otlp', instanceId: '12', token: 't' }),
      'https://otlp-gateway-prod-eu-west-2.grafana.net/otlp',
      { authorization: 'Basic MTI6dA==' },
    ],
    ['honeycomb', honeycomb({ apiKey: 'hk' }), 'https://api.honeycomb.io', { 'x-honeycomb-team': 'hk' }],
    [
      'datadog',
      datadog({ apiKey: 'dk', site: 'datadoghq.eu' }),
      'https://otlp.datadoghq.eu',
      { 'dd-api-key': 'dk', 'dd-otlp-source': 'llmobs' },
    ],
    ['newRelic', newRelic({ licenseKey: 'nk', region: 'eu' }), 'https://otlp.eu01.nr-data.net', { 'api-key': 'nk' }],
    [
      'langfuse',
      langfuse({ publicKey: 'pk', secretKey: 'sk', baseUrl: 'https://lf.example/' }),
      'https://lf.example/api/public/otel',
      { authorization: 'Basic cGs6c2s=' },
    ],
    ['phoenix', phoenix({ apiKey: 'pk' }), 'http://localhost:6006', { authorization: 'Bearer pk' }],
  ])('COST-19 %s has its address and its headers', (_name, preset, endpoint, headers) => {
    expect(preset.endpoint).toBe(endpoint);
    expect(preset.headers).toEqual(headers);
  });

  it('what is given beside a preset wins, and headers add up', async () => {
    init({ preset: honeycomb({ apiKey: 'hk' }), endpoint: url, headers: { 'x-mine': '1' } });
    await watch(h.openai()).chat.completions.create(hello);
    await flush(5000);
    expect(received[0]!.headers).toMatchObject({ 'x-honeycomb-team': 'hk', 'x-mine': '1' });
  });

  it('TK-05 the service name and the names of the preset are on the resource', async () => {
    const { resource } = coralogix({ token: 't', endpoint: url, applicationName: 'shop', subsystemName: 'agents' });
    h.init({ resource: resource!, serviceName: 'checkout' });
    await watch(h.openai()).chat.completions.create(hello);
    const span = await h.span();
    expect(span.resource).toMatchObject({
      'service.name': 'checkout',
      'cx.application.name': 'shop',
      'cx.subsystem.name': 'agents',
    });
  });

  it('TK-10 a short script that never flushes loses no span', async () => {
    const ran = await program(
      `sdk.init({ preset: sdk.coralogix({ token: 't', applicationName: 'a', subsystemName: 'b' }) });
       const openai = sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.BASE }));
       for (let n = 0; n < 20; n++) await openai.chat.completions.create(${JSON.stringify(hello)});`,
      { BASE: h.fake.openaiBaseUrl, CX_ENDPOINT: h.sink.url },
    );
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(h.sink.spans.slice(-20).every(({ name }) => name === 'chat gpt-4o')).toBe(true);
  });
});

describe('the tree on the terminal', () => {
  const h = harness();

  it('TK-01 init({ exporter: "console" }) prints a readable tree with tokens and dollars, and sends nothing', async () => {
    const ran = await program(
      `sdk.init({ exporter: 'console' });
       const openai = sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.BASE }));
       const hello = ${JSON.stringify(hello)};
       const run = sdk.agent({ name: 'analyst', tenant: 'acme-corp' }, async () => {
         await sdk.role('researcher', () => openai.chat.completions.create(hello));
         await sdk.role('writer', () => openai.chat.completions.create(hello));
       });
       await run();`,
      { BASE: h.fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url },
    );
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    const lines = ran.stderr.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^invoke_agent analyst \(acme-corp\) {2}\d+ ms$/),
      expect.stringMatching(/^├─ role researcher {2}\d+ ms$/),
      expect.stringMatching(/^│ {2}└─ chat gpt-4o {2}\d+ ms {2}\d+ → \d+ tokens {2}\$0\.\d+$/),
      expect.stringMatching(/^└─ role writer {2}\d+ ms$/),
      expect.stringMatching(/^ {3}└─ chat gpt-4o {2}\d+ ms {2}\d+ → \d+ tokens {2}\$0\.\d+$/),
    ]);
    expect(h.sink.requests).toBe(0);
  });

  it('a failure is seen, and a name from outside cannot write control characters', async () => {
    h.fake.respond(() => ({ error: 'rate_limit' }));
    const ran = await program(
      `sdk.init({ exporter: 'console' });
       const openai = sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.BASE, maxRetries: 0 }));
       await sdk.agent({ name: 'a\\u001b[31m\\n' }, () => openai.chat.completions.create(${JSON.stringify(hello)}))().catch(() => {});`,
      { BASE: h.fake.openaiBaseUrl },
    );
    h.fake.respond(undefined);
    expect(ran.stderr).toContain('✗ HTTP 429');
    expect(ran.stderr).not.toContain('\u001B');
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(2);
  });
});
