import type { DataSize } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatBytes } from '../../format/bytes.ts';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { retentionQuery, sizeQuery } from '../../settings/data-queries.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Snippet } from '../../widgets/copy.tsx';
import { Ago } from '../../widgets/figures.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';

type Tenant = DataSize['tenants'][number];

/** How much is stored and of whom, what it takes on the disk, and when it was last copied elsewhere. */
export function StorageView() {
  const [text, setText] = useState(false);
  const query = useQuery({ ...sizeQuery(text), placeholderData: (before: DataSize | undefined) => before });
  const retention = useQuery(retentionQuery);
  return (
    <Answered query={query}>
      {(size) => (
        <>
          {size.folder && <Disk folder={size.folder} />}
          <section className="section">
            <div className="section-head">
              <h2>By tenant</h2>
              {!text && (
                <button
                  type="button"
                  className="button small"
                  title="All of it is read for that, which may take long"
                  onClick={() => setText(true)}
                >
                  Measure the text
                </button>
              )}
            </div>
            {size.tenants.length === 0 ? (
              <EmptyState
                icon="retrieval"
                title="Nothing is stored"
                text="Spans that arrive are counted here by tenant and day."
                heading="h3"
              />
            ) : (
              <DataTable
                label="What is stored, by tenant"
                testId="sizes"
                columns={columns(retention.data?.retention ?? [])}
                rows={size.tenants}
                keyOf={({ tenant }) => tenant}
              />
            )}
            <p className="note-line">
              How long spans are kept, and deleting them, is under{' '}
              <Link to="/settings" search={{ view: 'data' }} className="link-button">
                Settings, Data
              </Link>
              .
            </p>
          </section>
          {size.folder && <Backups lastAt={size.lastBackupAt} />}
        </>
      )}
    </Answered>
  );
}

const PARTS = [
  ['spans', 'Spans', 'the store, compressed'],
  ['log', 'Ingest log', 'what may have to be read again after a crash'],
  ['objects', 'Keys, budgets, prices', ''],
  ['audit', 'Audit log', ''],
  ['setAside', 'Set aside', 'records that nobody could read'],
  ['other', 'Other', ''],
] as const;

function Disk({ folder: { bytes, freeBytes } }: { folder: NonNullable<DataSize['folder']> }) {
  return (
    <section className="section">
      <h2>On the disk of this server</h2>
      <dl className="fact-grid" data-testid="disk">
        {PARTS.filter(([part]) => part !== 'other' || bytes.other > 0).map(([part, name, about]) => (
          <div key={part}>
            <dt>{name}</dt>
            <dd className={part === 'setAside' && bytes[part] > 0 ? 'rate-bad' : undefined}>
              {formatBytes(bytes[part])}
            </dd>
            {about !== '' && <dd className="fact-about">{about}</dd>}
          </div>
        ))}
        <div>
          <dt>Free</dt>
          <dd>{formatBytes(freeBytes)}</dd>
        </div>
      </dl>
    </section>
  );
}

function Backups({ lastAt }: { lastAt: string | null }) {
  return (
    <section className="section" data-testid="backups">
      <h2>Backups</h2>
      <p className="page-lead">
        {lastAt === null ? (
          'None was made yet.'
        ) : (
          <>
            The last one was read to its end <Ago iso={lastAt} />.
          </>
        )}{' '}
        One file has everything that was acknowledged when it began; the server goes on meanwhile.
      </p>
      <Snippet text={`tallyspan backup --url ${window.location.origin} --out .`} label="How to make a backup" />
    </section>
  );
}

function columns(
  rules: readonly { tenant: string; days: number | null; bytes: number | null }[],
): readonly Column<Tenant>[] {
  const ruleOf = (tenant: string) =>
    rules.find((rule) => rule.tenant === tenant) ?? rules.find((rule) => rule.tenant === '*');
  return [
    { id: 'tenant', title: 'Tenant', cell: ({ tenant }) => <Clip text={tenant} />, sort: ({ tenant }) => tenant },
    {
      ...{ id: 'spans', title: 'Spans', isNumber: true },
      cell: ({ spans }) => exactCount(spans),
      sort: ({ spans }) => spans,
    },
    {
      ...{ id: 'text', title: 'Text', isNumber: true, from: 'tablet' },
      about: 'Before it is compressed',
      cell: ({ textBytes }) =>
        textBytes === null ? <span className="muted">not measured</span> : formatBytes(textBytes),
      sort: ({ textBytes }) => textBytes,
    },
    {
      ...{ id: 'days', title: 'From, to', from: 'tablet' },
      about: 'Days of the oldest and the newest span, in UTC',
      cell: ({ firstDay, lastDay }) => (firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`),
      sort: ({ firstDay }) => firstDay,
    },
    {
      ...{ id: 'kept', title: 'Kept' },
      cell: ({ tenant }) => {
        const rule = ruleOf(tenant);
        if (!rule) return 'for ever';
        const parts = [
          ...(rule.days === null ? [] : [`${exactCount(rule.days)} days`]),
          ...(rule.bytes === null ? [] : [`up to ${formatBytes(rule.bytes)}`]),
        ];
        return printable(parts.join(', '));
      },
    },
  ];
}
