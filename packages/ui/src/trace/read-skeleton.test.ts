import type { Skeleton } from '@tallyspan/server';
import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { makeTrace } from '../../test/make-trace.ts';
import { longTrace } from '../../test/trace-sample.ts';
import { readSkeleton } from './read-skeleton.ts';

it('the columns of a skeleton become the spans that they stand for', () => {
  const { spans, details, summary } = readSkeleton(longTrace);
  expect([details, summary, spans.length]).toEqual(['on-demand', longTrace.summary, 3]);
  expect(spans[0]).toEqual(
    makeSpan('00000000000000a1', null, {
      ...{ start: '', name: 'invoke_agent crew', operation: 'invoke_agent', agent: 'crew' },
      ...{ offsetMs: 0, durationMs: 9_000.5 },
    }),
  );
  expect(spans[1]).toEqual(
    makeCall('00000000000000b1', '00000000000000a1', '9007199254.740993', {
      ...{ start: '', name: 'chat gpt-4o', agent: 'crew', kind: 'client', requestModel: 'gpt-4o' },
      ...{ offsetMs: 1.5, durationMs: 2_000, timeToFirstChunkMs: 250, inputTokens: 900, outputTokens: 20 },
      cost: {
        ...{
          source: 'computed',
          costUsd: '9007199254.740993',
          version: 'prices@1',
          priceId: 'openai/gpt-4o',
          lines: [],
        },
      },
    }),
  );
  expect(spans[2]).toMatchObject({
    ...{ parentSpanId: 'feedfeedfeedfeed', status: 'error', errorType: 'guardrail_blocked', cost: null },
    ...{ offsetMs: 4_001.5, facts: { guardOutcome: 'blocked' } },
  });
});

it('columns that do not fit together are refused and not guessed at', () => {
  const broken: Skeleton = { ...longTrace, spans: { ...longTrace.spans, names: [0] } };
  expect(() => readSkeleton(broken)).toThrow(RangeError);
  const calls = { ...longTrace.calls, at: [7] };
  expect(() => readSkeleton({ ...longTrace, calls })).toThrow(RangeError);
  expect(readSkeleton({ ...longTrace, summary: makeTrace('x') }).spans).toHaveLength(3);
});
