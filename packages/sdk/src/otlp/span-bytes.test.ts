import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startSink } from '../../test/otlp-sink.ts';
import { chatFacts, endedSpan } from '../../test/fixtures.ts';
import { post } from './post.ts';
import { envelope, exportRequest } from './request.ts';
import type { EndedSpan } from '../span.ts';
import { writeSpan } from './span-bytes.ts';

const writing = { dialects: ['otel'], semconv: '1.41' } as const;
const outer = envelope({ 'service.name': 'test' }, '@tallyspan/sdk', '0');

const bytesOf = (span: EndedSpan): Buffer => Buffer.from(writeSpan(span, writing));

async function sent(entries: Buffer[]) {
  const sink = await startSink();
  const target = { url: new URL('/v1/traces', sink.url), headers: {}, timeoutMs: 5000, compress: false };
  await post(target, exportRequest(outer, entries), true);
  await sink.close();
  return sink.spans;
}

describe('a span as OTLP bytes', () => {
  it('LLM-29 LLM-30 OBS-71 OBS-72 COST-11 COST-12 token counts are integers on the wire', async () => {
    const [span] = await sent([bytesOf(endedSpan(chatFacts))]);
    expect(span!.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 152, 'gen_ai.usage.output_tokens': 487 });
    expect(span!.integers).toEqual(expect.arrayContaining(['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens']));
  });

  it('is read by a foreign decoder field by field', async () => {
    const [span] = await sent([
      bytesOf(
        endedSpan(chatFacts, {
          parentSpanId: '00f067aa0ba902b7',
          failed: true,
          statusMessage: 'HTTP 429',
          traceState: 'a=1',
        }),
      ),
    ]);
    expect(span).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      parentSpanId: '00f067aa0ba902b7',
      name: 'chat gpt-4o',
      kind: 3,
      start: 1_763_000_000_000_000_000n,
      end: 1_763_000_000_250_000_000n,
      failed: true,
      statusMessage: 'HTTP 429',
      scope: '@tallyspan/sdk',
      resource: { 'service.name': 'test' },
    });
    expect(span!.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-abc123',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 152,
      'gen_ai.usage.output_tokens': 487,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'tally.cost.usd': 0.00517,
      'tally.cost.source': 'computed',
      'tally.tenant': 'acme-corp',
      'gen_ai.agent.name': 'analyst',
      'tally.role': 'researcher',
    });
  });

  it('carries any text and any count unchanged, in any number of spans', async () => {
    const facts = fc.record({
      requestModel: fc.string({ unit: 'grapheme', maxLength: 200 }),
      agent: fc.string({ unit: 'grapheme', maxLength: 70 }),
      inputTokens: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      temperature: fc.double({ noNaN: true }),
      finishReasons: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
      inputMessages: fc.string({ unit: 'grapheme', maxLength: 5000 }),
      seed: fc.maxSafeInteger(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(facts, { minLength: 1, maxLength: 20 }), async (all) => {
        const spans = await sent(all.map((each) => bytesOf(endedSpan({ operation: 'chat', ...each }))));
        expect(spans.map((span) => span.attributes)).toEqual(
          all.map((each) => ({
            'gen_ai.operation.name': 'chat',
            'gen_ai.request.model': each.requestModel,
            'gen_ai.agent.name': each.agent,
            'gen_ai.usage.input_tokens': each.inputTokens,
            'gen_ai.request.temperature': each.temperature,
            'gen_ai.response.finish_reasons': each.finishReasons,
            'gen_ai.input.messages': each.inputMessages,
            'gen_ai.request.seed': each.seed,
          })),
        );
      }),
      { numRuns: 60 },
    );
  });
});
