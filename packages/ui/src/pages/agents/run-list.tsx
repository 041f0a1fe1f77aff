import { writeTerm } from '@tallyspan/facts/query';
import type { Runs } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { listOrder } from '../../api/list-order.ts';
import { runsQuery, type TraceFilters } from '../../api/queries.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import {
  costColumn,
  countColumn,
  errorsColumn,
  lastColumn,
  lengthColumn,
  tokensColumn,
} from '../../widgets/group-columns.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { Truncated } from '../../widgets/truncated.tsx';

const route = getRouteApi('/agents');

type Run = Runs['runs'][number];

const COLUMNS: readonly Column<Run>[] = [
  {
    ...{ id: 'run', title: 'Run' },
    cell: ({ run, runId }) => (
      <Link
        to="/"
        search={{ q: writeTerm('run_id', runId) }}
        className="row-link clip"
        title={`Traces of run ${printable(runId ?? '')}`}
      >
        {run === null ? printable(runId ?? '') : `#${run}`}
      </Link>
    ),
    sort: ({ run }) => run,
  },
  {
    ...{ id: 'runId', title: 'Run id', from: 'desktop' },
    cell: ({ runId }) => runId !== null && <Clip text={runId} className="mono" />,
    sort: ({ runId }) => runId,
  },
  ...[costColumn, countColumn('calls', 'Calls'), countColumn('spans', 'Spans', 'desktop'), tokensColumn],
  ...[errorsColumn, lengthColumn, lastColumn],
];

/** The runs of one agent, by their number. A run leads on to its traces. */
export function RunList({ agent, tenant }: { agent: string; tenant: string | undefined }) {
  const { q, sort, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo<TraceFilters>(
    () => ({ q, agent, tenant, range, from, to }),
    [q, agent, tenant, range, from, to],
  );
  const listed = listOrder(sort, '-last');
  const query = useQuery(runsQuery(filters, listed));
  useFollowTail(query);
  const name = printable(agent);
  return (
    <div className="page">
      <title>{`${name} · Agents · Tallyspan`}</title>
      <div className="page-head">
        <Link
          from="/agents"
          to="/agents"
          search={(before) => ({ ...before, agent: undefined, tenant: undefined, sort: undefined })}
          className="icon-button"
          aria-label="All agents"
          title="All agents"
        >
          <Icon name="back" />
        </Link>
        <h1 className="clip">{name}</h1>
        {tenant !== undefined && (
          <span className="tag">
            <Clip text={tenant} title={`Tenant ${tenant}`} />
          </span>
        )}
        <Link
          to="/"
          search={{
            q: [writeTerm('agent', agent), ...(tenant === undefined ? [] : [writeTerm('tenant', tenant)])].join(' '),
          }}
          className="link-button"
        >
          Traces
        </Link>
        <div className="push page-tools">
          <FilterBox
            of="spans"
            value={q ?? ''}
            onChange={(text) =>
              void navigate({ search: (before) => ({ ...before, q: text || undefined }), replace: true })
            }
          />
          <TimeRangePicker />
        </div>
      </div>
      <Answered query={query}>
        {({ runs, truncated }) =>
          runs.length === 0 ? (
            <EmptyState
              icon="agent"
              title="No run was seen"
              text="This agent has no runs in this time, or its spans do not name them."
            />
          ) : (
            <>
              <DataTable
                label={`Runs of ${name}`}
                testId="runs"
                columns={COLUMNS}
                rows={runs}
                more={truncated && !listed.isWhole}
                keyOf={({ tenant: whose, agent: who, runId }) => JSON.stringify([whose, who, runId])}
                sort={sort}
                setSort={(next) =>
                  void navigate({ search: (before) => ({ ...before, sort: next }), replace: true, resetScroll: false })
                }
              />
              {truncated && <Truncated rows={runs.length} order={listed.text} />}
            </>
          )
        }
      </Answered>
    </div>
  );
}
