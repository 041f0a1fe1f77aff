import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { listOrder } from '../../api/list-order.ts';
import { modelsQuery, type TraceFilters } from '../../api/queries.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { DataTable } from '../../widgets/data-table.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Truncated } from '../../widgets/truncated.tsx';
import { modelColumns, modelKey, type TableProperties } from './model-columns.tsx';

/** All models that were called, the dearest first. */
export function ModelTable({ filters, sort, setSort }: TableProperties<TraceFilters>) {
  const listed = listOrder(sort, '-cost');
  const query = useQuery(modelsQuery(filters, listed));
  useFollowTail(query);
  const rows = query.data?.models;
  const columns = useMemo(() => modelColumns(rows ?? []), [rows]);
  return (
    <Answered query={query}>
      {({ models, truncated }) =>
        models.length === 0 ? (
          <EmptyState
            icon="model"
            title="No model was called"
            text="Calls of models stand here side by side: what they cost, how long they took, how often they failed."
          />
        ) : (
          <>
            <DataTable
              label="Models"
              testId="models"
              columns={columns}
              rows={models}
              keyOf={modelKey}
              more={truncated && !listed.isWhole}
              sort={sort}
              setSort={setSort}
            />
            {truncated && <Truncated rows={models.length} order={listed.text} />}
          </>
        )
      }
    </Answered>
  );
}
