import fc from 'fast-check';
import { filterFields, isTextField, parseFilter, writeTerm } from '@tallyspan/facts/query';
import { describe, expect, it, vi } from 'vitest';
import type { Store, StoredSpan } from '../src/index.ts';
import type { StoreUnderTest } from './contract.ts';
import { filter, spanMatches, traceMatches } from './filter-oracle.ts';
import { hex, makeSpan, noon } from './make-span.ts';
import { randomFrom } from './random-from.ts';
import { givenSeed } from './seed.ts';

const words = [
  'a',
  'B',
  'it’s',
  `'; DROP TABLE spans; --`,
  '100%',
  'a_b',
  'back\\slash',
  '"x"',
  'line\nend',
  'ünï',
  '{k:String}',
  '$1',
  '*',
];
const keys = ['k', 'http.method', `o'k"ey`, 'a/b~c', '~int', '$.x', 'nested'];

/** A commit is judged by what it changed, so all see the same filters; SEED asks for others. */
const SEED = 20_261_121;
/** Longer in `npm run proof`. */
const RUNS = Number(process.env['FILTER_RUNS'] ?? 60);

/** Filters: what they find, and that nothing a person types is more than a value. Part of the contract of every driver. */
export function filterContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: a filter`, () => {
    vi.setConfig({ testTimeout: 60_000 + RUNS * 333 });

    it('finds the spans and the traces that it says, whatever is in them', async () => {
      const { store } = await open();
      const from = givenSeed() ?? SEED;
      const spans = randomSpans(from);
      await store.add(spans);
      const runNumber = await runNumbersOf(store);
      const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
      const summaries = await Promise.all(traceIds.map(async (traceId) => (await store.traceSummary(traceId))!));
      const check = async (text: string) => {
        const where = filter(text);
        if (!/\b(spans|calls|errors)\b[:<>=!]/.test(text) && !/has:(spans|calls|errors)/.test(text)) {
          const found = await store.spans({ where }, { limit: 1_000 });
          const expected = spans.filter((span) => spanMatches(where, span, runNumber(span)));
          expect(found.map(idOf).sort(), text).toEqual(expected.map(idOf).sort());
        }
        const traces = await store.traces({ where }, { limit: 500 });
        const expected = summaries.filter((summary) =>
          traceMatches(
            where,
            summary,
            spans.filter(({ traceId }) => traceId === summary.traceId),
            runNumber,
          ),
        );
        expect(traces.map(({ traceId }) => traceId).sort(), text).toEqual(
          expected.map(({ traceId }) => traceId).sort(),
        );
      };
      const limit = { numRuns: RUNS, interruptAfterTimeLimit: RUNS * 333 };
      await fc.assert(fc.asyncProperty(filters, check), { seed: from, ...limit });
    });

    it('side by side is about one span, after a minus about all, and the numbers of a trace are those of the trace', async () => {
      const { store } = await open();
      const call = (trace: number, span: number, facts: StoredSpan['facts'], end = noon + 1_000_000_000n) =>
        makeSpan({ trace, span, ...(span > 1 && { parent: 1 }), end, facts: { operation: 'chat', ...facts } });
      await store.add([
        call(1, 1, { requestModel: 'm1', agent: 'a1' }),
        call(1, 2, { requestModel: 'm2', agent: 'a2' }, noon + 3_000_000_000n),
        call(2, 1, { requestModel: 'm1', agent: 'a2', toolName: 'search' }),
      ]);
      const found = async (text: string) =>
        (await store.traces({ where: filter(text) }, { limit: 9 })).map(({ traceId }) => Number(traceId)).sort();
      expect(await found('model:m1 agent:a2')).toEqual([2]);
      expect(await found('(model:m1) (agent:a2 OR agent:a9)')).toEqual([2]);
      expect(await found('model:m1 -agent:a1')).toEqual([2]);
      expect(await found('-tool:search')).toEqual([1]);
      expect(await found('has:tool OR agent:a1')).toEqual([1, 2]);
      expect(await found('duration>2s')).toEqual([1]);
      expect(await found('span.duration<2s spans>1')).toEqual([1]);
      expect(await found('agent:a2 -span.duration>2s')).toEqual([2]);
    });

    it('finds what was said, in any case and with its quotation marks, but not the names of facts', async () => {
      const { store } = await open();
      const said = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'He said "Größe"\nand left' }] }]);
      await store.add([makeSpan({ facts: { inputMessages: said, operation: 'chat' } }), makeSpan({ span: 2 })]);
      const found = async (text: string) => (await store.spans({ where: filter(text) }, { limit: 9 })).length;
      expect(await found('größe')).toBe(1);
      expect(await found('"said \\"GRÖSSE"')).toBe(0);
      expect(await found('"said \\"grö"')).toBe(1);
      expect(await found('inputMessages')).toBe(0);
      expect(await found('"A STEP"')).toBe(2);
    });

    it('takes a call that nobody has a price for neither for a cheap one nor for a dear one', async () => {
      const { store } = await open();
      const cost = { source: 'computed' as const, nanos: 5n, lines: [] };
      await store.add([makeSpan({ cost }), makeSpan({ span: 2 })]);
      const found = async (text: string) => (await store.spans({ where: filter(text) }, { limit: 9 })).length;
      expect([await found('cost<1'), await found('cost<0'), await found('cost>=0'), await found('-has:cost')]).toEqual([
        1, 0, 1, 1,
      ]);
    });

    it('after a minus finds the spans that nothing was said in, also where a fact is spelled so', async () => {
      const { store } = await open();
      await store.add([makeSpan({ facts: { operation: 'chat' } })]);
      const found = async (text: string) => (await store.spans({ where: filter(text) }, { limit: 9 })).length;
      expect([await found('chat'), await found('-chat')]).toEqual([0, 1]);
    });

    it('is never more than a value: hostile text finds nothing and breaks nothing', async () => {
      const { store } = await open();
      await store.add([makeSpan()]);
      const hostile = [
        "'",
        '"',
        '`',
        '\\',
        '\\\\',
        "' OR '1'='1",
        '${1}',
        '{a:b}',
        '\0',
        '\u2028',
        '%',
        '_',
        '😀',
        '\ud800',
        ')',
        '--',
        '/*',
        'x'.repeat(200),
      ];
      for (const text of hostile) {
        for (const field of ['agent', 'attr.k', `attr.${text}`, `resource.${text}`] as const) {
          const where = filter(`${writeTerm(field, `${text}`)} OR -${writeTerm(field, text)} OR has:error`);
          expect(await store.spans({ where }, { limit: 9 }), text).toHaveLength(1);
        }
        const where = filter(writeTerm('agent', `${text}x`).replace('agent:', ''));
        expect(await store.traces({ where }, { limit: 9 }), text).toEqual([]);
        expect((await store.costs([`attr.${text}`, 'agent'], { where, agent: text })).rows).toEqual([]);
        expect(await store.values(`resource.${text}`, text, { user: text }, 9)).toEqual([]);
        expect(await store.attributeKeys('attr', text, { role: text }, 9)).toEqual([]);
      }
    });

    it('of a field that only traces have is refused for spans', async () => {
      const { store } = await open();
      await expect(store.spans({ where: filter('-(calls>3 OR a)') }, { limit: 9 })).rejects.toThrow(RangeError);
    });
  });
}

