/** What the costs page keeps in its address, beside the time. What is not understood is left out. */
import { dimensionsIn, isDimension } from './dimensions.ts';
import { DEFAULT_BY } from './pivots.ts';

export const VIEWS = ['spend', 'models', 'spans'] as const;
export const MEASURES = ['cost', 'tokens', 'calls', 'errors'] as const;
export type Measure = (typeof MEASURES)[number];

export interface CostsSearch {
  view: (typeof VIEWS)[number];
  /** Dimensions of the rows, in the order of nesting. */
  rows: readonly string[];
  /** The dimension of the columns; undefined for one line of figures each. */
  columns: string | undefined;
  /** What the chart over time counts. */
  measure: Measure;
  /** A filter as somebody types it. */
  q: string | undefined;
  /** The figure whose calls are looked at: a filter, and where it is of one bucket of time its two ends. */
  cell: string | undefined;
  at: { from: string; to: string } | undefined;
}

export function readCostsSearch(raw: Readonly<Record<string, unknown>>): CostsSearch {
  const by = text(raw['by']);
  const columns = text(raw['cols']);
  const rows = (by === undefined ? undefined : dimensionsIn(by)) ?? DEFAULT_BY.split(',');
  return {
    view: VIEWS.find((view) => view === raw['view']) ?? 'spend',
    rows,
    columns: columns !== undefined && isDimension(columns) && !rows.includes(columns) ? columns : undefined,
    measure: MEASURES.find((measure) => measure === raw['show']) ?? 'cost',
    q: text(raw['q']),
    cell: text(raw['cell'], 2_000),
    at: ends(text(raw['at'])),
  };
}

export type CostsAddress = Partial<Record<'view' | 'by' | 'cols' | 'show' | 'cell' | 'at', string | undefined>>;

/** The same as it stands in the address. */
export function costsAddress(raw: Readonly<Record<string, unknown>>): CostsAddress {
  const { view, rows, columns, measure, cell, at } = readCostsSearch(raw);
  const by = rows.join();
  return {
    view: view === 'spend' ? undefined : view,
    by: by === DEFAULT_BY ? undefined : by,
    cols: columns,
    show: measure === 'cost' ? undefined : measure,
    cell,
    at: at && `${at.from}/${at.to}`,
  };
}

function ends(at: string | undefined): CostsSearch['at'] {
  const [from = '', to = '', ...more] = at?.split('/') ?? [];
  const isInstant = (instant: string) =>
    /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(instant) && !Number.isNaN(Date.parse(instant));
  return isInstant(from) && isInstant(to) && more.length === 0 ? { from, to } : undefined;
}

function text(value: unknown, charsMax = 1_000): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, charsMax) : undefined;
}
