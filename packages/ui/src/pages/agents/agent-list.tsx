import type { Agents } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { listOrder } from '../../api/list-order.ts';
import { agentsQuery, costsQuery, type TraceFilters } from '../../api/queries.ts';
import { lengthOf } from '../../api/time-range.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { millisFromIso } from '../../format/time.ts';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import {
  costColumn,
  costPerCallColumn,
  costTitle,
  countColumn,
  errorsColumn,
  lastColumn,
  tokensColumn,
} from '../../widgets/group-columns.tsx';
import { Answered, Page } from '../../widgets/page.tsx';
import { Sparkline } from '../../widgets/sparkline.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { Truncated } from '../../widgets/truncated.tsx';
import { bucketOf, seriesKey, spendSeries } from './spend-series.ts';

const route = getRouteApi('/agents');

type Agent = Agents['agents'][number];

/** The agents, what they spent over time, how often they ran and failed. */
export function AgentList() {
  const { q, sort, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo<TraceFilters>(() => ({ q, range, from, to }), [q, range, from, to]);
  const listed = listOrder(sort, '-last');
  const query = useQuery(agentsQuery(filters, listed));
  useFollowTail(query);
  const series = useSeries(query.data?.agents, filters);
  const columns = useMemo<Column<Agent>[]>(
    () => [
      {
        ...{ id: 'agent', title: 'Agent' },
        cell: ({ agent, tenant }) => (
          <Link
            from="/agents"
            to="/agents"
            search={(before) => ({
              ...before,
              agent: agent ?? undefined,
              tenant: tenant ?? undefined,
              sort: undefined,
            })}
            className="row-link clip"
            title={printable(agent ?? '')}
          >
            {printable(agent ?? '')}
            {tenant !== null && <span className="cell-about"> {printable(tenant)}</span>}
          </Link>
        ),
        sort: ({ agent }) => agent,
      },
      {
        ...{ id: 'tenant', title: 'Tenant', from: 'desktop' },
        cell: ({ tenant }) => tenant !== null && <Clip text={tenant} />,
        sort: ({ tenant }) => tenant,
      },
      {
        ...{ id: 'spend', title: 'Spend over time', from: 'tablet' },
        cell: (row) => (
          <Sparkline values={series?.get(seriesKey([row.tenant, row.agent])) ?? []} label={costTitle(row)} />
        ),
      },
      ...[costColumn, costPerCallColumn, countColumn('runs', 'Runs'), countColumn('calls', 'Calls', 'desktop')],
      ...[tokensColumn, errorsColumn, lastColumn],
    ],
    [series],
  );
  return (
    <Page
      title="Agents"
      tools={
        <>
          <FilterBox
            of="spans"
            value={q ?? ''}
            onChange={(text) =>
              void navigate({ search: (before) => ({ ...before, q: text || undefined }), replace: true })
            }
          />
          <TimeRangePicker />
        </>
      }
    >
      <Answered query={query}>
        {({ agents, truncated }) =>
          agents.length === 0 ? (
            <EmptyState
              icon="agent"
              title="No agent was seen"
              text="Spans that name an agent are summed here: agent('name', …) of the SDK gives them one."
            />
          ) : (
            <>
              <DataTable
                label="Agents"
                testId="agents"
                columns={columns}
                rows={agents}
                more={truncated && !listed.isWhole}
                keyOf={({ tenant, agent }) => seriesKey([tenant, agent])}
                sort={sort}
                setSort={(next) =>
                  void navigate({ search: (before) => ({ ...before, sort: next }), replace: true, resetScroll: false })
                }
              />
              {truncated && <Truncated rows={agents.length} order={listed.text} />}
            </>
          )
        }
      </Answered>
    </Page>
  );
}

/** What each agent spent, piece by piece. All time is as long as the agents were seen. */
function useSeries(agents: readonly Agent[] | undefined, filters: TraceFilters) {
  const ends = useMemo(() => {
    if (!agents || agents.length === 0) return undefined;
    const firsts = agents.map(({ first }) => millisFromIso(first)).filter(Number.isFinite);
    const lasts = agents.map(({ last }) => millisFromIso(last)).filter(Number.isFinite);
    const toMs = Math.max(...lasts);
    const length = lengthOf(filters);
    return { fromMs: length === undefined ? Math.min(...firsts) : toMs - length, toMs };
  }, [agents, filters]);
  const bucket = bucketOf(ends ? ends.toMs - ends.fromMs : 0);
  const costs = useQuery({ ...costsQuery(`tenant,agent,time:${bucket}`, filters), enabled: ends !== undefined });
  return useMemo(
    () => (costs.data && ends ? spendSeries(costs.data.rows, bucket, ends.fromMs, ends.toMs) : undefined),
    [costs.data, ends, bucket],
  );
}
