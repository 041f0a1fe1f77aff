import { writeTerm } from '@tallyspan/facts/query';
import type { Sessions, Users } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { listOrder } from '../../api/list-order.ts';
import { sessionsQuery, usersQuery, type TraceFilters } from '../../api/queries.ts';
import { useFollowTail } from '../../api/use-follow-tail.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import {
  costColumn,
  costPerCallColumn,
  countColumn,
  errorsColumn,
  lastColumn,
  lengthColumn,
  tokensColumn,
} from '../../widgets/group-columns.tsx';
import { Answered, Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { Truncated } from '../../widgets/truncated.tsx';

const route = getRouteApi('/sessions');

type Session = Sessions['sessions'][number];
type User = Users['users'][number];

const SESSIONS: readonly Column<Session>[] = [
  linkColumn<Session>('session', 'Session', ({ session }) => session),
  tenantColumn<Session>(),
  ...[costColumn, countColumn('calls', 'Calls'), countColumn('runs', 'Runs', 'desktop'), tokensColumn, errorsColumn],
  ...[lengthColumn, lastColumn],
];
const USERS: readonly Column<User>[] = [
  linkColumn<User>('user', 'User', ({ user }) => user),
  tenantColumn<User>(),
  ...[costColumn, costPerCallColumn, countColumn('sessions', 'Sessions'), countColumn('calls', 'Calls', 'desktop')],
  ...[tokensColumn, errorsColumn, lastColumn],
];

/** Conversations, and the people who had them. Each leads on to its traces. */
export function SessionsPage() {
  const { by, q, sort, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo<TraceFilters>(() => ({ q, range, from, to }), [q, range, from, to]);
  const setSort = (next: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, sort: next }), replace: true, resetScroll: false });
  return (
    <Page
      title={by === 'user' ? 'Users' : 'Sessions'}
      tools={
        <>
          <Segments
            label="Show"
            choices={[
              { value: 'session', text: 'Sessions' },
              { value: 'user', text: 'Users' },
            ]}
            value={by ?? 'session'}
            onChoose={(value) =>
              void navigate({
                search: (before) => ({ ...before, by: value === 'user' ? 'user' : undefined, sort: undefined }),
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
      {by === 'user' ? (
        <UserTable filters={filters} sort={sort} setSort={setSort} />
      ) : (
        <SessionTable filters={filters} sort={sort} setSort={setSort} />
      )}
    </Page>
  );
}

interface TableProperties {
  filters: TraceFilters;
  sort: string | undefined;
  setSort(sort: string | undefined): void;
}

function SessionTable({ filters, sort, setSort }: TableProperties) {
  const listed = listOrder(sort, '-last');
  const query = useQuery(sessionsQuery(filters, listed));
  useFollowTail(query);
  return (
    <Answered query={query}>
      {({ sessions, truncated }) =>
        sessions.length === 0 ? (
          <EmptyState
            icon="role"
            title="No session was seen"
            text="Spans that name a session or a conversation are summed here."
          />
        ) : (
          <>
            <DataTable
              label="Sessions"
              testId="sessions"
              columns={SESSIONS}
              rows={sessions}
              more={truncated && !listed.isWhole}
              keyOf={({ tenant, session }) => JSON.stringify([tenant, session])}
              sort={sort}
              setSort={setSort}
            />
            {truncated && <Truncated rows={sessions.length} order={listed.text} />}
          </>
        )
      }
    </Answered>
  );
}

function UserTable({ filters, sort, setSort }: TableProperties) {
  const listed = listOrder(sort, '-cost');
  const query = useQuery(usersQuery(filters, listed));
  useFollowTail(query);
  return (
    <Answered query={query}>
      {({ users, truncated }) =>
        users.length === 0 ? (
          <EmptyState icon="role" title="No user was seen" text="Spans that name a user are summed here." />
        ) : (
          <>
            <DataTable
              label="Users"
              testId="users"
              columns={USERS}
              rows={users}
              more={truncated && !listed.isWhole}
              keyOf={({ tenant, user }) => JSON.stringify([tenant, user])}
              sort={sort}
              setSort={setSort}
            />
            {truncated && <Truncated rows={users.length} order={listed.text} />}
          </>
        )
      }
    </Answered>
  );
}

function linkColumn<Row extends { tenant: string | null }>(
  field: 'session' | 'user',
  title: string,
  valueOf: (row: Row) => string | null,
): Column<Row> {
  return {
    ...{ id: field, title },
    cell: (row) => {
      const value = valueOf(row);
      const terms = [writeTerm(field, value), ...(row.tenant === null ? [] : [writeTerm('tenant', row.tenant)])];
      return (
        <Link to="/" search={{ q: terms.join(' ') }} className="row-link clip" title={printable(value ?? '')}>
          {printable(value ?? '')}
          {row.tenant !== null && <span className="cell-about"> {printable(row.tenant)}</span>}
        </Link>
      );
    },
    sort: valueOf,
  };
}

function tenantColumn<Row extends { tenant: string | null }>(): Column<Row> {
  return {
    ...{ id: 'tenant', title: 'Tenant', from: 'desktop' },
    cell: ({ tenant }) => tenant !== null && <Clip text={tenant} />,
    sort: ({ tenant }) => tenant,
  };
}
