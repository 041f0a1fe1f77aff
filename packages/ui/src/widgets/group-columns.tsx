/** Columns that tables of groups share: agents, runs, sessions, users and models have the same figures. */
import type { Agents, ModelRow } from '@tallyspan/server';
import { countOf, exactCount, formatShare } from '../format/count.ts';
import { formatDuration } from '../format/duration.ts';
import { exactUsd, nanosFromUsd } from '../format/money.ts';
import { millisFromIso } from '../format/time.ts';
import type { Column } from './data-table.tsx';
import { Ago, Count, TokenFlow } from './figures.tsx';
import { Money, NoCost, TotalCost } from './money.tsx';

export type Figures = Omit<Agents['agents'][number], 'tenant' | 'agent'>;
type Percentiles = Pick<ModelRow, 'durationMs' | 'timeToFirstChunkMs' | 'tokensPerSecond'>;
type CountName = { [Name in keyof Figures]: Figures[Name] extends number ? Name : never }[keyof Figures];

export function countColumn(id: CountName, title: string, from: Column<never>['from'] = 'tablet') {
  return {
    ...{ id, title, from, isNumber: true },
    cell: (row) => <Count value={row[id]} />,
    sort: (row) => row[id],
  } as const satisfies Column<Figures>;
}

export const costColumn = {
  ...{ id: 'cost', title: 'Cost', isNumber: true },
  cell: (row) => <TotalCost totals={row} />,
  // What has no price is not cheap: it stands behind all that have one.
  sort: (row) => (row.calls === row.unpricedCalls ? null : nanosFromUsd(row.costUsd)),
} as const satisfies Column<Figures>;

export const costPerCallColumn = {
  ...{ id: 'costPerCall', title: 'Per call', isNumber: true, from: 'tablet' },
  about: 'Cost of a priced call, on average',
  cell: ({ costPerCallUsd: usd }) => (usd === null ? <NoCost /> : <Money usd={usd} />),
  sort: ({ costPerCallUsd: usd }) => (usd === null ? null : nanosFromUsd(usd)),
} as const satisfies Column<Figures>;

export const errorsColumn = {
  ...{ id: 'errors', title: 'Errors', isNumber: true },
  about: 'Failed calls of all calls',
  cell: ({ errors, calls, errorRate }) =>
    errorRate === null ? (
      <NoCost title="No billable call" />
    ) : (
      <span className={errors > 0 ? 'rate-bad' : 'muted'} title={`${exactCount(errors)} of ${countOf(calls, 'call')}`}>
        {formatShare(errorRate)}
      </span>
    ),
  sort: ({ errorRate }) => errorRate,
} as const satisfies Column<Figures>;

export const tokensColumn = {
  ...{ id: 'tokens', title: 'Tokens', isNumber: true, from: 'desktop' },
  cell: (row) => row.calls > 0 && <TokenFlow input={row.inputTokens} output={row.outputTokens} />,
  sort: (row) => row.inputTokens + row.outputTokens,
} as const satisfies Column<Figures>;

export const lastColumn = {
  ...{ id: 'last', title: 'Last seen', isNumber: true, from: 'tablet' },
  cell: ({ last }) => <Ago iso={last} />,
  sort: ({ last }) => last,
} as const satisfies Column<Figures>;

export const lengthColumn = {
  ...{ id: 'length', title: 'Length', isNumber: true, from: 'desktop' },
  about: 'From the start of the first span to the end of the last',
  cell: (row) => formatDuration(lengthMs(row)),
  sort: (row) => lengthMs(row),
} as const satisfies Column<Figures>;

function lengthMs({ first, last }: Figures): number {
  return Math.max(0, millisFromIso(last) - millisFromIso(first)) || 0;
}

/** One percentile of a time, or of a rate. */
export function percentileColumn(
  of: keyof Percentiles,
  at: 'p50' | 'p95' | 'p99',
  title: string,
  from: Column<never>['from'],
) {
  return {
    ...{
      id: `${of === 'durationMs' ? 'd' : of === 'timeToFirstChunkMs' ? 'f' : 's'}${at}`,
      title,
      from,
      isNumber: true,
    },
    about: ABOUT[of],
    cell: (row) => {
      const value = row[of]?.[at];
      if (value === undefined) return <NoCost title="Not known" />;
      return of === 'tokensPerSecond' ? rounded(value) : formatDuration(value);
    },
    sort: (row) => row[of]?.[at] ?? null,
  } as const satisfies Column<Percentiles>;
}

const ABOUT: Readonly<Record<keyof Percentiles, string>> = {
  durationMs: 'How long calls took, failed ones too',
  timeToFirstChunkMs: 'Until the first chunk of a stream came',
  tokensPerSecond: 'Output tokens a second, from the first chunk of a stream to its end',
};

function rounded(value: number): string {
  return value < 9.95 ? value.toFixed(1) : exactCount(value);
}

/** What a screen reader and a tooltip say of a sum. */
export function costTitle(row: Figures): string {
  return `${exactUsd(row.costUsd)} in ${countOf(row.calls, 'call')}`;
}
