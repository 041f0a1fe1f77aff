/** Alerts through the front door: spans in, messages out to a real web server and a real mail server. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import { Alert, AlertHistory, AlertList } from '../api.ts';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let server: TestServer;
let receiver: Server;
let mailServer: SMTPServer;
let base: string;
let received: Received[] = [];
let mails: string[] = [];
let status: (path: string) => number | 'hang' = () => 204;
const options = () => ({
  alerts: { allowPrivate: true, everyMs: 60, smtp: `smtp://127.0.0.1:${portOf(mailServer.server)}` },
});
const portOf = (listening: { address(): unknown }) => (listening.address() as AddressInfo).port;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers, body });
      const said = status(request.url!);
      if (said !== 'hang') response.writeHead(said).end('what it says is not kept');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  base = `http://127.0.0.1:${portOf(receiver)}`;
  mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _, done) {
      let mail = '';
      stream.on('data', (piece: Buffer) => (mail += piece.toString()));
      stream.on('end', () => {
        mails.push(mail);
        done();
      });
    },
  });
  mailServer.listen(0, '127.0.0.1');
  await once(mailServer.server, 'listening');
  server = await startTestServer(options());
});
afterAll(async () => {
  await server.end();
  receiver.closeAllConnections();
  receiver.close();
  await new Promise<void>((closed) => mailServer.close(closed));
});
beforeEach(async () => {
  for (const { id } of AlertList.parse(await server.get('/api/v1/alerts')).alerts)
    await change('DELETE', `/alerts/${id}`);
  [received, mails, status] = [[], [], () => 204];
});

async function change(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
const make = async (alert: object): Promise<Alert> => {
  const answer = await change('POST', '/alerts', { name: 'an alert', ...alert });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return Alert.parse(answer.body);
};
const history = async () => AlertHistory.parse(await server.get('/api/v1/alerts/history'));

async function post(agent: string, count: number, part: { failed?: boolean; tookMs?: number; error?: string } = {}) {
  const { failed = false, tookMs = 10, error } = part;
  const spans = Array.from({ length: count }, () => {
    const start = BigInt(Date.now() - tookMs) * 1_000_000n;
    const attributes: Record<string, string> = error === undefined ? {} : { 'error.type': error };
    const end = start + BigInt(tookMs) * 1_000_000n;
    return makeCall({ agent }, { start, end, attributes, status: failed ? 'error' : 'unset' });
  });
  const answer = await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans(spans, 'protobuf') });
  expect(answer.status).toBe(200);
}
const first = (path: string) => eventually(() => received.find((each) => each.path === path), `a message to ${path}`);

describe('an alert', () => {
  it('about a budget is told once for each threshold, signed as Standard Webhooks has it', async () => {
    const alert = await make({
      rule: { on: 'budget', threshold: 80 },
      channels: [{ type: 'webhook', url: `${base}/budget` }],
    });
    const [channel] = alert.channels;
    const secret = channel?.type === 'webhook' ? channel.secret! : '';
    expect(secret).toMatch(/^whsec_/);
    await change('POST', '/budgets', {
      name: 'daily',
      scope: { agent: 'spender' },
      limits: { calls: 10 },
      window: 'day',
    });
    await post('spender', 6);
    await eventually(async () => (await history()).events.some(({ key }) => key === 'daily 50 %') || undefined);
    expect(received).toEqual([]);
    await post('spender', 3);
    const { headers, body } = await first('/budget');
    // Somebody else's verifier of the same standard.
    const { webhooks } = new OpenAI({ apiKey: 'none' });
    await webhooks.verifySignature(body, headers as Record<string, string>, secret);
    await expect(webhooks.verifySignature(`${body} `, headers as Record<string, string>, secret)).rejects.toThrow(
      'signature does not match',
    );
    expect(JSON.parse(body)).toMatchObject({
      type: 'alert.firing',
      id: headers['webhook-id'],
      data: {
        alert: { id: alert.id, name: 'an alert' },
        events: [{ on: 'budget', key: 'daily 80 %', state: 'firing' }],
      },
    });
    expect(JSON.parse(body)).toMatchObject({
      data: { events: [{ text: expect.stringContaining('9 calls of 10 calls') }] },
    });
    // Shown once, and not told again after a restart.
    expect(Alert.parse(await server.get(`/api/v1/alerts/${alert.id}`)).channels).toEqual([
      { type: 'webhook', url: `${base}/budget` },
    ]);
    const { dataDir } = server;
    await server.close();
    server = await startTestServer({ ...options(), dataDir });
    await post('spender', 1);
    await eventually(() => received.length === 2 || undefined, 'the next threshold');
    expect(received.map((each) => JSON.parse(each.body).data.events[0].key)).toEqual(['daily 80 %', 'daily 100 %']);
  });

  it('about errors, latency and the guard fires when its mark is passed, for each agent by itself, and stays', async () => {
    const scope = {};
    const slack = (path: string) => [{ type: 'slack', url: `${base}/${path}` }];
    await make({
      rule: { on: 'error_rate', scope, by: 'agent', above: 20 },
      channels: slack('errors'),
      name: 'a <b> & c',
    });
    await make({ rule: { on: 'latency', scope: { agent: 'slow' }, above: 500 }, channels: slack('latency') });
    await make({ rule: { on: 'guard_blocks', scope: { agent: 'attacked' }, above: 1 }, channels: slack('guard') });
    await post('healthy', 20);
    await post('failing', 10, { failed: true });
    await post('slow', 12, { tookMs: 900 });
    await post('attacked', 2, { failed: true, error: 'guardrail_blocked' });
    expect(JSON.parse((await first('/errors')).body)).toEqual({
      text: 'Alert: a &lt;b&gt; &amp; c: failing: 100 % of 10 calls failed in 15 min (limit 20 %)',
    });
    expect(JSON.parse((await first('/latency')).body).text).toContain('took up to 900 ms');
    expect(JSON.parse((await first('/guard')).body).text).toContain('blocked 2 calls');
    await eventually(async () => {
      const { alerts } = AlertList.parse(await server.get('/api/v1/alerts'));
      return alerts.flatMap(({ firing }) => firing).length === 3 || undefined;
    }, 'three that fire');
    // Looked at many times since.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(received).toHaveLength(3);
  });

  it('about spending fires for an agent that costs far more in this hour than in those before, and for no other', async () => {
    const hour = 3_600_000_000_000n;
    const began = BigInt(Date.now()) * 1_000_000n;
    const spans = Array.from({ length: 30 }, (_, hours) => ['steady', 'runaway'].map((agent) => ({ agent, hours })))
      .flat()
      .map(({ agent, hours }) => {
        const start = began - BigInt(hours) * hour - 60_000_000_000n;
        const input = agent === 'runaway' && hours === 0 ? 900_000 : 9_000 + (hours % 3) * 300;
        return makeCall({ agent, input }, { start, end: start + 1n });
      });
    await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans(spans, 'protobuf') });
    const scope = { role: 'writer' };
    await make({
      rule: { on: 'spend_anomaly', by: 'agent', scope },
      channels: [{ type: 'slack', url: `${base}/spend` }],
    });
    const { text } = JSON.parse((await first('/spend')).body);
    expect(text).toMatch(/^Alert: an alert: runaway: \$2\.25 in the last hour; usually \$0\.02/);
    expect(text).not.toContain('steady');
  });

  it('is mailed as plain text', async () => {
    const { id } = await make({
      name: 'mail\r\nBcc: somebody@example.com',
      rule: { on: 'silence', minutes: 60 },
      channels: [{ type: 'email', to: ['on-call@example.com'] }],
    });
    expect((await change('POST', `/alerts/${id}/test`)).status).toBe(202);
    const mail = await eventually(() => mails[0], 'a mail');
    expect(mail).toMatch(/^To: on-call@example\.com\r$/m);
    expect(mail).toContain('Content-Type: text/plain');
    expect(mail).not.toMatch(/^Bcc:/m);
  });

  it('to an address of this machine is refused where that is not allowed, before anything is kept', async () => {
    const strict = await startTestServer();
    try {
      const body = JSON.stringify({
        name: 'x',
        rule: { on: 'silence', minutes: 5 },
        channels: [{ type: 'webhook', url: 'http://127.0.0.1:4318/' }],
      });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${strict.url}/api/v1/alerts`, { method: 'POST', headers, body });
      expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
        400,
        'WEBHOOK_REFUSED',
      ]);
      expect(await strict.get('/api/v1/alerts')).toEqual({ alerts: [] });
    } finally {
      await strict.end();
    }
  });

  it('is tried again after a failure and after a restart, under the same id', async () => {
    status = () => 503;
    const { id } = await make({
      rule: { on: 'silence', minutes: 60 },
      channels: [{ type: 'webhook', url: `${base}/down` }],
    });
    await change('POST', `/alerts/${id}/test`);
    await first('/down');
    const { dataDir } = server;
    await server.close();
    status = () => 204;
    server = await startTestServer({ ...options(), dataDir });
    await eventually(() => received.length >= 2 || undefined, 'a second try');
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await eventually(async () => (await history()).waiting === 0 || undefined, 'an empty outbox');
  });

  it('whose target hangs holds up nobody: spans are acknowledged and stored, and other channels are told', async () => {
    status = (path) => (path === '/hangs' ? 'hang' : 204);
    const hanging = await make({
      rule: { on: 'silence', minutes: 60 },
      channels: [{ type: 'webhook', url: `${base}/hangs` }],
    });
    const other = await make({
      rule: { on: 'silence', minutes: 60 },
      channels: [{ type: 'webhook', url: `${base}/answers` }],
    });
    await change('POST', `/alerts/${hanging.id}/test`);
    await first('/hangs');
    await post('unaffected', 50);
    await change('POST', `/alerts/${other.id}/test`);
    await first('/answers');
    await eventually(async () => {
      const { total } = await server.get<{ total: { calls: number } }>('/api/v1/costs?by=agent&agent=unaffected');
      return total.calls === 50 || undefined;
    });
    expect((await history()).waiting).toBeGreaterThan(0);
    receiver.closeAllConnections();
  });
});
