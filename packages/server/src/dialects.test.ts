/**
 * One trace or more of every dialect, as its library sends it, over HTTP into a real server. What each costs was computed by hand:
 *
 *   gpt-4o, 1,200 tokens in of which 1,024 cached, 300 out:   176 × $2.50 + 1,024 × $1.25 + 300 × $10 = $0.00472
 *   the same where the sender does not tell what was cached:  1,200 × $2.50 + 300 × $10               = $0.006
 *   text-embedding-3-small, 8 tokens:                         8 × $0.02                               = $0.00000016
 *   claude-sonnet-4, 200 in, 1,000 read, 300 written, 150 out: 200 × $3 + 1,000 × $0.30 + 300 × $3.75 + 150 × $15 = $0.004275
 *   gemini-2.5-flash, 500 in of which 120 cached, 140 out:    380 × $0.30 + 120 × $0.03 + 140 × $2.50 = $0.0004676
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JSON_TYPE, send } from '../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../test/start-test-server.ts';
import type { Costs, Trace } from './api.ts';

interface Expected {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: string;
  unpricedCalls?: number;
  /** Which agents the calls are of. */
  agents: (string | null)[];
}

const table: Record<string, Expected> = {
  'ai-sdk-4': {
    calls: 4,
    inputTokens: 3_608,
    outputTokens: 900,
    costUsd: '0.01416016',
    agents: ['weather-agent', null],
  },
  // Release 5 tells what was cached only of its stream: 2 × $0.006 + $0.00472 + $0.00000016.
  'ai-sdk-5': {
    calls: 4,
    inputTokens: 3_608,
    outputTokens: 900,
    costUsd: '0.01672016',
    agents: ['weather-agent', null],
  },
  'ai-sdk-6': {
    calls: 4,
    inputTokens: 3_608,
    outputTokens: 900,
    costUsd: '0.01416016',
    agents: ['weather-agent', null],
  },
  'ai-sdk-7': {
    calls: 4,
    inputTokens: 3_608,
    outputTokens: 900,
    costUsd: '0.01416016',
    agents: ['weather-agent', null],
  },
  // Its stream and its embeddings say no tokens; Anthropic's client traces itself inside.
  openinference: {
    calls: 6,
    inputTokens: 5_100,
    outputTokens: 1_050,
    costUsd: '0.018435',
    unpricedCalls: 2,
    agents: [null],
  },
  'openinference-langchain': { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.00472', agents: [null] },
  openllmetry: { calls: 4, inputTokens: 3_600, outputTokens: 900, costUsd: '0.018', unpricedCalls: 1, agents: [null] },
  'openllmetry-numbered': { calls: 1, inputTokens: 1_500, outputTokens: 150, costUsd: '0.004275', agents: ['analyst'] },
  'otel-contrib': { calls: 5, inputTokens: 4_808, outputTokens: 1_200, costUsd: '0.02400016', agents: [null] },
  'otel-g0': { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.006', agents: [null] },
  'otel-g1': { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.006', agents: [null] },
  'otel-g2': { calls: 1, inputTokens: 1_500, outputTokens: 150, costUsd: '0.004275', agents: ['analyst'] },
  'otel-g3': { calls: 1, inputTokens: 1_500, outputTokens: 150, costUsd: '0.004275', agents: ['analyst'] },
  langfuse: { calls: 2, inputTokens: 2_700, outputTokens: 450, costUsd: '0.008995', agents: ['analyst'] },
  langsmith: { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.00472', agents: [null] },
  'google-adk': { calls: 2, inputTokens: 1_000, outputTokens: 280, costUsd: '0.0009352', agents: ['weather_agent'] },
  // 30 × $2.50 + 20 cached × $1.25 + 12 × $10, and 80 × $2.50 + 5 × $10.
  mastra: { calls: 2, inputTokens: 130, outputTokens: 17, costUsd: '0.00047', agents: ['helper'] },
  // 152 × $0.30 + 487 × $2.50; its own figure stands back behind the price table's.
  hexr: { calls: 1, inputTokens: 152, outputTokens: 487, costUsd: '0.0012631', agents: ['analyst'] },
  // And 1,000 × $3 + 100 × $15 on Bedrock.
  tracekit: { calls: 2, inputTokens: 2_200, outputTokens: 400, costUsd: '0.0105', agents: ['Assistant', null] },
  'pydantic-ai': { calls: 1, inputTokens: 1_500, outputTokens: 150, costUsd: '0.004275', agents: ['analyst'] },
  'logfire-events': { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.006', agents: ['analyst'] },
  mlflow: { calls: 1, inputTokens: 1_500, outputTokens: 150, costUsd: '0.004275', agents: ['analyst'] },
  datadog: { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.00472', agents: ['analyst'] },
  // What the gateway says it cost.
  litellm: { calls: 1, inputTokens: 1_200, outputTokens: 300, costUsd: '0.004', agents: ['analyst'] },
};

interface Request {
  resourceSpans: { resource: object; scopeSpans: { scope: object; spans: { traceId: string }[] }[] }[];
}

function requestOf(name: string): Request {
  const file = new URL(`../../facts/src/dialects/fixtures/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { request: Request }).request;
}

/** The same request once for each span, last span first: ancestors come before or after whatever they are about. */
function oneByOne({ resourceSpans }: Request): Request[] {
  return resourceSpans
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map((span) => ({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] })),
      ),
    )
    .reverse();
}

const traceIdsOf = (request: Request): string[] => [
  ...new Set(
    request.resourceSpans.flatMap((all) => all.scopeSpans.flatMap(({ spans }) => spans.map((span) => span.traceId))),
  ),
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

async function post(request: Request, at = server): Promise<void> {
  const { status } = await send(`${at.url}/v1/traces`, { headers: JSON_TYPE, body: JSON.stringify(request) });
  expect(status).toBe(200);
}

/** Sums over the fixture's traces, once all of its spans are there. */
async function sumsOf(request: Request, at = server): Promise<Expected> {
  const sent = request.resourceSpans.flatMap((all) => all.scopeSpans.flatMap(({ spans }) => spans)).length;
  const sums = {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    nanos: 0n,
    unpricedCalls: 0,
    agents: new Set<string | null>(),
  };
  const ids = traceIdsOf(request);
  await eventually(async () => {
    const traces = await Promise.all(ids.map((id) => at.get<Trace>(`/api/v1/traces/${id}`).catch(() => undefined)));
    return traces.reduce((count, trace) => count + (trace?.spans.length ?? 0), 0) === sent || undefined;
  });
  for (const traceId of ids) {
    const { rows } = await at.get<Costs>(`/api/v1/costs?by=agent&traceId=${traceId}`);
    for (const row of rows) {
      sums.calls += row.calls;
      sums.inputTokens += row.inputTokens;
      sums.outputTokens += row.outputTokens;
      sums.unpricedCalls += row.unpricedCalls;
      sums.nanos += BigInt(Math.round(Number(row.costUsd) * 1e9));
      sums.agents.add(row.key[0] ?? null);
    }
  }
  const { nanos, agents, unpricedCalls, ...counts } = sums;
  const costUsd = String(Number(nanos) / 1e9).replace(/^1\.6e-7$/, '0.00000016');
  return { ...counts, costUsd, ...(unpricedCalls > 0 && { unpricedCalls }), agents: [...agents].sort(nullLast) };
}

function nullLast(left: string | null, right: string | null): number {
  return left === null ? 1 : right === null ? -1 : left < right ? -1 : 1;
}

describe('COST-13 COST-17 every dialect is read from the wire and costs what it costs', () => {
  it.each(Object.entries(table))('%s', async (name, expected) => {
    const request = requestOf(name);
    await post(request);
    expect(await sumsOf(request)).toEqual(expected);
  });
});

describe('the sums are the same when every span comes alone and the last one first', () => {
  it('for all dialects', async () => {
    const other = await startTestServer();
    for (const [name, expected] of Object.entries(table)) {
      for (const request of oneByOne(requestOf(name))) await post(request, other);
      expect([name, await sumsOf(requestOf(name), other)]).toEqual([name, expected]);
    }
    await other.end();
  }, 60_000);
});
