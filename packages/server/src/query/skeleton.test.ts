import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCall } from '../../test/make-call.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import { type Problem, Skeleton, Span, type Trace, TraceAnswer } from '../api.ts';

const TRACE = '5be1e700798038103d269b633813fc60';
const SPANS = 3_000;
const T0 = 1_763_726_400_000_000_000n;
const at = (micros: number) => T0 + BigInt(micros) * 1_000n;
const idOf = (n: number) => (n + 1).toString(16).padStart(16, '0');

let server: TestServer;
let full: Trace;
let skeleton: Skeleton;

/** An agent with three roles that call a model and a tool in turn; the last span names a parent that never came. */
const spans = Array.from({ length: SPANS }, (_, n) => {
  const part = {
    ...{ traceId: TRACE, spanId: idOf(n), start: at(n * 700), end: at(n * 700 + 40_000) },
    parentSpanId: n === 0 ? '' : n === SPANS - 1 ? 'feedfeedfeedfeed' : idOf(n < 4 ? 0 : 1 + (n % 3)),
  };
  if (n % 5 === 4) return makeCall({ role: `role ${n % 3}`, input: 1_000 + n, output: 50 + (n % 90) }, part);
  return makeWireSpan({
    ...part,
    name: n === 0 ? 'invoke_agent crew' : n < 4 ? `role ${n}` : 'execute_tool search',
    ...(n === 7 && { status: 'error' as const, statusMessage: 'no such file' }),
    attributes: { 'gen_ai.operation.name': n < 4 ? 'invoke_agent' : 'execute_tool', 'app.note': `note ${n}` },
  });
});

beforeAll(async () => {
  server = await startTestServer();
  const body = encodeSpans(spans, 'protobuf');
  const sent = await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body });
  if (sent.status !== 200) throw new Error(sent.text);
  full = await eventually(async () => {
    const response = await fetch(`${server.url}/api/v1/traces/${TRACE}`);
    const trace = response.ok ? ((await response.json()) as Trace) : undefined;
    return trace?.spans.length === SPANS ? trace : undefined;
  });
  skeleton = await server.get<Skeleton>(`/api/v1/traces/${TRACE}/skeleton`);
});
afterAll(() => server.end());

describe('the skeleton of a trace', () => {
  it('is what the route table says, with one entry in each column for each span', () => {
    expect(Skeleton.parse(skeleton)).toEqual(skeleton);
    const { ids, ...columns } = skeleton.spans;
    expect(Buffer.from(ids, 'base64')).toHaveLength(SPANS * 8);
    for (const column of Object.values(columns)) expect(column).toHaveLength(SPANS);
    expect(skeleton.summary).toEqual(full.summary);
  });

  it('takes less than 60 bytes a span', () => {
    expect(JSON.stringify(skeleton).length / SPANS).toBeLessThan(60);
  });

  it('says of every span what the full answer says', () => {
    const ids = Buffer.from(skeleton.spans.ids, 'base64');
    let start = 0;
    const read = full.spans.map((_, i) => {
      const pattern = skeleton.patterns[skeleton.spans.patterns[i]!]!;
      start += skeleton.spans.starts[i]!;
      const back = skeleton.spans.parents[i]!;
      return {
        spanId: ids.toString('hex', i * 8, i * 8 + 8),
        parentSpanId:
          back === 0 ? (skeleton.missingParents[i] ?? null) : ids.toString('hex', (i - back) * 8, (i - back) * 8 + 8),
        name: skeleton.names[skeleton.spans.names[i]!],
        offsetMs: start / 1_000,
        durationMs: skeleton.spans.durations[i]! / 1_000,
        status: pattern.status,
        statusMessage: pattern.statusMessage,
        operation: pattern.operation,
        model: pattern.model,
        agent: pattern.agent,
        role: pattern.role,
        billable: pattern.billable,
        priceId: pattern.cost?.priceId ?? null,
      };
    });
    const wanted = full.spans.map((span) => ({
      ...{ spanId: span.spanId, parentSpanId: span.parentSpanId, name: span.name },
      ...{ offsetMs: span.offsetMs, durationMs: span.durationMs, status: span.status },
      ...{ statusMessage: span.statusMessage, operation: span.operation, model: span.model, agent: span.agent },
      ...{ role: span.role, billable: span.billable, priceId: span.cost?.priceId ?? null },
    }));
    expect(read).toEqual(wanted);
  });

  it('LLM-50 its costs add up to the cost of the trace to the nano-dollar', () => {
    const nanos = skeleton.calls.costNanos.reduce<bigint>((sum, cost) => sum + BigInt(cost === -1 ? 0 : cost), 0n);
    const [whole = '0', fraction = ''] = full.summary.costUsd.split('.');
    expect(nanos).toBe(BigInt(whole + fraction.padEnd(9, '0')));
    expect(nanos).toBeGreaterThan(0n);
    expect(skeleton.calls.inputTokens.reduce((sum, tokens) => sum + tokens, 0)).toBe(full.summary.inputTokens);
  });
});

describe('a trace too long to be answered whole', () => {
  it('has no spans in its answer when that is asked for, and still says how many there are', async () => {
    const path = `/api/v1/traces/${TRACE}?spansMax=`;
    expect(await server.get<Trace>(`${path}${SPANS - 1}`)).toEqual({ summary: full.summary, spans: [] });
    expect((await server.get<Trace>(`${path}${SPANS}`)).spans).toHaveLength(SPANS);
  });

  it('gives the skeleton of its beginning with that, in the words of the whole one', async () => {
    const path = `/api/v1/traces/${TRACE}?spansMax=0&beginning=`;
    const part = TraceAnswer.parse(await server.get(`${path}${Math.ceil(SPANS / 3)}`)).beginning!;
    const ids = (of: Skeleton) => Buffer.from(of.spans.ids, 'base64').toString('hex');
    expect(part.spans.starts.length).toBeGreaterThan(0);
    expect(part.spans.starts.length).toBeLessThan(SPANS);
    expect(ids(skeleton).startsWith(ids(part))).toBe(true);
    expect(part.summary).toEqual(full.summary);
    expect(part.spans.durations).toEqual(skeleton.spans.durations.slice(0, part.spans.durations.length));
  });

  it('gives single spans, as the full answer has them', async () => {
    const span = await server.get<Span>(`/api/v1/traces/${TRACE}/spans/${idOf(9).toUpperCase()}`);
    expect(Span.parse(span)).toEqual(span);
    expect(span).toEqual(full.spans.find(({ spanId }) => spanId === idOf(9)));
    expect(span.billable).toBe(true);
  });

  it('what is not there is a problem that says where to look', async () => {
    const problem = async (path: string) => {
      const response = await fetch(`${server.url}/api/v1/traces/${path}`);
      return [response.status, ((await response.json()) as Problem).error.code];
    };
    expect(await problem(`${'ab'.repeat(16)}/skeleton`)).toEqual([404, 'NOT_FOUND']);
    expect(await problem(`${TRACE}/spans/${'ab'.repeat(8)}`)).toEqual([404, 'NOT_FOUND']);
    expect(await problem(`${TRACE}/spans/nonsense`)).toEqual([400, 'BAD_QUERY']);
  });
});
