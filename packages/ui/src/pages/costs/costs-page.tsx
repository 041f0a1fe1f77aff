import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTail } from '../../api/live.ts';
import { costsQuery, type Range } from '../../api/queries.ts';
import { DEFAULT_BY, PIVOTS } from '../../costs/pivots.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { CostSummary } from './cost-summary.tsx';
import { CostTable, CostTableWaiting } from './cost-table.tsx';

const route = getRouteApi('/costs');

const RANGES = [
  { value: 'all', text: 'All' },
  { value: '7d', text: '7 d', title: 'The last seven days' },
  { value: '24h', text: '24 h', title: 'The last 24 hours' },
] as const;

/** A pivot over everything is dearer than a list; it follows the tail at this pace. */
const REFETCH_MS = 2_000;

export function CostsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const by = search.by ?? DEFAULT_BY;
  const range: Range = search.range ?? 'all';
  const query = useQuery(costsQuery(by, range));

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useTail(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void query.refetch();
    }, REFETCH_MS);
  });

  const choose = (next: { by?: string; range?: Range }) => {
    const wanted = { by, range, ...next };
    void navigate({
      search: {
        by: wanted.by === DEFAULT_BY ? undefined : wanted.by,
        range: wanted.range === 'all' ? undefined : wanted.range,
      },
      replace: true,
    });
  };

  return (
    <div className="page costs-page">
      <title>Costs · Tallyspan</title>
      <div className="page-head">
        <h1>Costs</h1>
        <div className="push cost-controls">
          <Segments
            label="Group by"
            choices={PIVOTS.map(({ by: value, text, title }) => ({ value, text, title }))}
            value={by}
            onChoose={(value) => choose({ by: value })}
          />
          <Segments label="Time range" choices={RANGES} value={range} onChoose={(value) => choose({ range: value })} />
        </div>
      </div>
      {query.isPending ? (
        <CostTableWaiting />
      ) : !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data.total.calls === 0 ? (
        <EmptyState
          icon="coins"
          title={range === 'all' ? 'Nothing spent yet' : 'Nothing spent in this time'}
          text="Model calls, embeddings and reranks that are received are priced and added up here."
        >
          {range !== 'all' && (
            <button type="button" className="button" onClick={() => choose({ range: 'all' })}>
              Show all time
            </button>
          )}
        </EmptyState>
      ) : (
        <div className={`costs${query.isPlaceholderData ? ' is-stale' : ''}`} aria-busy={query.isPlaceholderData}>
          <CostSummary costs={query.data} />
          {query.data.truncated && (
            <div className="note" data-testid="costs-truncated">
              <Icon name="warning" size={14} />
              <p>
                There are more lines than one answer holds, so only the dearest are listed. The total is that of all of
                them.
              </p>
            </div>
          )}
          <CostTable key={query.data.by.join()} costs={query.data} />
        </div>
      )}
    </div>
  );
}
