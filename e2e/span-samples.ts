/** Spans as any OpenTelemetry SDK would send them, for tests that need one of each kind. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';

/** One span of each kind that the examples do not bring along. */
export async function sendSpans(url: string): Promise<void> {
  const spans = [
    spanOf('cache_lookup L1', {
      'gen_ai.operation.name': 'cache_lookup',
      'tally.cache.tier': 'L1',
      'tally.cache.hit': true,
    }),
    spanOf('cache_lookup L2', {
      'gen_ai.operation.name': 'cache_lookup',
      'tally.cache.tier': 'L2',
      'tally.cache.hit': false,
    }),
    spanOf('credential_exchange s3', {
      'gen_ai.operation.name': 'credential_exchange',
      'tally.credential.service': 's3',
    }),
    spanOf('vault_get llm', { 'gen_ai.operation.name': 'vault_get' }),
    spanOf('tools/call search', {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'mcp.method.name': 'tools/call',
    }),
    spanOf('chat unheard-of', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'nobody',
      'gen_ai.request.model': 'unheard-of',
      'gen_ai.usage.input_tokens': 3,
      'tally.guard.outcome': 'blocked',
    }),
    spanOf('a2a_send nowhere', {
      'gen_ai.operation.name': 'a2a_send',
      'tally.peer.agent': 'nowhere',
      'error.type': 'timeout',
    }),
  ];
  const message = spanOf('a2a_send clerk', { 'gen_ai.operation.name': 'a2a_send', 'tally.peer.agent': 'clerk' });
  const work_ = spanOf('a2a_execute clerk', {
    ...{ 'gen_ai.operation.name': 'a2a_execute', 'gen_ai.agent.name': 'clerk', 'tally.tenant': 'globex' },
    'a2a.task.state': 'completed',
  });
  spans.push(message, { ...work_, traceId: message.traceId, parentSpanId: message.spanId });
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] }),
  });
  expect(response.status).toBe(200);
  // What is no span is refused, and counted.
  const refused = await fetch(`${url}/v1/traces`, { method: 'POST', body: 'nonsense' });
  expect(refused.status).toBe(415);
}

function spanOf(name: string, attributes: Record<string, string | number | boolean>) {
  const start = BigInt(Date.now()) * 1_000_000n;
  const all = { 'tally.tenant': 'acme', 'gen_ai.agent.name': 'tester', ...attributes };
  const isError = 'error.type' in attributes;
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: '',
    name,
    kind: 3,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 12_000_000n),
    status: isError ? { code: 2, message: 'it failed' } : {},
    attributes: Object.entries(all).map(([key, value]) => ({
      key,
      value:
        typeof value === 'string'
          ? { stringValue: value }
          : typeof value === 'number'
            ? { intValue: value }
            : { boolValue: value },
    })),
  };
}