const idOf = ({ traceId, spanId }: StoredSpan) => `${traceId} ${spanId}`;

async function runNumbersOf(store: Store): Promise<(span: StoredSpan) => number | undefined> {
  const { rows } = await store.groups({
    by: ['tenant', 'agent', 'run_id', 'run'],
    of: 'spans',
    filter: {},
    order: 'last',
    limit: 999,
  });
  const numbers = new Map(
    rows.map(({ key: [tenant, agent, runId, run] }) => [`${tenant} ${agent} ${runId}`, Number(run)]),
  );
  return ({ facts: { tenant = null, agent = null, runId } }) =>
    runId === undefined ? undefined : numbers.get(`${tenant} ${agent} ${runId}`);
}

/** Few values, so that filters often find something. */
function randomSpans(from: number): StoredSpan[] {
  const random = randomFrom(from);
  const below = (count: number) => Math.floor(random() * count);
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const maybe = <T>(value: T): T | undefined => (random() < 0.6 ? value : undefined);
  const values = () => one([...words, 5, 1.5, true, null, ['a', 1], 2n ** 60n, Number.NaN]);
  return Array.from({ length: 60 }, (_, index) => {
    const facts = {
      tenant: maybe(one(['acme', 'default', 'B'])),
      agent: maybe(one(words)),
      role: maybe(one(words)),
      operation: maybe(one(['chat', 'execute_tool', 'invoke_agent'])),
      requestModel: maybe(one(words)),
      responseModel: maybe(one(words)),
      toolName: maybe(one(words)),
      userId: maybe(one(words)),
      conversationId: maybe(one(words)),
      runId: maybe(`run ${below(4)}`),
      errorType: random() < 0.2 ? one(words) : undefined,
      guardOutcome: random() < 0.3 ? 'blocked' : undefined,
      inputTokens: maybe(below(3) * 1_000),
      outputTokens: maybe(below(3) * 500),
      timeToFirstChunk: maybe(below(4) / 4),
      inputMessages: maybe(JSON.stringify([{ content: `${one(words)} ${one(words)}` }])),
    };
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    const start = noon + BigInt(below(5)) * 10n ** 9n;
    return makeSpan({
      trace: 1 + below(12) + 0xabc0,
      span: index + 1,
      ...(random() < 0.7 && { parent: 1 }),
      name: one(words),
      status: one(['ok', 'unset', 'error']),
      statusMessage: one(['', ...words]),
      start,
      end: start + BigInt(below(5)) * 10n ** 9n,
      scopeName: one(['', 'scope']),
      attributes: Object.fromEntries(keys.filter(() => random() < 0.4).map((key) => [key, values()])),
      resource: random() < 0.5 ? { 'service.name': one(words) } : {},
      facts: given,
      ...(random() < 0.5 && {
        cost: {
          source: 'computed' as const,
          nanos: random() < 0.1 ? 2n ** 90n : BigInt(below(4)) * 10_000_000n,
          lines: [],
        },
      }),
    });
  });
}

