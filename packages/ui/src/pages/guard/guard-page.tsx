import { writeTerm } from '@tallyspan/facts/query';
import type { Guard } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { guardQuery, type TraceFilters } from '../../api/queries.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { withTerm } from '../../filter/terms.ts';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Ago, Count } from '../../widgets/figures.tsx';
import { Answered, Page } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { OUTCOMES, sumOutcomes } from './guard-sums.ts';
import { OutcomeBadge } from './outcome.tsx';
import { VerdictReview } from './verdict-review.tsx';

const route = getRouteApi('/guard');

type Scanner = Guard['scanners'][number];
type Who = Guard['outcomes'][number];

const SCANNERS: readonly Column<Scanner>[] = [
  {
    ...{ id: 'scanner', title: 'Scanner' },
    cell: ({ scanner }) => <Clip text={scanner} />,
    sort: ({ scanner }) => scanner,
  },
  outcomeColumn<Scanner>(({ outcome }) => outcome),
  ...whoColumns<Scanner>(),
  countOf<Scanner>(),
];
const WHO: readonly Column<Who>[] = [
  {
    ...{ id: 'agent', title: 'Agent' },
    cell: ({ agent, tenant, outcome }) => (
      <Link
        to="/"
        search={{
          q: [
            ...[writeTerm('guard', outcome), writeTerm('agent', agent)],
            ...(tenant === null ? [] : [writeTerm('tenant', tenant)]),
          ].join(' '),
        }}
        className="row-link clip"
        title={`Traces: ${printable(agent ?? 'no agent')}`}
      >
        {agent === null ? 'no agent' : printable(agent)}
      </Link>
    ),
    sort: ({ agent }) => agent,
  },
  {
    ...{ id: 'tenant', title: 'Tenant', from: 'tablet' },
    cell: ({ tenant }) => tenant !== null && <Clip text={tenant} />,
    sort: ({ tenant }) => tenant,
  },
  outcomeColumn<Who>(({ outcome }) => outcome),
  {
    ...{ id: 'last', title: 'Last', isNumber: true, from: 'tablet' },
    cell: ({ last }) => <Ago iso={last} />,
    sort: ({ last }) => last,
  },
  countOf<Who>(),
];

/** What the guard blocked, redacted and noted: by scanner, by agent, and the newest verdicts. */
export function GuardPage() {
  const { q, state, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo<TraceFilters>(() => ({ q, range, from, to }), [q, range, from, to]);
  const query = useQuery(guardQuery(filters));
  useFollowTail(query);
  const setQ = (text: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, q: text || undefined }), replace: true, resetScroll: false });
  return (
    <Page
      title="Guard"
      tools={
        <>
          <FilterBox of="spans" value={q ?? ''} onChange={setQ} />
          <TimeRangePicker />
        </>
      }
    >
      <Answered query={query}>
        {({ outcomes, scanners }) =>
          outcomes.length === 0 ? (
            <EmptyState
              icon="guard"
              title="The guard said nothing"
              text="What its scanners block, redact or note in prompts and answers is counted here."
            />
          ) : (
            <>
              <dl className="sums guard-sums" data-testid="guard-sums">
                {sumOutcomes(outcomes).map(({ outcome, count }) => (
                  <div key={outcome} className={outcome === 'blocked' && count > 0 ? 'has-failed' : undefined}>
                    <dt>
                      <button
                        type="button"
                        className="sort"
                        title={`Only ${printable(outcome)}`}
                        onClick={() => setQ(withTerm(q, writeTerm('guard', outcome)))}
                      >
                        {OUTCOMES[outcome] ?? printable(outcome)}
                      </button>
                    </dt>
                    <dd className="sum-value">{exactCount(count)}</dd>
                  </div>
                ))}
              </dl>
              <div className="two-tables">
                <section>
                  <h2>By scanner</h2>
                  {scanners.length === 0 ? (
                    <p className="muted">No span names the scanner that found something.</p>
                  ) : (
                    <DataTable
                      label="By scanner"
                      testId="guard-scanners"
                      columns={SCANNERS}
                      rows={scanners}
                      keyOf={({ scanner, outcome, tenant, agent }) => JSON.stringify([scanner, outcome, tenant, agent])}
                    />
                  )}
                </section>
                <section>
                  <h2>By agent</h2>
                  <DataTable
                    label="By agent"
                    testId="guard-agents"
                    columns={WHO}
                    rows={outcomes}
                    keyOf={({ outcome, tenant, agent }) => JSON.stringify([outcome, tenant, agent])}
                  />
                </section>
              </div>
              <VerdictReview
                filters={filters}
                state={state ?? 'all'}
                setState={(next) =>
                  void navigate({
                    search: (before) => ({ ...before, state: next === 'all' ? undefined : next }),
                    replace: true,
                    resetScroll: false,
                  })
                }
              />
            </>
          )
        }
      </Answered>
    </Page>
  );
}

function outcomeColumn<Row>(outcomeOf: (row: Row) => string): Column<Row> {
  return {
    ...{ id: 'outcome', title: 'Outcome' },
    cell: (row) => <OutcomeBadge outcome={outcomeOf(row)} />,
    sort: outcomeOf,
  };
}

function whoColumns<Row extends { tenant: string | null; agent: string | null }>(): Column<Row>[] {
  return [
    {
      ...{ id: 'agent', title: 'Agent' },
      cell: ({ agent }) => agent !== null && <Clip text={agent} />,
      sort: ({ agent }) => agent,
    },
    {
      ...{ id: 'tenant', title: 'Tenant', from: 'desktop' },
      cell: ({ tenant }) => tenant !== null && <Clip text={tenant} />,
      sort: ({ tenant }) => tenant,
    },
  ];
}

function countOf<Row extends { count: number }>(): Column<Row> {
  return {
    ...{ id: 'count', title: 'Spans', isNumber: true },
    cell: ({ count }) => <Count value={count} />,
    sort: ({ count }) => count,
  };
}
