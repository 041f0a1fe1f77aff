import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { CostNode, Costs, Totals } from '@tallyspan/server';
import { afterEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe('node src/main.ts', () => {
  it('prints what it does, and the cost tree once the server has every call; a real key or address of yours is never used', async () => {
    const asked: URL[] = [];
    const endpoint = await listen((url) => {
      if (url.pathname !== '/api/v1/costs') return {};
      asked.push(url);
      return asked.length < 3 ? costs(asked.length) : costs(22);
    });
    // The fake refuses a key with "invalid" in it, and nothing listens at those addresses.
    const { code, output } = await run(endpoint, {
      OPENAI_API_KEY: 'invalid',
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
      ANTHROPIC_API_KEY: 'invalid',
      ANTHROPIC_AUTH_TOKEN: 'invalid',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
    });
    expect(code).toBe(0);
    expect(output).toContain('claude-sonnet-4-20250514   messages, turned away: too many requests');
    expect(output).toContain('Written: The Can That Needs No Queue');
    // What the client says when it finds both a key and a token.
    expect(output).not.toContain('ANTHROPIC_AUTH_TOKEN');
    expect(output).toContain('Sorted: 3 tickets, 1 of them urgent');
    expect(asked).toHaveLength(3);
    expect(asked[0]!.searchParams.get('by')).toBe('agent,run,role,model');
    expect(Date.parse(asked[0]!.searchParams.get('from')!)).toBeLessThan(Date.now());
    expect(output).toContain('content-crew (run #1)');
    expect(output).toContain('$0.0022');
  });

  it('works without a Tallyspan too, and says how to see what it did', async () => {
    const endpoint = await listen(() => ({}));
    server!.close();
    const { code, output } = await run(endpoint);
    expect(code).toBe(0);
    expect(output).toContain('Written: Nine Hundred Trees in Eleven Parking Spaces');
    expect(output).toContain(`No Tallyspan answers at ${endpoint}`);
    expect(output).toContain('npm start');
  });
});

/** A server that answers every request 200 with what `answer` says. */
async function listen(answer: (url: URL) => unknown): Promise<string> {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(new URL(request.url!, 'http://127.0.0.1'))));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function run(endpoint: string, env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  let output = '';
  child.stdout.on('data', (part) => (output += String(part)));
  child.stderr.on('data', (part) => (output += String(part)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** One agent with one run, role and model, and so many calls of $0.0001. */
function costs(calls: number): Costs {
  const totals: Totals = {
    calls,
    errors: 0,
    inputTokens: calls * 100,
    outputTokens: calls * 10,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costUsd: (calls / 10_000).toFixed(4),
    unpricedCalls: 0,
  };
  const path = [
    ['model', 'gpt-4o'],
    ['role', 'writer'],
    ['run', '1'],
    ['agent', 'content-crew'],
  ] as const;
  const tree = path.reduce<CostNode[]>(
    (children, [dimension, value]) => [{ dimension, value, ...totals, children }],
    [],
  );
  const key = path.map(([, value]) => value).reverse();
  return { by: ['agent', 'run', 'role', 'model'], total: totals, rows: [{ key, ...totals }], tree, truncated: false };
}
