import type { Comparison } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { comparisonQuery, type TraceFilters } from '../../api/queries.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Count } from '../../widgets/figures.tsx';
import { costColumn, countColumn, errorsColumn, lastColumn, tokensColumn } from '../../widgets/group-columns.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import type { TableProperties } from './model-columns.tsx';

type Group = Comparison['groups'][number];

const COLUMNS: readonly Column<Group>[] = [
  {
    ...{ id: 'group', title: 'Prompt' },
    cell: ({ group }) => (
      <Link
        from="/models"
        to="/models"
        search={(before) => ({ ...before, group, sort: undefined })}
        className="row-link clip mono"
        title={printable(group)}
      >
        {printable(group)}
      </Link>
    ),
    sort: ({ group }) => group,
  },
  {
    ...{ id: 'models', title: 'Models', isNumber: true },
    cell: ({ models }) => <Count value={models} />,
    sort: ({ models }) => models,
  },
  ...[costColumn, countColumn('calls', 'Calls'), tokensColumn, errorsColumn, lastColumn],
];

/** Prompts that were tried on several models. A prompt is called by its group, never by its text. */
export function GroupList({ filters, sort, setSort }: TableProperties<TraceFilters>) {
  const query = useQuery(comparisonQuery(filters));
  useFollowTail(query);
  return (
    <Answered query={query}>
      {({ groups }) =>
        groups.length === 0 ? (
          <EmptyState
            icon="model"
            title="No prompt was tried on several models"
            text="llm() of the SDK asks several models the same; what each of them cost and took is compared here."
          />
        ) : (
          <DataTable
            label="Prompts"
            testId="groups"
            columns={COLUMNS}
            rows={groups}
            keyOf={({ group }) => group}
            sort={sort}
            setSort={setSort}
          />
        )
      }
    </Answered>
  );
}
