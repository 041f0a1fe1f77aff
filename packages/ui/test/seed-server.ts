/** A real server with the built page, and calls of several tenants, agents and models in it. */
import { startTestServer, type TestServer, eventually } from '../../server/test/start-test-server.ts';

export interface Call {
  tenant?: string;
  agent: string;
  role: string;
  user?: string;
  provider: string;
  model: string;
  input: number;
  output: number;
  cached?: number;
  durationMs: number;
  /** How long ago it ended. */
  agoMs: number;
  failed?: boolean;
  attributes?: Record<string, string>;
}

export async function sendCalls(
  url: string,
  calls: readonly Call[],
  headers: Record<string, string> = {},
): Promise<void> {
  const spans = calls.map((call, i) => spanOf(call, i));
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] });
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  if (!response.ok) throw new Error(`The server refused the calls: ${response.status} ${await response.text()}`);
}

/** Waits until as many calls are stored. */
export function stored(server: TestServer, calls: number): Promise<unknown> {
  return eventually(async () => {
    const { total } = await server.get<{ total: { calls: number } }>('/api/v1/costs?by=agent');
    return total.calls >= calls ? true : undefined;
  }, `${calls} stored calls`);
}

export function startSeeded(uiDir: string, calls: readonly Call[]): Promise<TestServer> {
  return startTestServer({ uiDir }).then(async (server) => {
    await sendCalls(server.url, calls);
    await stored(server, calls.length);
    return server;
  });
}

let made = 0;

function spanOf(call: Call, place: number) {
  made++;
  const end = BigInt(Date.now() - call.agoMs) * 1_000_000n + BigInt(place);
  const start = end - BigInt(call.durationMs) * 1_000_000n;
  const texts: Record<string, string | undefined> = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': call.provider,
    'gen_ai.request.model': call.model,
    'gen_ai.response.model': call.model,
    'gen_ai.agent.name': call.agent,
    'tally.role': call.role,
    'tally.tenant': call.tenant,
    'user.id': call.user,
    'error.type': call.failed ? 'RateLimitError' : undefined,
    ...call.attributes,
  };
  const counts = {
    'gen_ai.usage.input_tokens': call.input,
    'gen_ai.usage.output_tokens': call.output,
    'gen_ai.usage.cache_read.input_tokens': call.cached ?? 0,
  };
  return {
    traceId: made.toString(16).padStart(32, 'a'),
    spanId: made.toString(16).padStart(16, 'b'),
    name: `chat ${call.model}`,
    kind: 3,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end),
    status: call.failed ? { code: 2, message: '429 slow down' } : {},
    attributes: [
      ...Object.entries(texts).flatMap(([key, value]) =>
        value === undefined ? [] : [{ key, value: { stringValue: value } }],
      ),
      ...Object.entries(counts).map(([key, value]) => ({ key, value: { intValue: String(value) } })),
    ],
  };
}
