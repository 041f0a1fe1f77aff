import type { AuditEntry } from '@tallyspan/server';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { auditQuery, type AuditOf } from '../../settings/settings-queries.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Ago } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';

const KINDS = [
  { value: 'actions', text: 'What was done' },
  { value: 'refusals', text: 'Who was refused' },
] as const;

export function AuditView() {
  const [of, setOf] = useState<AuditOf>('actions');
  const [text, setText] = useState('');
  const query = useInfiniteQuery(auditQuery(of));
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  const words = text.toLowerCase();
  const fitting = entries.filter((entry) =>
    [entry.who, entry.action, entry.target, entry.from, entry.outcome, entry.detail, entry.tenant].some((part) =>
      part?.toLowerCase().includes(words),
    ),
  );
  return (
    <>
      <div className="section-head">
        <Segments label="Kind" choices={KINDS} value={of} onChoose={(kind) => setOf(kind)} />
        <span className="field">
          <Icon name="search" size={14} />
          <input
            type="search"
            value={text}
            aria-label="Filter what is loaded"
            placeholder="Filter what is loaded"
            onChange={({ target }) => setText(target.value)}
          />
        </span>
      </div>
      {query.isPending ? (
        <p className="muted waiting">Loading…</p>
      ) : !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : entries.length === 0 ? (
        <EmptyState
          icon="list"
          title={of === 'actions' ? 'Nothing was done yet' : 'Nobody was refused'}
          text="Changes by an admin, exports and sign-ins are written down on this server, with who, when and from where."
        />
      ) : (
        <>
          <DataTable
            label={of === 'actions' ? 'What was done' : 'Who was refused'}
            columns={COLUMNS}
            rows={fitting}
            keyOf={(entry) =>
              JSON.stringify([entry.at, entry.who, entry.action, entry.target, entry.from, entry.outcome])
            }
            testId="audit"
            more={query.hasNextPage}
          />
          {fitting.length < entries.length && (
            <p className="note-line">
              {exactCount(fitting.length)} of {exactCount(entries.length)} loaded entries
            </p>
          )}
          {query.hasNextPage && (
            <button
              type="button"
              className="button load-older"
              disabled={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {query.isFetchingNextPage ? 'Loading…' : 'Load older'}
            </button>
          )}
        </>
      )}
    </>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'at', title: 'When', cell: ({ at }) => <Ago iso={at} />, sort: ({ at }) => at },
  { id: 'who', title: 'Who', cell: ({ who }) => <Clip text={who} />, sort: ({ who }) => who },
  {
    id: 'action',
    title: 'What',
    cell: ({ action }) => <Clip text={action} className="mono" />,
    sort: ({ action }) => action,
  },
  {
    id: 'target',
    title: 'Of',
    cell: ({ target }) => <Clip text={target ?? ''} className="mono" />,
    sort: ({ target }) => target,
    from: 'desktop',
  },
  { id: 'from', title: 'From', cell: ({ from }) => <Clip text={from} />, sort: ({ from }) => from, from: 'tablet' },
  {
    id: 'outcome',
    title: 'Outcome',
    cell: ({ outcome, detail }) => (
      <span
        className={outcome === 'ok' ? undefined : 'rate-bad'}
        title={detail === null ? undefined : printable(detail)}
      >
        <Clip text={outcome} />
      </span>
    ),
    sort: ({ outcome }) => outcome,
    from: 'tablet',
  },
  {
    id: 'count',
    title: 'Times',
    isNumber: true,
    cell: ({ count }) => exactCount(count),
    sort: ({ count }) => count,
    from: 'desktop',
  },
];