const word = fc.constantFrom(...words, 'acme', 'default', 'chat', 'none');
const number = fc.constantFrom('0', '1', '1000', '0.01', '0.02', '5');
const sign = fc.constantFrom(':', '!=', '>', '>=', '<', '<=');
const units: Record<string, string> = { duration: 's', seconds: 's' };
const fields = Object.entries(filterFields).map(([field, { type, of }]) => ({ field, type, of }));

const term = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...fields), word, sign, number)
      .map(([{ field, type, of }, text, comparison, digits]) => {
        const head = of === 'both' && text.length % 2 === 0 ? 'span.' : '';
        if (field === 'status') return `${head}status:error`;
        if (field === 'kind') return 'kind:client';
        if (type === 'id') return `${field}:${hex(0xabc5, 32).slice(0, 30)}`;
        if (isTextField(field))
          return text.length % 3 === 0 ? `${field}:${text[0]!.replace(/["\\'*]/, 'a')}*` : writeTerm(field, text);
        const whole = type === 'count' ? digits.replace(/\..*/, '') : digits;
        return `${head}${field}${comparison}${whole}${units[type] ?? ''}`;
      }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...keys), word).map(([key, text]) => writeTerm(`attr.${key}`, text)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('k', 'http.method'), sign, number).map((parts) => `attr.${parts.join('')}`),
  },
  { weight: 1, arbitrary: fc.constantFrom(...fields).map(({ field }) => `has:${field}`) },
  { weight: 1, arbitrary: fc.constantFrom(...keys).map((key) => writeTerm(`attr.${key}`, null)) },
  {
    weight: 2,
    arbitrary: word.map((text) =>
      writeTerm('name', text)
        .replace('name:', '')
        .replace(/^([^"].*)$/, '"$1"'),
    ),
  },
);
const filters = fc
  .array(fc.tuple(term, fc.constantFrom(' ', ' ', ' OR ', ' -', ' (')), { minLength: 1, maxLength: 4 })
  .map((parts) => {
    const text = parts.map(([inner, join], index) => (index === parts.length - 1 ? inner : `${inner}${join}`)).join('');
    return text + ')'.repeat(text.replace(/"(\\.|[^"\\])*"/gs, '').split('(').length - 1);
  })
  .filter((text) => parseFilter(text).ok);
