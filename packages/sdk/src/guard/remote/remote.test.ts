import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scanAfter, scanBefore } from '../engine.ts';
import { type GuardOptions, policyFor } from '../policy.ts';
import type { Scanner } from '../scanner.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { llmGuard } from './llm-guard.ts';
import { openaiModeration } from './openai-moderation.ts';
import { transformer } from './transformer.ts';
import { webhook } from './webhook.ts';

/** A server that answers in the formats of the services, by the path. */
interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}
const asked: Asked[] = [];
let server: Server;
let url: string;

/** Text in, text out: `secret` is rewritten, `attack` is refused, `down` fails, `hang` never answers. */
function answerTo(path: string, body: Record<string, unknown>): { status: number; body: unknown } | undefined {
  const text = String(body.output ?? body.prompt ?? body.input ?? body.text);
  if (text.includes('hang')) return undefined;
  if (text.includes('down')) return { status: 503, body: { message: 'busy', details: null } };
  if (text.includes('garbage')) return { status: 200, body: ['what?'] };
  if (text.includes('huge')) return { status: 200, body: 'x'.repeat(5 * 1024 * 1024) };
  const attack = text.includes('attack');
  const secret = text.includes('secret');
  if (path.endsWith('/moderations')) {
    return {
      status: 200,
      body: {
        id: 'modr-1',
        model: body.model,
        results: [
          {
            flagged: attack,
            categories: { violence: attack, hate: false },
            category_scores: { violence: attack ? 0.93 : 0.02, hate: 0.01 },
          },
        ],
      },
    };
  }
  if (path === '/hook') return { status: 200, body: { score: attack ? 0.8 : 0.1 } };
  const scanners = { PromptInjection: attack ? 0.9 : -1, Anonymize: secret ? 0.6 : 0 };
  const sanitized = text.replace('secret', '[REDACTED_1]');
  return {
    status: 200,
    body: {
      is_valid: !attack && !secret,
      scanners,
      ...(path === '/analyze/prompt' ? { sanitized_prompt: sanitized } : {}),
      ...(path === '/analyze/output' ? { sanitized_output: sanitized } : {}),
    },
  };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      asked.push({ path: request.url!, headers: request.headers, body });
      const answer = answerTo(request.url!, body);
      if (!answer) return;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const input = async (scanner: Scanner, text: string, options: GuardOptions = {}) =>
  scanBefore(policyFor({ input: [scanner], timeoutMs: 10_000, ...options }, undefined, {})!, [{ text }]);

describe('LLM Guard', () => {
  it('speaks its format: prompt, scanners to leave out, bearer', async () => {
    const verdict = await input(
      llmGuard({ url: `${url}/`, auth: { token: 't0ken' }, suppress: ['Toxicity'] }),
      'an attack',
    );
    expect(asked).toMatchObject([
      {
        path: '/analyze/prompt',
        body: { prompt: 'an attack', scanners_suppress: ['Toxicity'] },
        headers: { authorization: 'Bearer t0ken' },
      },
    ]);
    expect(verdict).toMatchObject({
      outcome: 'blocked',
      scanners: { PromptInjection: { score: 0.95, threshold: 0.5 }, Anonymize: { score: 0.5, threshold: 0.5 } },
    });
    expect(Object.keys(verdict.triggered)).toEqual(['PromptInjection']);
  });

  it('scores from -1 to 1 become scores from 0 to 1, the threshold is 0.5', async () => {
    expect(await input(llmGuard({ url }), 'hello')).toMatchObject({
      outcome: 'passed',
      scanners: { PromptInjection: { score: 0, threshold: 0.5 }, Anonymize: { score: 0.5, threshold: 0.5 } },
    });
  });

  it('its rewritten text goes on where the policy redacts', async () => {
    expect(await input(llmGuard({ url }), 'my secret', { mode: 'redact' })).toMatchObject({
      outcome: 'redacted',
      sanitizedTexts: ['my [REDACTED_1]'],
    });
    expect(await input(llmGuard({ url }), 'secret attack', { mode: 'redact' })).toMatchObject({ outcome: 'blocked' });
  });

  it('an output is sent with its prompt; scan instead of analyze; basic authentication', async () => {
    const scanner = llmGuard({ url, endpoint: 'scan', auth: { username: 'ann', password: 'p' } });
    const policy = policyFor({ output: [scanner] }, undefined, {})!;
    const verdict = await scanAfter(policy, [{ text: 'why?' }], [{ text: 'attack' }]);
    expect(asked).toMatchObject([
      {
        path: '/scan/output',
        body: { prompt: 'why?', output: 'attack' },
        headers: { authorization: 'Basic YW5uOnA=' },
      },
    ]);
    expect(verdict).toMatchObject({ outcome: 'blocked', direction: 'output' });
  });
});

describe('other services', () => {
  it('OpenAI moderation: flagged categories have names of their own', async () => {
    const scanner = openaiModeration({ apiKey: 'k', baseUrl: url });
    expect(await input(scanner, 'attack')).toMatchObject({
      outcome: 'blocked',
      triggered: { 'Moderation/violence': { score: 0.93, threshold: 0.5 }, Moderation: { score: 0.93 } },
    });
    expect(asked[0]).toMatchObject({
      path: '/moderations',
      body: { model: 'omni-moderation-latest', input: 'attack' },
    });
    expect(await input(scanner, 'hello')).toMatchObject({
      outcome: 'passed',
      scanners: { Moderation: { score: 0.02 } },
    });
    expect(await input(openaiModeration({ apiKey: 'k', baseUrl: url, threshold: 0.01 }), 'hello')).toMatchObject({
      outcome: 'blocked',
    });
  });

  it('a webhook in our format, or in one of its own', async () => {
    expect(await input(webhook({ url: `${url}/hook` }), 'attack')).toMatchObject({
      outcome: 'blocked',
      scanners: { Webhook: { score: 0.8 } },
    });
    expect(asked[0]!.body).toEqual({ direction: 'input', text: 'attack', origin: 'user', prompt: null });
    const own = webhook({
      url: `${url}/hook`,
      name: 'Own',
      request: ({ text }) => ({ text, project: 'p' }),
      answer: (answer) => ({ is_valid: (answer as { score: number }).score < 0.05 }),
    });
    expect(await input(own, 'hello')).toMatchObject({ outcome: 'blocked', triggered: { Own: { score: 1 } } });
  });

  it('a transformer of yours is loaded once and asked piece by piece', async () => {
    let loads = 0;
    const pieces: string[] = [];
    const classifier = {
      load: async () => {
        loads += 1;
        return async (text: string) => {
          pieces.push(text);
          const score = text.includes('attack') ? 0.9 : 0.1;
          return [
            { label: 'INJECTION', score },
            { label: 'SAFE', score: 1 - score },
          ];
        };
      },
    };
    const scanner = transformer({ classifier, pieceChars: 10, piecesMax: 4 });
    expect(await input(scanner, `${'. '.repeat(100)}attack`)).toMatchObject({
      outcome: 'blocked',
      scanners: { PromptInjectionModel: { score: 0.9 } },
    });
    expect(await input(scanner, 'hello')).toMatchObject({ outcome: 'passed' });
    expect(loads).toBe(1);
    expect(pieces.length).toBeLessThanOrEqual(5);
    expect(await input(transformer({ classifier: async () => 'what?' }), 'hello')).toMatchObject({
      outcome: 'not_scanned',
    });
  });
});

describe('when the service is down, slow or broken', () => {
  const scanners: [string, () => Scanner][] = [
    ['LLM Guard', () => llmGuard({ url })],
    ['OpenAI moderation', () => openaiModeration({ apiKey: 'k', baseUrl: url })],
    ['a webhook', () => webhook({ url: `${url}/hook` })],
  ];
  it.each(
    scanners.flatMap(([name, make]) =>
      (['down', 'hang', 'garbage', 'huge'] as const).map((text) => [name, text, make] as const),
    ),
  )('%s, %s: fail-open passes and says so, fail-closed refuses', async (_, text, make) => {
    const reason = text === 'hang' ? 'timeout' : 'error';
    const timeoutMs = text === 'hang' ? 100 : 10_000;
    const open = await input(make(), text, { timeoutMs });
    expect(open.outcome).toBe('not_scanned');
    expect(Object.values(open.failures)).toEqual([reason]);
    expect(await input(make(), text, { timeoutMs, onFailure: 'closed' })).toMatchObject({ outcome: 'blocked' });
  });

  it('nobody listens', async () => {
    expect(await input(webhook({ url: 'http://127.0.0.1:1/' }), 'hello')).toMatchObject({
      outcome: 'not_scanned',
      failures: { Webhook: 'error' },
    });
  });

  it('after several failures it is not asked for a while, then once again', async () => {
    let now = 0;
    const scanner = webhook({ url: `${url}/hook`, circuit: { failuresMax: 2, openMs: 1_000, now: () => now } });
    await input(scanner, 'down');
    await input(scanner, 'down');
    expect(await input(scanner, 'hello')).toMatchObject({
      outcome: 'not_scanned',
      failures: { Webhook: 'circuit_open' },
    });
    expect(await input(scanner, 'hello', { onFailure: 'closed' })).toMatchObject({ outcome: 'blocked' });
    expect(asked).toHaveLength(2);
    now = 1_001;
    expect(await input(scanner, 'hello')).toMatchObject({ outcome: 'passed' });
    expect(await input(scanner, 'hello')).toMatchObject({ outcome: 'passed' });
    expect(asked).toHaveLength(4);
  });

  it('while one call tries again, others do not wait for it', async () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failuresMax: 1, openMs: 10, now: () => now });
    await expect(breaker.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    now = 11;
    let finish: (value: string) => void = () => undefined;
    const first = breaker.run(() => new Promise<string>((resolve) => (finish = resolve)));
    await expect(breaker.run(() => Promise.resolve('second'))).rejects.toMatchObject({ code: 'circuit_open' });
    finish('first');
    expect(await first).toBe('first');
    expect(await breaker.run(() => Promise.resolve('third'))).toBe('third');
  });

  it('an address that is none is a mistake in the program and said at once', () => {
    expect(() => llmGuard({ url: 'ftp://x' })).toThrow('neither http nor https');
    expect(() => webhook({ url: 'nowhere' })).toThrow('Invalid URL');
  });
});
