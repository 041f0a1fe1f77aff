import type { Key, MadeKey, Whoami } from '@tallyspan/server';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { printable } from '../../format/printable.ts';
import { formatExact } from '../../format/time.ts';
import { keysQuery, whoamiQuery } from '../../settings/settings-queries.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Ago } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { KeyForm } from './key-form.tsx';
import { MadeKeyDialog } from './made-key-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { WhoYouAre } from './who-you-are.tsx';

export function KeysView() {
  const whoami = useQuery(whoamiQuery);
  const query = useQuery(keysQuery);
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<MadeKey>();
  const [rotated, setRotated] = useState<Key>();
  const [doomed, setDoomed] = useState<Key>();
  const onMade = (key: MadeKey) => {
    setMaking(false);
    setRotated(undefined);
    setMade(key);
  };
  const create = (
    <button type="button" className="button primary" onClick={() => setMaking(true)}>
      <Icon name="plus" size={13} />
      New key
    </button>
  );
  return (
    <>
      <WhoYouAre whoami={whoami.data} />
      <section className="section">
        <div className="section-head">
          <h2>Keys</h2>
          {create}
        </div>
        <Answered query={query}>
          {({ keys }) =>
            keys.length === 0 ? (
              <EmptyState
                icon="credential"
                title="Nobody is asked for a key"
                text="The server listens on this machine only, and whoever is on it may do everything. The first key must be one for everything; from then on everybody needs one."
              />
            ) : (
              <DataTable
                label="Keys"
                columns={columns(setRotated, setDoomed)}
                rows={keys}
                keyOf={({ id }) => id}
                testId="keys"
              />
            )
          }
        </Answered>
      </section>
      {making && (
        <KeyForm first={isFirst(whoami.data, query.data?.keys)} close={() => setMaking(false)} made={onMade} />
      )}
      {rotated && <RotateDialog old={rotated} close={() => setRotated(undefined)} made={onMade} />}
      {made && (
        <MadeKeyDialog
          made={made}
          close={() => {
            setMade(undefined);
            void client.invalidateQueries();
          }}
        />
      )}
      {doomed && (
        <DeleteDialog
          title={`Revoke ${printable(doomed.name)}?`}
          text="Whoever uses it is refused within a second, on all servers. That cannot be taken back."
          action="Revoke the key"
          path={`/api/v1/keys/${encodeURIComponent(doomed.id)}`}
          stale="keys"
          close={() => setDoomed(undefined)}
        />
      )}
    </>
  );
}

function isFirst(whoami: Whoami | undefined, keys: readonly Key[] | undefined): boolean {
  return whoami?.keysRequired === false && keys?.length === 0;
}

const SCOPES: Readonly<Record<Key['scope'], string>> = { ingest: 'Send spans', read: 'Read', admin: 'Everything' };

function columns(rotate: (key: Key) => void, revoke: (key: Key) => void): readonly Column<Key>[] {
  return [
    { id: 'name', title: 'Name', cell: ({ name }) => <Clip text={name} />, sort: ({ name }) => name },
    { id: 'key', title: 'Key', cell: ({ shown }) => <code>{printable(shown)}</code>, from: 'tablet' },
    { id: 'scope', title: 'May', cell: ({ scope }) => SCOPES[scope], sort: ({ scope }) => scope },
    {
      id: 'tenant',
      title: 'Tenant',
      cell: ({ tenant, agent }) => <Clip text={[tenant ?? 'all', agent].filter(Boolean).join(', agent ')} />,
      sort: ({ tenant }) => tenant,
      from: 'tablet',
    },
    { id: 'state', title: 'State', cell: (key) => <KeyState of={key} />, sort: ({ state }) => state },
    {
      id: 'used',
      title: 'Last used',
      about: 'To the hour',
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? <span className="muted">never</span> : <Ago iso={lastUsedAt} />),
      sort: ({ lastUsedAt }) => lastUsedAt,
      from: 'desktop',
    },
    {
      id: 'made',
      title: 'Made',
      cell: ({ createdAt, createdBy }) => (
        <span title={`by ${printable(createdBy)}`}>
          <Ago iso={createdAt} />
        </span>
      ),
      sort: ({ createdAt }) => createdAt,
      from: 'desktop',
    },
    {
      id: 'actions',
      title: 'Change',
      cell: (key) =>
        key.state === 'good' && (
          <span className="row-actions">
            <button
              type="button"
              className="button small"
              aria-label={`Rotate ${printable(key.name)}`}
              onClick={() => rotate(key)}
            >
              Rotate
            </button>
            <button
              type="button"
              className="button small"
              aria-label={`Revoke ${printable(key.name)}`}
              onClick={() => revoke(key)}
            >
              Revoke
            </button>
          </span>
        ),
    },
  ];
}

function KeyState({ of: { state, expiresAt, revokedAt } }: { of: Key }) {
  const ends = revokedAt ?? expiresAt;
  const text = state === 'good' && ends !== null ? `good until ${formatExact(ends)}` : state;
  return (
    <span
      className={`status ${state === 'good' ? 'is-ok' : 'is-error'}`}
      title={ends === null ? undefined : formatExact(ends)}
    >
      <Icon name={state === 'good' ? 'ok' : 'close'} size={13} />
      <Clip text={text} />
    </span>
  );
}
