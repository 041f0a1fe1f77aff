import type { DataJob } from '@tallyspan/server';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { TypedNameDialog } from '../../forms/typed-name-dialog.tsx';
import { jobQuery } from '../../settings/data-queries.ts';
import { jobTitle } from '../../settings/job-text.ts';
import { JobOutcome } from './job-list.tsx';
import { RepriceTable } from './reprice-table.tsx';

interface Asked {
  tenant?: string;
  model?: string;
  from?: string;
  to?: string;
}

/** Prices of stored calls change only here: first it is said what would, then it is done. */
export function RepriceSection() {
  const [tenant, setTenant] = useState('');
  const [model, setModel] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [sure, setSure] = useState(false);
  /** The last job that was asked for, and with what. */
  const [last, setLast] = useState<{ job: DataJob; asked: Asked }>();
  const client = useQueryClient();
  const ask = useMutation({
    mutationFn: async ({ asked, dryRun }: { asked: Asked; dryRun: boolean }) => ({
      asked,
      job: await sendJson<DataJob>('POST', '/api/v1/prices/reprice', { ...asked, dryRun }),
    }),
    onSuccess: (answer) => {
      setSure(false);
      setLast(answer);
    },
  });
  const query = useQuery(jobQuery(last?.job));
  const job = last === undefined ? undefined : query.data;
  const isApplied = job?.state === 'done' && job.repriced?.dryRun === false;
  // Every figure of money may be another now.
  useEffect(() => {
    if (isApplied) void client.invalidateQueries();
  }, [isApplied, client]);
  const isTried = job?.state === 'done' && job.repriced?.dryRun === true && job.repriced.changed > 0;
  return (
    <section className="section" data-testid="reprice">
      <h2>Price stored calls anew</h2>
      <p className="page-lead">
        A call keeps the price it was stored with. To use the prices of today, see first what would change; then it can
        be done.
      </p>
      <form
        className="form-stack data-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate({ asked: askedOf({ tenant, model, from, to }), dryRun: true });
        }}
      >
        <div className="form-grid">
          <TextField label="Tenant" placeholder="every tenant" value={tenant} onChange={setTenant} />
          <TextField label="Model" placeholder="every model" value={model} onChange={setModel} />
          <TextField label="From" type="datetime-local" value={from} onChange={setFrom} />
          <TextField label="Until" type="datetime-local" value={to} onChange={setTo} />
        </div>
        {!sure && <ProblemNote error={ask.error} />}
        <div className="form-actions is-left">
          <button type="submit" className="button primary" disabled={ask.isPending || job?.state === 'running'}>
            What would change?
          </button>
          {isTried && (
            <button type="button" className="button danger" onClick={() => setSure(true)}>
              Price anew…
            </button>
          )}
        </div>
      </form>
      {job && <JobOutcome job={job} />}
      {job?.repriced && job.state === 'done' && <RepriceTable repriced={job.repriced} />}
      {sure && last && (
        <TypedNameDialog
          title={`${jobTitle({ kind: 'reprice', asked: { ...last.job.asked, dryRun: false } })}?`}
          text="Stored costs are written over, and with them every sum and every budget. The old figures are kept nowhere but in the audit log, as sums."
          name={last.asked.tenant ?? last.asked.model ?? 'everything'}
          action="Price anew"
          error={ask.error}
          isPending={ask.isPending}
          run={() => ask.mutate({ asked: last.asked, dryRun: false })}
          close={() => {
            setSure(false);
            ask.reset();
          }}
        />
      )}
    </section>
  );
}

function askedOf(typed: Required<Asked>): Asked {
  const times = { from: typed.from, to: typed.to };
  return Object.fromEntries([
    ...(['tenant', 'model'] as const).flatMap((name) =>
      typed[name].trim() === '' ? [] : [[name, typed[name].trim()]],
    ),
    ...Object.entries(times).flatMap(([name, text]) => (text === '' ? [] : [[name, new Date(text).toISOString()]])),
  ]) as Asked;
}
