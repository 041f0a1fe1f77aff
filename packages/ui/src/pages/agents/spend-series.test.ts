import { expect, it } from 'vitest';
import { bucketOf, seriesKey, spendSeries } from './spend-series.ts';

const zero = {
  ...{ calls: 1, errors: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  ...{ reasoningTokens: 0, unpricedCalls: 0 },
};
const at = (hour: string) => `2026-11-20T${hour}:00:00.000000000Z`;

it('spend is cut into hours with a zero where nothing was spent, and agents of one name in two tenants stay apart', () => {
  const rows = [
    { key: ['a', 'crew', at('12')], ...zero, costUsd: '2' },
    { key: ['a', 'crew', at('10')], ...zero, costUsd: '0.5' },
    { key: [null, 'crew', at('11')], ...zero, costUsd: '1' },
    { key: ['a', 'crew', at('09')], ...zero, costUsd: '7' },
    { key: ['a', 'crew', null], ...zero, costUsd: '7' },
  ];
  const series = spendSeries(rows, 'hour', Date.parse(at('10').slice(0, 19) + 'Z'), Date.parse('2026-11-20T12:30:00Z'));
  expect(Object.fromEntries(series)).toEqual({
    [seriesKey(['a', 'crew'])]: [0.5, 0, 2],
    [seriesKey([null, 'crew'])]: [0, 1, 0],
  });
});

it('a short time is cut into minutes, a day into hours, a month into days', () => {
  expect([3_600_000, 86_400_000, 30 * 86_400_000].map(bucketOf)).toEqual(['minute', 'hour', 'day']);
});
