import type { DataJob } from '@tallyspan/server';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { TextField } from '../../forms/form-field.tsx';
import { TypedNameDialog } from '../../forms/typed-name-dialog.tsx';
import { jobTitle } from '../../settings/job-text.ts';

/** All spans for which everything given holds, for good. */
export function DeleteSection() {
  const [tenant, setTenant] = useState('');
  const [trace, setTrace] = useState('');
  const [user, setUser] = useState('');
  const [tried, setTried] = useState(false);
  const [sure, setSure] = useState(false);
  const client = useQueryClient();
  const whom = Object.fromEntries(
    Object.entries({ tenant: tenant.trim(), traceId: trace.trim().toLowerCase(), user: user.trim() }).filter(
      ([, value]) => value !== '',
    ),
  );
  const problem =
    Object.keys(whom).length === 0
      ? 'Give a tenant, a trace or a user.'
      : whom['traceId'] !== undefined && !/^[0-9a-f]{32}$/.test(whom['traceId'])
        ? 'A trace id has 32 hex digits.'
        : undefined;
  const remove = useMutation({
    mutationFn: () => sendJson<DataJob>('POST', '/api/v1/data/delete', whom),
    onSuccess: async () => {
      setSure(false);
      setTried(false);
      for (const clear of [setTenant, setTrace, setUser]) clear('');
      await client.invalidateQueries();
    },
  });
  return (
    <section className="section">
      <h2>Delete for good</h2>
      <p className="page-lead">
        All spans for which everything given holds leave the store, its sums, the ingest log and the disk. What came of
        it, with a count afterwards, stands below and in the audit log.
      </p>
      <form
        className="form-stack data-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (problem === undefined) setSure(true);
        }}
      >
        <div className="form-grid">
          <TextField
            label="Tenant"
            placeholder="any"
            value={tenant}
            problem={tried && problem?.startsWith('Give') ? problem : undefined}
            onChange={setTenant}
          />
          <TextField
            label="Trace"
            placeholder="any"
            value={trace}
            problem={tried && problem?.startsWith('A trace') ? problem : undefined}
            onChange={setTrace}
          />
          <TextField label="User" placeholder="any" value={user} onChange={setUser} />
        </div>
        <div className="form-actions is-left">
          <button type="submit" className="button danger">
            Delete…
          </button>
        </div>
      </form>
      {sure && (
        <TypedNameDialog
          title={`${jobTitle({ kind: 'delete', asked: whom })}?`}
          text="The spans are gone for good, also from backups that are made from now on. There is no way back."
          name={whom['user'] ?? whom['traceId'] ?? whom['tenant'] ?? ''}
          action="Delete for good"
          error={remove.error}
          isPending={remove.isPending}
          run={() => remove.mutate()}
          close={() => {
            setSure(false);
            remove.reset();
          }}
        />
      )}
    </section>
  );
}
