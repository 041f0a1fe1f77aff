import type { Facts, SpanKind } from '@tallyspan/facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Member, settle } from './settle.ts';

type Shape = [
  id: string,
  parent: string,
  facts: Facts,
  rest?: { kind?: SpanKind; at?: [number, number]; scope?: string; trace?: string },
];

/** Spans in the order given; by default each one lasts a second and lies a millisecond inside the one before. */
function members(...shapes: Shape[]): Member[] {
  return shapes.map(
    ([id, parent, facts, { kind = 'internal' as SpanKind, at, scope = 'a', trace = '1' } = {}], index) => ({
      traceId: trace,
      spanId: id,
      parentSpanId: parent,
      start: BigInt(at?.[0] ?? index),
      end: BigInt(at?.[1] ?? 1_000 - index),
      kind,
      scopeName: scope,
      facts,
    }),
  );
}

/** Ids of the calls that count. */
function counted(spans: Member[]): string[] {
  const settled = settle(spans);
  return spans
    .filter((span) => span.facts.operation === 'chat' || span.facts.operation === 'embeddings')
    .filter((span) => (span.facts.uncounted ?? settled.get(span)?.uncounted) === undefined)
    .map(({ spanId }) => spanId)
    .sort();
}

const chat = (facts: Facts = {}): Facts => ({ operation: 'chat', inputTokens: 100, outputTokens: 10, ...facts });
const silent = (facts: Facts = {}): Facts => ({ operation: 'chat', ...facts });
const step = (operation?: string, facts: Facts = {}): Facts => ({ ...(operation && { operation }), ...facts });
const ID = 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5q';

