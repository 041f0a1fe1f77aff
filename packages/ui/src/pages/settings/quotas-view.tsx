import type { Quota } from '@tallyspan/server';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { Dialog } from '../../forms/dialog.tsx';
import { TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { quotasQuery } from '../../settings/settings-queries.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';

export function QuotasView() {
  const query = useQuery(quotasQuery);
  const [edited, setEdited] = useState<Quota | 'new'>();
  const [doomed, setDoomed] = useState<Quota>();
  const create = (
    <button type="button" className="button primary" onClick={() => setEdited('new')}>
      <Icon name="plus" size={13} />
      New quota
    </button>
  );
  return (
    <>
      <Answered query={query}>
        {({ quotas }) =>
          quotas.length === 0 ? (
            <EmptyState
              icon="gateway"
              title="Nobody is held back"
              text="A quota says how much the keys of one tenant may send, so that one loud tenant leaves room for the others."
            >
              {create}
            </EmptyState>
          ) : (
            <>
              <div className="section-head">
                <h2>Quotas</h2>
                {create}
              </div>
              <DataTable
                label="Quotas"
                columns={columns(setEdited, setDoomed)}
                rows={quotas}
                keyOf={({ tenant }) => tenant}
                testId="quotas"
              />
            </>
          )
        }
      </Answered>
      {doomed && (
        <DeleteDialog
          title={`Delete the quota of ${printable(doomed.tenant)}?`}
          text="It may then send as much as it likes."
          action="Delete the quota"
          path={`/api/v1/quotas/${encodeURIComponent(doomed.tenant)}`}
          stale="quotas"
          close={() => setDoomed(undefined)}
        />
      )}
      {edited && <QuotaForm quota={edited === 'new' ? undefined : edited} close={() => setEdited(undefined)} />}
    </>
  );
}

function columns(edit: (quota: Quota) => void, remove: (quota: Quota) => void): readonly Column<Quota>[] {
  return [
    { id: 'tenant', title: 'Tenant', cell: ({ tenant }) => <Clip text={tenant} />, sort: ({ tenant }) => tenant },
    {
      id: 'spans',
      title: 'Spans a second',
      isNumber: true,
      cell: ({ spansPerSecond }) => (spansPerSecond === null ? 'any' : exactCount(spansPerSecond)),
      sort: ({ spansPerSecond }) => spansPerSecond,
    },
    {
      id: 'bytes',
      title: 'Bytes a day',
      isNumber: true,
      cell: ({ bytesPerDay }) => (bytesPerDay === null ? 'any' : formatBytes(bytesPerDay)),
      sort: ({ bytesPerDay }) => bytesPerDay,
      from: 'tablet',
    },
    {
      id: 'today',
      title: 'Today',
      about: 'Since midnight UTC, or since the server was started',
      isNumber: true,
      cell: ({ bytesToday, bytesPerDay }) => (
        <>
          {formatBytes(bytesToday)}
          {bytesPerDay !== null && (
            <span className="bar" aria-hidden="true">
              <span style={{ width: `${Math.min(100, (bytesToday / bytesPerDay) * 100)}%` }} />
            </span>
          )}
        </>
      ),
      sort: ({ bytesToday }) => bytesToday,
      from: 'tablet',
    },
    {
      id: 'actions',
      title: 'Change',
      cell: (quota) => (
        <span className="row-actions">
          <button
            type="button"
            className="button small"
            aria-label={`Edit the quota of ${printable(quota.tenant)}`}
            onClick={() => edit(quota)}
          >
            Edit
          </button>
          <button
            type="button"
            className="button small"
            aria-label={`Delete the quota of ${printable(quota.tenant)}`}
            onClick={() => remove(quota)}
          >
            Delete
          </button>
        </span>
      ),
    },
  ];
}

function QuotaForm({ quota, close }: { quota: Quota | undefined; close(): void }) {
  const [tenant, setTenant] = useState(quota?.tenant ?? '');
  const [spans, setSpans] = useState(quota?.spansPerSecond == null ? '' : String(quota.spansPerSecond));
  const [bytes, setBytes] = useState(quota?.bytesPerDay == null ? '' : String(quota.bytesPerDay));
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const problems = {
    tenant: tenant.trim() === '' ? 'Which tenant?' : undefined,
    spans: spans !== '' && !(Number(spans) > 0) ? 'Write a number above 0.' : undefined,
    bytes: bytes !== '' && !/^[1-9]\d{0,15}$/.test(bytes) ? 'Write a whole number above 0.' : undefined,
  };
  const save = useMutation({
    mutationFn: () =>
      sendJson<Quota>('PUT', `/api/v1/quotas/${encodeURIComponent(tenant.trim())}`, {
        spansPerSecond: spans === '' ? null : Number(spans),
        bytesPerDay: bytes === '' ? null : Number(bytes),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['quotas'] });
      close();
    },
  });
  return (
    <Dialog title={quota ? 'Change the quota' : 'New quota'} close={close}>
      <form
        className="form-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (Object.values(problems).every((problem) => problem === undefined)) save.mutate();
        }}
      >
        <div className="form-grid">
          <TextField
            label="Tenant"
            required
            value={tenant}
            problem={tried ? problems.tenant : undefined}
            onChange={setTenant}
          />
          <TextField
            label="Spans a second"
            hint="on average over ten seconds"
            placeholder="any"
            inputMode="decimal"
            value={spans}
            problem={tried ? problems.spans : undefined}
            onChange={(value) => setSpans(value.trim())}
          />
          <TextField
            label="Bytes a day"
            hint="decompressed, from midnight UTC"
            placeholder="any"
            inputMode="numeric"
            value={bytes}
            problem={tried ? problems.bytes : undefined}
            onChange={(value) => setBytes(value.trim())}
          />
        </div>
        <ProblemNote error={save.error} />
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
