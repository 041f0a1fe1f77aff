import type { StoredSpan } from '@tallyspan/store';

export const spansPerTrace = 25;
const noon = 1_795_262_400_000_000_000n;
const models = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4', 'gemini-2.5-pro', 'text-embedding-3-small'];
const roles = ['researcher', 'writer', 'critic', 'planner'];
const commonWords =
  `the of analysis market report customer agent please summary find latest figures compare table revenue growth because
  however model answer question context source cite number quarter forecast risk team product launch detail`.split(
    /\s+/,
  );
const syllables = 'ka lo mi ter nes ova rin del sto pra que bor hin tas wel'.split(' ');
/** As in a language: few words are said all the time, and most of them hardly ever. */
const words = Array.from({ length: 20_000 }, (_, rank) => commonWords[rank] ?? wordOf(rank));
/** Messages that are sent again; agents leave out the oldest ones. */
const historyBytesMax = 6_000;

/** Runs of an agent as they are in life: an agent, its roles, model calls that send their whole history again, tools. */
export function makeTraces(first: number, count: number): StoredSpan[] {
  return Array.from({ length: count }, (_, index) => makeTrace(first + index)).flat();
}

function makeTrace(number: number): StoredSpan[] {
  const start = noon + BigInt(number) * 2_000_000_000n;
  const agent = `agent ${number % 20}`;
  const identity = {
    agent,
    tenant: `tenant ${number % 7}`,
    runId: `run-${number}`,
    sessionId: `session-${number % 500}`,
  };
  const history = [messageOf('user', `${sentence(number, 60)} order ${orderOf(number)}`)];
  return Array.from({ length: spansPerTrace }, (_, index): StoredSpan => {
    const base = {
      traceId: (number + 1).toString(16).padStart(32, '0'),
      spanId: (number * spansPerTrace + index + 1).toString(16).padStart(16, '0'),
      parentSpanId: index === 0 ? '' : (number * spansPerTrace + 1).toString(16).padStart(16, '0'),
      traceState: '',
      kind: 'client' as const,
      start: start + BigInt(index) * 50_000_000n,
      end: start + BigInt(index) * 50_000_000n + 40_000_000n,
      status: number % 50 === 0 && index === 7 ? ('error' as const) : ('unset' as const),
      statusMessage: '',
      attributes: {
        'http.request.method': 'POST',
        'code.function': `step${index}`,
        'thread.id': 1,
        'custom.tag': `value ${number % 13}`,
      },
      events: [],
      links: [],
      resource: {
        'service.name': 'crew',
        'host.name': 'laptop',
        'process.pid': 4711,
        'telemetry.sdk.language': 'nodejs',
      },
      scopeName: '@tallyspan/sdk',
      scopeVersion: '0.1.0',
      droppedAttributes: 0,
      droppedEvents: 0,
      droppedLinks: 0,
    };
    const role = roles[index % roles.length]!;
    if (index === 0) return { ...base, name: agent, facts: { ...identity, operation: 'invoke_agent' } };
    if (index % 3 === 0) {
      const facts = {
        ...identity,
        role,
        operation: 'execute_tool',
        toolName: `lookup ${index}`,
        toolArguments: `{"q":"${sentence(index, 5)}"}`,
      };
      return { ...base, name: `execute_tool lookup ${index}`, facts };
    }
    const model = models[(number + index) % models.length]!;
    const answer = messageOf('assistant', sentence(number * 31 + index, 80));
    const inputMessages = `[${history.join()}]`;
    history.push(answer);
    while (history.join().length > historyBytesMax) history.splice(1, 1);
    const nanos = BigInt(1_000 + index * 37 + (number % 11));
    return {
      ...base,
      name: `chat ${model}`,
      facts: {
        ...identity,
        role,
        operation: 'chat',
        provider: 'openai',
        requestModel: model,
        responseModel: `${model}-2026-08-06`,
        inputTokens: 900 + index,
        outputTokens: 120,
        cacheReadTokens: 600,
        finishReasons: ['stop'],
        responseId: `resp_${number}_${index}`,
        timeToFirstChunk: 0.31,
        inputMessages,
        outputMessages: `[${answer}]`,
      },
      cost: {
        source: 'computed',
        nanos,
        version: 'genai-prices 0.1.8',
        priceId: `openai/${model}`,
        lines: [
          { type: 'input', tokens: 300, usdPerMillion: 2.5, nanos: nanos / 2n },
          { type: 'output', tokens: 120, usdPerMillion: 10, nanos: nanos - nanos / 2n },
        ],
      },
    };
  });
}

/** Said in one trace only. */
export function orderOf(number: number): string {
  return `ord${((number * 2_654_435_761) >>> 0).toString(36)}x${number.toString(36)}`;
}

function messageOf(role: string, content: string): string {
  return JSON.stringify({ role, content });
}

/** Each word half as often as the one at half its rank. */
function sentence(seed: number, length: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  const said: string[] = [];
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    said.push(words[Math.floor(words.length ** (state / 2 ** 32)) - 1]!);
  }
  return said.join(' ');
}

function wordOf(rank: number): string {
  let word = '';
  for (let left = rank * 7 + 5; left > 0; left = Math.floor(left / syllables.length))
    word += syllables[left % syllables.length];
  return word;
}
