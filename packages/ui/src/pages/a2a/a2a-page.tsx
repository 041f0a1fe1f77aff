import type { A2a } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { a2aQuery, type TraceFilters } from '../../api/queries.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { Answered, Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { Truncated } from '../../widgets/truncated.tsx';
import { EdgeTable } from './edge-table.tsx';
import { Matrix } from './matrix.tsx';

const TalkGraph = lazy(() => import('./talk-graph.tsx'));

const route = getRouteApi('/a2a');

const VIEWS = [
  { value: 'table', text: 'Table' },
  { value: 'matrix', text: 'Matrix' },
  { value: 'graph', text: 'Graph' },
] as const;

/** Who talks to whom, how often, how long it takes and how it ends. */
export function A2aPage() {
  const { view = 'table', q, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo<TraceFilters>(() => ({ q, range, from, to }), [q, range, from, to]);
  const query = useQuery(a2aQuery(filters));
  useFollowTail(query);
  return (
    <Page
      title="Agent to agent"
      tools={
        <>
          <Segments
            label="View"
            choices={VIEWS}
            value={view}
            onChoose={(next) =>
              void navigate({
                search: (before) => ({ ...before, view: next === 'table' ? undefined : next }),
                replace: true,
              })
            }
          />
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
        {({ edges, truncated }) =>
          edges.length === 0 ? (
            <EmptyState
              icon="a2a"
              title="No agent talked to another"
              text="Messages of the A2A protocol stand here, from whichever end they were traced."
            />
          ) : (
            <>
              <View view={view} edges={edges} />
              {truncated && <Truncated rows={edges.length} order="that are busiest" />}
            </>
          )
        }
      </Answered>
    </Page>
  );
}

function View({ view, edges }: { view: (typeof VIEWS)[number]['value']; edges: A2a['edges'] }) {
  if (view === 'matrix') return <Matrix edges={edges} />;
  if (view === 'table') return <EdgeTable edges={edges} />;
  return (
    <Suspense
      fallback={
        <p className="waiting" role="status">
          Drawing…
        </p>
      }
    >
      <TalkGraph edges={edges} />
    </Suspense>
  );
}
