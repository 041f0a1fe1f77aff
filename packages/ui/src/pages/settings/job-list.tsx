import type { DataJob } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { printable } from '../../format/printable.ts';
import { jobsQuery } from '../../settings/data-queries.ts';
import { jobProof, jobResult, jobTitle } from '../../settings/job-text.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Ago } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { Clip } from '../../widgets/text.tsx';

/** What was deleted and priced anew, with what shows that it is done. */
export function JobList() {
  const query = useQuery(jobsQuery);
  return (
    <section className="section" data-testid="jobs">
      <h2>What was done</h2>
      <Answered query={query}>
        {({ jobs }) =>
          jobs.length === 0 ? (
            <p className="muted">Nothing was deleted or priced anew yet.</p>
          ) : (
            <DataTable label="What was done" columns={COLUMNS} rows={jobs} keyOf={({ id }) => id} />
          )
        }
      </Answered>
    </section>
  );
}

const COLUMNS: readonly Column<DataJob>[] = [
  { id: 'what', title: 'What', cell: (job) => <Clip text={jobTitle(job)} />, sort: jobTitle },
  { id: 'result', title: 'What came of it', cell: (job) => <JobOutcome job={job} /> },
  {
    id: 'who',
    title: 'Who',
    cell: ({ who }) => <Clip text={printable(who)} />,
    sort: ({ who }) => who,
    from: 'desktop',
  },
  {
    ...{ id: 'asked', title: 'When', isNumber: true, from: 'tablet' },
    cell: ({ askedAt }) => <Ago iso={askedAt} />,
    sort: ({ askedAt }) => askedAt,
  },
];

/** How a job stands and, of a deletion that is done, each thing that was looked at. */
export function JobOutcome({ job }: { job: DataJob }) {
  return (
    <div className="job-outcome" role="status">
      <p>
        {job.state === 'running' && <Icon name="running" size={12} />} {jobResult(job)}
      </p>
      {job.kind === 'delete' && job.state === 'done' && (
        <ul className="job-proof" data-testid="proof">
          {jobProof(job).map(({ text, isGood }) => (
            <li key={text}>
              <Icon name={isGood ? 'ok' : 'warning'} size={12} />
              {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
