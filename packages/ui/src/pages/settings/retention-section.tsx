import type { Retention } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { countOf, exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { retentionQuery } from '../../settings/data-queries.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { EVERYBODY, RetentionForm } from './retention-form.tsx';

export function RetentionSection() {
  const query = useQuery(retentionQuery);
  const [edited, setEdited] = useState<Retention | 'new'>();
  const [doomed, setDoomed] = useState<Retention>();
  return (
    <section className="section">
      <div className="section-head">
        <h2>How long spans are kept</h2>
        <button type="button" className="button primary" onClick={() => setEdited('new')}>
          <Icon name="plus" size={13} />
          New limit
        </button>
      </div>
      <Answered query={query}>
        {({ retention }) =>
          retention.length === 0 ? (
            <EmptyState
              icon="clock"
              title="Everything is kept"
              text="A limit says for how many days, or up to how much text, spans of a tenant are kept. Whole days go, the oldest first."
              heading="h3"
            />
          ) : (
            <DataTable
              label="How long spans are kept"
              columns={columns(setEdited, setDoomed)}
              rows={retention}
              keyOf={({ tenant }) => tenant}
              testId="retention"
            />
          )
        }
      </Answered>
      {edited && (
        <RetentionForm
          rule={edited === 'new' ? undefined : edited}
          rules={query.data?.retention ?? []}
          close={() => setEdited(undefined)}
        />
      )}
      {doomed && (
        <DeleteDialog
          title={`Take away the limit of ${whose(doomed)}?`}
          text={
            doomed.tenant === EVERYBODY
              ? 'Tenants without a limit of their own then keep everything.'
              : 'What is said of every tenant holds for it then, or else everything is kept.'
          }
          action="Take it away"
          path={`/api/v1/data/retention/${encodeURIComponent(doomed.tenant)}`}
          stale="retention"
          close={() => setDoomed(undefined)}
        />
      )}
    </section>
  );
}

function whose({ tenant }: Pick<Retention, 'tenant'>): string {
  return tenant === EVERYBODY ? 'every other tenant' : printable(tenant);
}

function columns(edit: (rule: Retention) => void, remove: (rule: Retention) => void): readonly Column<Retention>[] {
  return [
    {
      id: 'tenant',
      title: 'Tenant',
      cell: ({ tenant }) => (tenant === EVERYBODY ? 'every other' : <Clip text={tenant} />),
      sort: ({ tenant }) => tenant,
    },
    {
      id: 'days',
      title: 'Days',
      about: 'Whole days before today, in UTC',
      isNumber: true,
      cell: ({ days }) => (days === null ? 'any' : <span title={countOf(days, 'day')}>{exactCount(days)}</span>),
      sort: ({ days }) => days,
    },
    {
      id: 'bytes',
      title: 'Text',
      about: 'Before it is compressed; the newest day stays',
      isNumber: true,
      cell: ({ bytes }) => (bytes === null ? 'any' : formatBytes(bytes)),
      sort: ({ bytes }) => bytes,
      from: 'tablet',
    },
    {
      id: 'actions',
      title: 'Change',
      cell: (rule) => (
        <span className="row-actions">
          <button
            type="button"
            className="button small"
            aria-label={`Change the limit of ${whose(rule)}`}
            onClick={() => edit(rule)}
          >
            Change
          </button>
          <button
            type="button"
            className="button small"
            aria-label={`Take away the limit of ${whose(rule)}`}
            onClick={() => remove(rule)}
          >
            Take away
          </button>
        </span>
      ),
    },
  ];
}
