import type { SpanRow } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { comparisonQuery, type TraceFilters } from '../../api/queries.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import { DataTable } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { spanColumns } from '../../widgets/span-columns.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { modelColumns, modelKey, type TableProperties } from './model-columns.tsx';

/** One prompt: what each model cost and took, the dearest first, and the calls themselves. */
export function OneGroup(properties: TableProperties<TraceFilters> & { group: string }) {
  const { group, filters, sort, setSort } = properties;
  const query = useQuery(comparisonQuery(filters, group));
  const rows = query.data?.models;
  const columns = useMemo(() => modelColumns(rows ?? []), [rows]);
  return (
    <section className="section">
      <div className="section-head">
        <Link
          from="/models"
          to="/models"
          search={(before) => ({ ...before, group: undefined, sort: undefined })}
          className="icon-button"
          aria-label="All prompts"
          title="All prompts"
        >
          <Icon name="back" />
        </Link>
        <h2 className="clip mono">{printable(group)}</h2>
      </div>
      <Answered query={query}>
        {({ models, calls }) =>
          models.length === 0 ? (
            <EmptyState
              icon="model"
              title="No call of this prompt"
              text="None was received in this time, with this filter."
            />
          ) : (
            <>
              <DataTable
                label="Models that answered it"
                testId="compared"
                columns={columns}
                rows={models}
                keyOf={modelKey}
                sort={sort}
                setSort={setSort}
              />
              <section>
                <h2>Calls</h2>
                <DataTable
                  label="Calls"
                  columns={CALLS}
                  rows={calls}
                  keyOf={({ traceId, spanId }) => traceId + spanId}
                />
              </section>
            </>
          )
        }
      </Answered>
    </section>
  );
}

const CALLS = [
  ...spanColumns,
  {
    ...{ id: 'duration', title: 'Duration', isNumber: true },
    cell: ({ durationMs }: SpanRow) => formatDuration(durationMs),
    sort: ({ durationMs }: SpanRow) => durationMs,
  },
];