describe('of spans that are one call, one counts', () => {
  it.each<[what: string, shapes: Shape[], counted: string[]]>([
    [
      'an agent repeats its calls',
      [
        ['a', '', step('invoke_agent', { inputTokens: 100 })],
        ['b', 'a', chat()],
      ],
      ['b'],
    ],
    [
      'a framework’s call around the client’s',
      [
        ['a', '', chat()],
        ['b', 'a', chat()],
      ],
      ['b'],
    ],
    [
      'with steps in between',
      [
        ['a', '', chat()],
        ['h', 'a', step()],
        ['b', 'h', chat()],
      ],
      ['b'],
    ],
    [
      'three inside each other',
      [
        ['a', '', chat()],
        ['b', 'a', chat()],
        ['c', 'b', chat()],
      ],
      ['c'],
    ],
    [
      'two calls of a framework’s one',
      [
        ['a', '', chat()],
        ['b', 'a', chat()],
        ['c', 'a', chat()],
      ],
      ['b', 'c'],
    ],
    [
      'an inner one without tokens leaves it to the outer',
      [
        ['a', '', chat()],
        ['b', 'a', silent()],
      ],
      ['a'],
    ],
    [
      'and so on outward',
      [
        ['a', '', chat()],
        ['b', 'a', silent()],
        ['c', 'b', silent()],
      ],
      ['a'],
    ],
    [
      'none has tokens: the innermost',
      [
        ['a', '', silent()],
        ['b', 'a', silent()],
      ],
      ['b'],
    ],
    [
      'a retry: the failed attempt is a call too',
      [
        ['a', '', chat()],
        ['b', 'a', silent({ errorType: '429' })],
        ['c', 'a', chat()],
      ],
      ['b', 'c'],
    ],
    [
      'a tool that asks a model is another call',
      [
        ['a', '', chat()],
        ['t', 'a', step('execute_tool')],
        ['b', 't', chat()],
      ],
      ['a', 'b'],
    ],
    [
      'an agent inside a call is another',
      [
        ['a', '', chat()],
        ['g', 'a', step('invoke_agent')],
        ['b', 'g', chat()],
      ],
      ['a', 'b'],
    ],
    [
      'a proxy behind a server’s span is the same call',
      [
        ['a', '', chat(), { kind: 'client' }],
        ['s', 'a', step(), { kind: 'server' }],
        ['b', 's', chat()],
      ],
      ['b'],
    ],
    [
      'an agent that answers like a model, behind a server’s span, is the same call',
      [
        ['a', '', chat()],
        ['s', 'a', step(), { kind: 'server' }],
        ['g', 's', step('invoke_agent')],
        ['b', 'g', chat()],
      ],
      ['b'],
    ],
    [
      'a tool’s server that asks a model is another call',
      [
        ['a', '', chat()],
        ['t', 'a', step('execute_tool')],
        ['s', 't', step(), { kind: 'server' }],
        ['b', 's', chat()],
      ],
      ['a', 'b'],
    ],
    [
      'embeddings inside a call are no part of it',
      [
        ['a', '', chat()],
        ['b', 'a', step('embeddings', { inputTokens: 5 })],
      ],
      ['a', 'b'],
    ],
    [
      'a pending span never counts, and hides nothing',
      [
        ['a', '', chat()],
        ['p', 'a', chat({ uncounted: 'pending' })],
      ],
      ['a'],
    ],
    [
      'beside each other with the same response id',
      [
        ['r', '', step()],
        ['a', 'r', chat({ responseId: ID })],
        ['b', 'r', chat({ responseId: ID })],
      ],
      ['b'],
    ],
    [
      'the same response id, one after the other: two calls',
      [
        ['r', '', step()],
        ['a', 'r', chat({ responseId: ID }), { at: [0, 9] }],
        ['b', 'r', chat({ responseId: ID }), { at: [10, 19] }],
      ],
      ['a', 'b'],
    ],
    [
      'the same response id with other tokens: two calls',
      [
        ['r', '', step()],
        ['a', 'r', chat({ responseId: ID })],
        ['b', 'r', chat({ responseId: ID, outputTokens: 11 })],
      ],
      ['a', 'b'],
    ],
    [
      'a response id of 15 characters says nothing',
      [
        ['r', '', step()],
        ['a', 'r', chat({ responseId: ID.slice(0, 15) })],
        ['b', 'r', chat({ responseId: ID.slice(0, 15) })],
      ],
      ['a', 'b'],
    ],
    [
      'one of 16 does',
      [
        ['r', '', step()],
        ['a', 'r', chat({ responseId: ID.slice(0, 16) })],
        ['b', 'r', chat({ responseId: ID.slice(0, 16) })],
      ],
      ['b'],
    ],
    [
      'a framework’s callback beside the client that it uses',
      [
        ['r', '', step()],
        ['a', 'r', chat()],
        ['b', 'r', chat({ responseId: ID }), { scope: 'b' }],
      ],
      ['b'],
    ],
    [
      'two callbacks and one client: only one is explained',
      [
        ['r', '', step()],
        ['a', 'r', chat()],
        ['b', 'r', chat()],
        ['c', 'r', chat({ responseId: ID }), { scope: 'b' }],
      ],
      ['a', 'c'],
    ],
    [
      'two equal calls of one library at once are two',
      [
        ['r', '', step()],
        ['a', 'r', chat()],
        ['b', 'r', chat({ responseId: ID })],
      ],
      ['a', 'b'],
    ],
    [
      'other traces are other calls',
      [
        ['a', '', chat({ responseId: ID })],
        ['a', '', chat({ responseId: ID }), { trace: '2' }],
      ],
      ['a', 'a'],
    ],
    [
      'tenants with the same ids do not meet',
      [
        ['a', '', chat({ tenant: 'x' })],
        ['b', 'a', chat({ tenant: 'y' })],
      ],
      ['a', 'b'],
    ],
  ])('%s', (_, shapes, expected) => expect(counted(members(...shapes))).toEqual(expected));

  it('spans that are each other’s parents count, and end nothing', () => {
    expect(counted(members(['a', 'b', chat()], ['b', 'a', chat()], ['c', 'c', chat()]))).toEqual(['a', 'b', 'c']);
  });

  it('a chain of 50,000 spans is settled', () => {
    const chain = Array.from({ length: 50_000 }, (_, index): Shape => [
      `${index}`,
      index ? `${index - 1}` : '',
      chat(),
    ]);
    expect(counted(members(...chain))).toEqual(['49999']);
  });
});

