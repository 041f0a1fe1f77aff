/** One trace of very many spans as an agent would send it: roles, in them turns of a model call with its history, a tool, and what the tool does. */
const T0 = 1_795_262_400_000_000_000n;

export const traceId = '10e6000000000000000000000000beef';

const words =
  'the report compares revenue of each quarter and cites its source because the customer asked for figures'.split(' ');
const tools = ['search', 'read_file', 'query_orders', 'send_mail', 'plan_route'];
const inner = ['tally.cache.lookup', 'tally.credential.exchange', 'tally.vault.get', 'tools/call lookup'];

/** Bodies of OTLP/JSON with at most `perBody` spans each. */
export function* longTraceBodies(spans: number, perBody = 5_000): Generator<string> {
  for (let first = 0; first < spans; first += perBody) {
    const made = Array.from({ length: Math.min(perBody, spans - first) }, (_, i) => spanOf(first + i, spans));
    const resource = { attributes: [text('service.name', 'crew')] };
    yield JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans: made }] }] });
  }
}

/** Span 0 is the agent, 1 to 10 are roles, then turns of eight: a turn, a call, a tool with three steps inside, a call, a step. */
function spanOf(n: number, spans: number) {
  const turn = Math.floor((n - 11) / 8);
  const place = n < 11 ? -1 : (n - 11) % 8;
  const first = 11 + turn * 8;
  const role = n < 11 ? n : 1 + (turn % 10);
  const parent = n === 0 ? undefined : n < 11 ? 0 : place === 0 ? role : place >= 3 && place <= 5 ? first + 2 : first;
  const start = n < 11 ? n * 10 : 200 + turn * 900 + place * 110;
  const length =
    n === 0
      ? 300 + (spans / 8) * 900
      : n < 11
        ? (spans / 8) * 900
        : place === 0
          ? 880
          : place === 2
            ? 340
            : 90 + (n % 17);
  const failed = n > 11 && n % 997 === 0;
  return {
    traceId,
    spanId: idOf(n),
    ...(parent !== undefined && { parentSpanId: idOf(parent) }),
    kind: 3,
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start + length),
    ...about(n, role, turn, place),
    status: failed ? { code: 2, message: `no answer from ${n}` } : {},
  };
}

function about(n: number, role: number, turn: number, place: number) {
  const who = [text('gen_ai.agent.name', 'crew'), text('tally.role', `role ${role}`)];
  if (n === 0)
    return { name: 'invoke_agent crew', attributes: [text('gen_ai.operation.name', 'invoke_agent'), ...who] };
  if (n < 11) return { name: `role ${role}`, attributes: who.slice(0, 1).concat(text('tally.role', `role ${role}`)) };
  if (place === 1 || place === 6) {
    const history = Array.from({ length: 1 + (turn % 4) }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      parts: [{ type: 'text', content: sentence(n + i, 40) }],
    }));
    return {
      name: 'chat gpt-4o',
      attributes: [
        ...[text('gen_ai.operation.name', 'chat'), text('gen_ai.provider.name', 'openai'), ...who],
        ...[text('gen_ai.request.model', 'gpt-4o'), text('gen_ai.response.model', 'gpt-4o-2024-08-06')],
        ...[count('gen_ai.usage.input_tokens', 900 + (n % 4_000)), count('gen_ai.usage.output_tokens', 20 + (n % 300))],
        text('gen_ai.input.messages', JSON.stringify(history)),
        text(
          'gen_ai.output.messages',
          JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: sentence(n, 60) }] }]),
        ),
      ],
    };
  }
  if (place === 2) {
    const tool = tools[turn % tools.length]!;
    return {
      name: `execute_tool ${tool}`,
      attributes: [text('gen_ai.operation.name', 'execute_tool'), text('gen_ai.tool.name', tool), ...who],
    };
  }
  return {
    name: place === 0 ? 'turn' : inner[n % inner.length]!,
    attributes: [...who, text('app.note', sentence(n, 6))],
  };
}

function sentence(seed: number, length: number): string {
  return Array.from({ length }, (_, i) => words[(seed * 7 + i * 3) % words.length]).join(' ');
}

function idOf(n: number): string {
  // Spread like ids of life: consecutive numbers would pack too well.
  return ((BigInt(n + 1) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
}

function nanos(ms: number): string {
  return (T0 + BigInt(Math.round(ms * 1_000)) * 1_000n).toString();
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function count(key: string, intValue: number) {
  return { key, value: { intValue: String(intValue) } };
}
