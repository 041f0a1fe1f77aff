import type { CostNode, Costs } from '@tallyspan/server';
import { describe, expect, it } from 'vitest';
import { bothFilters, cellFilter, narrowed } from './cell-filter.ts';
import { overTime, roundAbove } from './over-time.ts';
import { COLUMNS_SHOWN, pivotCells } from './pivot-cells.ts';
import { NOTHING, restOf, sumTotals } from './sum-totals.ts';
import { tableText } from './table-text.ts';

const totals = (costUsd: string, calls = 1) => ({ ...NOTHING, costUsd, calls });
const leaf = (dimension: string, value: string | null, costUsd: string): CostNode => ({
  ...{ dimension, value, children: [] },
  ...totals(costUsd),
});
const node = (dimension: string, value: string | null, children: CostNode[]): CostNode => ({
  ...{ dimension, value, children },
  ...sumTotals(children),
});
const costsOf = (by: string[], tree: CostNode[], rows: Costs['rows'] = []): Costs => ({
  ...{ by, tree, rows, truncated: false },
  total: sumTotals(tree),
});

describe('the pivot', () => {
  it('turns the last dimension to the side; what stands at the edges is the exact sum', () => {
    const costs = costsOf(
      ['agent', 'role', 'model'],
      [
        node('agent', 'crew', [
          node('role', 'writer', [leaf('model', 'a', '0.1'), leaf('model', 'b', '0.000000001')]),
          node('role', null, [leaf('model', 'a', '0.2')]),
        ]),
        node('agent', 'solo', [node('role', 'writer', [leaf('model', 'b', '5')])]),
      ],
    );
    const { tree, columns, cell } = pivotCells(costs);
    expect(columns.map(({ values, total }) => [values[0], total.costUsd])).toEqual([
      ['b', '5.000000001'],
      ['a', '0.3'],
    ]);
    const [b, a] = columns;
    expect(cell(['crew'], a!)?.costUsd).toBe('0.3');
    expect(cell(['crew', null], b!)).toBeUndefined();
    expect(sumTotals(columns.map(({ total }) => total))).toEqual(costs.total);
    expect(tree[0]!.children.every(({ children }) => children.length === 0)).toBe(true);
  });

  it('columns that do not fit are one, with their sum', () => {
    const many = Array.from({ length: COLUMNS_SHOWN + 3 }, (_, i) => leaf('model', `m${i}`, String(i)));
    const costs = costsOf(['agent', 'model'], [node('agent', 'crew', many)]);
    const { columns, cell } = pivotCells(costs);
    expect(columns).toHaveLength(COLUMNS_SHOWN);
    expect(columns.at(-1)!.values).toHaveLength(4);
    expect(cell(['crew'], columns.at(-1)!)?.costUsd).toBe('6');
    expect(sumTotals(columns.map(({ total }) => total)).costUsd).toBe(costs.total.costUsd);
  });

  it('what one answer does not list is the rest of the total', () => {
    expect(restOf(totals('1', 3), [totals('0.999999999', 2)])).toEqual(totals('0.000000001'));
    expect(restOf(totals('1', 3), [totals('1', 3)])).toBeUndefined();
  });

  it('as text nothing in it is a formula or another line', () => {
    const costs = costsOf(['agent'], [leaf('agent', '=cmd()', '1'), leaf('agent', 'a\tb\nc', '2')]);
    const cells = tableText(costs)
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(cells.map(([name, ...figures]) => [name, figures.length, figures.at(-1)])).toEqual([
      ['Agent', 9, 'USD'],
      ["'=cmd()", 9, '1'],
      ['a b c', 9, '2'],
      ['Total', 9, '3'],
    ]);
  });
});

describe('a figure', () => {
  it('is a filter of its row and column, and the ends of its bucket of time', () => {
    const place = [
      { dimension: 'agent', value: 'a "b" c' },
      { dimension: 'role', value: null },
      { dimension: 'attr.app plan', value: 'x' },
      { dimension: 'time:hour', value: '2026-11-21T12:00:00.000000000Z' },
    ];
    expect(cellFilter(place)).toEqual({
      terms: 'agent:"a \\"b\\" c" -has:role attr."app plan":x has:source',
      at: { from: '2026-11-21T12:00:00.000Z', to: '2026-11-21T13:00:00.000Z' },
    });
  });

  it('stays within the filter and the time that the page looks at', () => {
    expect(bothFilters('a OR b', 'has:source')).toBe('(a OR b) has:source');
    expect(bothFilters(undefined, 'has:source')).toBe('has:source');
    const hour = { from: '2026-11-21T12:00:00.000Z', to: '2026-11-21T13:00:00.000Z' };
    expect(narrowed({ from: '2026-11-21T12:30:00.000Z' }, hour)).toEqual({ ...hour, from: '2026-11-21T12:30:00.000Z' });
    expect(narrowed({}, hour)).toEqual(hour);
  });
});

describe('spending over time', () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour)).toISOString();
  const rows = [
    ...[0, 1, 30].map((hour) => ({ key: [at(hour), 'crew'], ...totals('0.1') })),
    { key: [at(30), null], ...totals('0.000000001') },
  ];

  it('has a bar for each stretch, empty ones too, and all bars together are the whole', () => {
    const { bars, series } = overTime(costsOf(['time:hour', 'agent'], [], rows), { fromMs: undefined, toMs: 0 });
    expect(bars).toHaveLength(31);
    expect(bars.filter(({ total }) => total.calls > 0).map(({ total }) => total.costUsd)).toEqual([
      '0.1',
      '0.1',
      '0.100000001',
    ]);
    expect(sumTotals(series.map(({ total }) => total)).costUsd).toBe('0.300000001');
    expect(bars.every((bar, i) => i === 0 || bar.fromMs === bars[i - 1]!.toMs)).toBe(true);
  });

  it('many are put together, and dimensions beyond the first few are the others', () => {
    const long = Array.from({ length: 500 }, (_, i) => ({ key: [at(i), `agent ${i % 9}`], ...totals('0.01') }));
    const { bars, series } = overTime(costsOf(['time:hour', 'agent'], [], long), { fromMs: undefined, toMs: 0 });
    expect(bars.length).toBeLessThanOrEqual(96);
    expect(series.map(({ others }) => others)).toEqual([0, 0, 0, 0, 0, 4]);
    expect(sumTotals(bars.map(({ total }) => total)).costUsd).toBe('5');
  });

  it('its scale ends at a round figure', () => {
    expect([0, 0.013, 1, 1.1, 9.5, 11.4, 3_840_000].map(roundAbove)).toEqual([1, 0.016, 1, 1.2, 10, 12, 4_000_000]);
  });
});
