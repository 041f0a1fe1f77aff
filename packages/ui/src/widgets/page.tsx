import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './states.tsx';

/** A page with its title, and what it can be turned with. */
export function Page(properties: { title: string; tools?: ReactNode; className?: string; children: ReactNode }) {
  const { title, tools, className = '', children } = properties;
  return (
    <div className={`page ${className}`}>
      <title>{`${title} · Tallyspan`}</title>
      <div className="page-head">
        <h1>{title}</h1>
        {tools && <div className="push page-tools">{tools}</div>}
      </div>
      {children}
    </div>
  );
}

/** What was answered; until then that it is awaited, and when it failed why. The last answer stays while the next one is under way. */
export function Answered<Answer>(properties: {
  query: UseQueryResult<Answer>;
  waiting?: ReactNode;
  children: (answer: Answer) => ReactNode;
}) {
  const { query, waiting = <Waiting />, children } = properties;
  if (query.data === undefined)
    return query.isPending ? waiting : <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className={`answered${query.isPlaceholderData ? ' is-stale' : ''}`} aria-busy={query.isPlaceholderData}>
      {query.isError && <ErrorState error={query.error} retry={() => void query.refetch()} />}
      {children(query.data)}
    </div>
  );
}

const WIDTHS = [62, 48, 70, 55, 44, 66, 58, 40];

function Waiting() {
  return (
    <div className="table-waiting waiting" role="status" aria-label="Loading">
      {WIDTHS.map((width, i) => (
        <div key={i}>
          <span className="skeleton" style={{ width: `${width / 2}%` }} />
          <span className="skeleton" style={{ width: '7%' }} />
          <span className="skeleton" style={{ width: '7%' }} />
        </div>
      ))}
    </div>
  );
}
