import { expect, it } from 'vitest';
import { readMetrics, sumOf } from './read-metrics.ts';

it('samples are read with their labels, and what is no sample is left out', () => {
  const samples = readMetrics(
    [
      '# TYPE tallyspan_ingest_refused_requests counter',
      'tallyspan_ingest_refused_requests_total{code="A \\"b\\" }"} 3',
      'tallyspan_ingest_refused_requests_total{code="B"} 4 1700000000',
      'tallyspan_ingest_lag_seconds 0.25',
      'x{le="+Inf"} +Inf',
      '<html>',
    ].join('\n'),
  );
  expect(samples.map(({ labels, value }) => [Object.values(labels)[0], value])).toEqual([
    ['A "b" }', 3],
    ['B', 4],
    [undefined, 0.25],
    ['+Inf', Infinity],
  ]);
  expect(sumOf(samples, 'tallyspan_ingest_refused_requests')).toBe(7);
  expect(sumOf(samples, 'tallyspan_store_bytes')).toBeUndefined();
});