describe('a span belongs to whoever its ancestors say', () => {
  const of = (spans: Member[], id: string) => settle(spans).get(spans.find(({ spanId }) => spanId === id)!);

  it('tenant, agent, run, role, user and session come from the nearest ancestor that has them', () => {
    const spans = members(
      ['w', '', step('invoke_workflow', { tenant: 'acme', userId: 'u', sessionId: 's' })],
      ['g', 'w', step('invoke_agent', { agent: 'analyst', agentVersion: '2', runId: 'r1' })],
      ['o', 'g', step(undefined, { role: 'writer' })],
      ['h', 'o', step()],
      ['c', 'h', chat()],
    );
    expect(of(spans, 'c')).toEqual({
      tenant: 'acme',
      userId: 'u',
      sessionId: 's',
      agent: 'analyst',
      agentVersion: '2',
      runId: 'r1',
      role: 'writer',
      inherited: ['tenant', 'userId', 'sessionId', 'agent', 'agentVersion', 'runId', 'role'],
    });
  });

  it('run and role end where another agent begins', () => {
    const spans = members(
      ['g', '', step('invoke_agent', { tenant: 'acme', agent: 'chief', runId: 'r1', role: 'lead' })],
      ['k', 'g', step('invoke_agent', { agent: 'helper' })],
      ['c', 'k', chat()],
    );
    expect(of(spans, 'c')).toEqual({ tenant: 'acme', agent: 'helper', inherited: ['tenant', 'agent'] });
  });

  it('a span that names the agent it is of has that agent’s run', () => {
    const spans = members(
      ['g', '', step('invoke_agent', { agent: 'a', runId: 'r1' })],
      ['c', 'g', chat({ agent: 'a' })],
    );
    expect(of(spans, 'c')).toEqual({ runId: 'r1', inherited: ['runId'] });
  });

  it('what a span says itself is never overruled, and spans that are no step are left as they came', () => {
    const spans = members(
      ['g', '', step('invoke_agent', { tenant: 'acme' })],
      ['c', 'g', chat({ tenant: 'other' })],
      ['h', 'g', step()],
    );
    expect(of(spans, 'c')).toBeUndefined();
    expect(of(spans, 'h')).toBeUndefined();
  });
});

describe('settling', () => {
  const operation = fc.constantFrom(undefined, 'chat', 'embeddings', 'invoke_agent', 'execute_tool');
  const anyShape = fc.record(
    {
      operation,
      tenant: fc.constantFrom('x', 'y'),
      agent: fc.constantFrom('a', 'b'),
      runId: fc.constantFrom('1', '2'),
      role: fc.constantFrom('p', 'q'),
      responseId: fc.constantFrom(ID, `${ID}2`),
      inputTokens: fc.nat(2),
    },
    { requiredKeys: [] },
  );
  const anyTrace = fc
    .array(
      fc.record({
        facts: anyShape,
        parent: fc.nat(12),
        kind: fc.constantFrom<SpanKind>('internal', 'server'),
        scope: fc.constantFrom('a', 'b'),
      }),
      { maxLength: 12 },
    )
    .map((spans) =>
      members(
        ...spans.map(({ facts, parent, kind, scope }, index): Shape => [
          `${index}`,
          parent < 12 ? `${parent}` : '',
          facts as Facts,
          { kind, scope },
        ]),
      ),
    );

  it('does not depend on the order of the spans', () => {
    fc.assert(
      fc.property(
        anyTrace.chain((spans) =>
          fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length })),
        ),
        ([spans, shuffled]) => {
          const [ours, theirs] = [settle(spans), settle(shuffled)];
          for (const span of spans) expect(theirs.get(span)).toEqual(ours.get(span));
        },
      ),
    );
  });

  it('of settled spans changes nothing', () => {
    fc.assert(
      fc.property(anyTrace, (spans) => {
        const once = settle(spans);
        const settled = spans.map((span) => ({ ...span, facts: { ...span.facts, ...once.get(span) } as Facts }));
        const again = settle(settled);
        for (const [index, span] of spans.entries()) expect(again.get(settled[index]!)).toEqual(once.get(span));
      }),
    );
  });
});
