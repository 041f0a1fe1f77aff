import { performance } from 'node:perf_hooks';
import { afterEach, expect, it, vi } from 'vitest';
import { harness } from '../test/harness.ts';
import { agent, tool } from './index.ts';

const h = harness();
afterEach(() => vi.restoreAllMocks());

it('what is done inside of an agent ends no later than the agent, wherever the machine pauses the process', async () => {
  // Between any two looks at the clock lies a pause of up to a millisecond, another one each time.
  let time = performance.now();
  let turn = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (time += ((turn += 7) % 11) / 11));
  const step = tool('step', () => 'done');
  const work = agent({ name: 'worker' }, () => step());
  for (let i = 0; i < 50; i++) work();

  const spans = await h.spans();
  expect(spans).toHaveLength(100);
  const late = spans.filter((span) => {
    const around = spans.find(({ spanId }) => spanId === span.parentSpanId);
    return around && (span.end > around.end || span.start < around.start);
  });
  expect(late).toEqual([]);
});
