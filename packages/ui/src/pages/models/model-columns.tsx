import { writeTerm } from '@tallyspan/facts/query';
import type { ModelRow } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import { nanosFromUsd, shareOf } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import type { Column } from '../../widgets/data-table.tsx';
import {
  costColumn,
  costPerCallColumn,
  countColumn,
  errorsColumn,
  lastColumn,
  percentileColumn,
} from '../../widgets/group-columns.tsx';
import { TotalCost } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';

export interface TableProperties<Filters> {
  filters: Filters;
  sort: string | undefined;
  setSort(sort: string | undefined): void;
}

export const modelKey = ({ provider, model }: ModelRow) => JSON.stringify([provider, model]);

/** The figures by which one model is taken rather than another. Bars compare with the dearest row. */
export function modelColumns(rows: readonly ModelRow[]): Column<ModelRow>[] {
  const dearest = dearestOf(rows);
  return [
    {
      ...{ id: 'model', title: 'Model' },
      cell: ({ model, provider }) => (
        <Link
          to="/"
          search={{
            q: [writeTerm('model', model), ...(provider === null ? [] : [writeTerm('provider', provider)])].join(' '),
          }}
          className="row-link clip"
          title={printable(model ?? 'No model is named')}
        >
          {model === null ? 'no model' : printable(model)}
        </Link>
      ),
      sort: ({ model }) => model,
    },
    {
      ...{ id: 'provider', title: 'Provider', from: 'tablet' },
      cell: ({ provider }) => provider !== null && <Clip text={provider} />,
      sort: ({ provider }) => provider,
    },
    {
      ...costColumn,
      cell: (row) => (
        <>
          <TotalCost totals={row} />
          <span className="share-bar" aria-hidden="true">
            <span style={{ width: `${shareOf(row.costUsd, dearest) * 100}%` }} />
          </span>
        </>
      ),
    },
    ...[costPerCallColumn, countColumn('calls', 'Calls', 'phone'), errorsColumn],
    percentileColumn('durationMs', 'p50', 'p50', 'tablet'),
    percentileColumn('durationMs', 'p95', 'p95', 'tablet'),
    percentileColumn('durationMs', 'p99', 'p99', 'wide'),
    percentileColumn('timeToFirstChunkMs', 'p50', 'First chunk p50', 'desktop'),
    percentileColumn('timeToFirstChunkMs', 'p95', 'p95', 'wide'),
    percentileColumn('tokensPerSecond', 'p50', 'Tokens/s', 'desktop'),
    { ...lastColumn, from: 'wide' },
  ];
}

function dearestOf(rows: readonly ModelRow[]): string {
  return rows.reduce((most, { costUsd }) => (nanosFromUsd(costUsd) > nanosFromUsd(most) ? costUsd : most), '0');
}
