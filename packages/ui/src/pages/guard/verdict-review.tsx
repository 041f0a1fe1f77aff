import type { GuardReviews, GuardVerdict } from '@tallyspan/server';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { sendJson, withParameters } from '../../api/client.ts';
import { guardReviewsQuery, type ReviewState, type TraceFilters } from '../../api/queries.ts';
import { timeParameters } from '../../api/time-range.ts';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { DataTable } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { ErrorState } from '../../widgets/states.tsx';
import { RULES, type Verdict, verdictColumns } from './review-columns.tsx';

const STATES: readonly { value: ReviewState; text: string }[] = [
  { value: 'all', text: 'All' },
  { value: 'unreviewed', text: 'Not reviewed' },
  { value: 'false_positive', text: 'False positives' },
  { value: 'right', text: 'Right' },
];

/** The newest verdicts, what people said of them, and how often each rule was wrong. */
export function VerdictReview(properties: {
  filters: TraceFilters;
  state: ReviewState;
  setState(state: ReviewState): void;
}) {
  const { filters, state, setState } = properties;
  const query = useInfiniteQuery(guardReviewsQuery(filters, state));
  const client = useQueryClient();
  const { mutate, error } = useMutation({
    mutationFn: ({ of: { span }, verdict }: { of: GuardVerdict; verdict: Verdict | undefined }) => {
      const path = `/api/v1/guard/reviews/${span.traceId}/${span.spanId}`;
      const tenant = span.tenant ?? undefined;
      return verdict === undefined
        ? sendJson('DELETE', withParameters(path, { tenant }))
        : sendJson('PUT', path, { verdict, tenant });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['guard reviews'] }),
  });
  const pages = query.data?.pages ?? [];
  const verdicts = pages.flatMap((page) => page.verdicts);
  const first: GuardReviews | undefined = pages[0];
  const mayReview = first?.mayReview === true;
  const columns = useMemo(
    () => verdictColumns(mayReview ? (of, verdict) => mutate({ of, verdict }) : undefined),
    [mayReview, mutate],
  );
  return (
    <>
      {first && first.rules.length > 0 && (
        <section className="section">
          <div className="section-head">
            <h2>How often a rule is wrong</h2>
            <ExportLinks filters={filters} />
          </div>
          <DataTable
            label="How often a rule is wrong"
            testId="guard-rules"
            columns={RULES}
            rows={first.rules}
            keyOf={({ scanner }) => scanner}
          />
          {first.rulesTruncated && (
            <p className="note-line">
              There are more reviews or rules than are counted here; a shorter time has them all.
            </p>
          )}
        </section>
      )}
      <section className="section">
        <div className="section-head">
          <h2>Newest verdicts</h2>
          <Segments label="Reviewed" choices={STATES} value={state} onChoose={setState} />
        </div>
        <ProblemNote error={error} />
        {query.isPending ? (
          <p className="muted waiting">Loading…</p>
        ) : !first ? (
          <ErrorState error={query.error} retry={() => void query.refetch()} />
        ) : verdicts.length === 0 && !query.hasNextPage ? (
          <p className="muted">{NONE[state]}</p>
        ) : (
          <>
            <DataTable
              label="Newest verdicts"
              testId="guard-recent"
              columns={columns}
              rows={verdicts}
              keyOf={({ span }) => span.traceId + span.spanId + String(span.tenant)}
              more={query.hasNextPage}
            />
            {query.hasNextPage && (
              <div className="more">
                <button
                  type="button"
                  className="button"
                  disabled={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {query.isFetchingNextPage ? 'Loading…' : 'Load older'}
                </button>
              </div>
            )}
          </>
        )}
      </section>
    </>
  );
}

const NONE: Readonly<Record<ReviewState, string>> = {
  all: 'No text was blocked, redacted or noted.',
  unreviewed: 'Every verdict was reviewed.',
  false_positive: 'Nobody called a verdict a false positive.',
  right: 'Nobody called a verdict right yet.',
};

/** What was reviewed, without anything that was said in a prompt. */
function ExportLinks({ filters: { tenant, agent, ...filters } }: { filters: TraceFilters }) {
  const file = (format: string) =>
    withParameters('/api/v1/guard/reviews/export', { format, tenant, agent, ...timeParameters(filters) });
  return (
    <span className="review-export">
      <Icon name="copy" size={13} />
      Reviews as{' '}
      <a className="link-button" href={file('csv')} download>
        CSV
      </a>
      <a className="link-button" href={file('jsonl')} download>
        JSON lines
      </a>
    </span>
  );
}
