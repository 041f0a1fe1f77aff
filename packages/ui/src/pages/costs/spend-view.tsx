import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { isAllTime, lengthOf, timeParameters } from '../../api/time-range.ts';
import type { CostsSearch } from '../../costs/costs-search.ts';
import { overTimeQuery, pivotQuery, type Looked } from '../../costs/costs-queries.ts';
import { overTime } from '../../costs/over-time.ts';
import { DEFAULT_BY } from '../../costs/pivots.ts';
import { Icon } from '../../widgets/icon.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { CostSummary } from './cost-summary.tsx';
import { CostTable } from './cost-table.tsx';
import { CostTableWaiting } from './cost-table-waiting.tsx';
import { PivotControls } from './pivot-controls.tsx';
import { PivotTable } from './pivot-table.tsx';
import { TakeAlong } from './take-along.tsx';
import { TimeChart } from './time-chart.tsx';

/** What was spent, when, and by whom, turned as one likes. */
export function SpendView(properties: {
  search: CostsSearch;
  looked: Looked;
  utc: boolean;
  choose(next: Record<string, string | undefined>): void;
}) {
  const { search, looked, utc, choose } = properties;
  const { rows, columns, measure } = search;
  const by = columns === undefined ? rows : [...rows, columns];
  const query = useQuery(pivotQuery(by, looked));
  const first = rows.find((name) => !name.startsWith('time:')) ?? 'model';
  const series = useQuery(overTimeQuery(first, lengthOf(looked.time), looked));
  const chart = useMemo(() => {
    if (!series.data) return undefined;
    const { from, to } = timeParameters(looked.time);
    return overTime(series.data, {
      fromMs: from === undefined ? undefined : Date.parse(from),
      toMs: to === undefined ? Date.now() : Date.parse(to),
    });
  }, [series.data, looked.time]);

  if (query.isPending) return <CostTableWaiting />;
  if (!query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  const costs = query.data;
  if (costs.total.calls === 0) return <NothingSpent looked={looked} choose={choose} />;
  const isPivot = columns !== undefined && costs.by.at(-1) === columns;
  return (
    <div className={`costs${query.isPlaceholderData ? ' is-stale' : ''}`} aria-busy={query.isPlaceholderData}>
      <CostSummary costs={costs} looked={looked} />
      {chart && chart.bars.length > 0 && (
        <TimeChart
          data={chart}
          dimension={first}
          measure={measure}
          utc={utc}
          choose={(next) => choose({ show: next === 'cost' ? undefined : next })}
        />
      )}
      {costs.truncated && (
        <div className="note" data-testid="costs-truncated">
          <Icon name="warning" size={14} />
          <p>
            There are more lines than one answer holds, so only the dearest are listed. The total is that of all of
            them.
          </p>
        </div>
      )}
      <div className="pivot-head">
        <PivotControls
          rows={rows}
          columns={columns}
          choose={(next) => {
            const wanted = { rows, columns, ...next };
            const text = wanted.rows.join();
            choose({
              by: text === DEFAULT_BY ? undefined : text,
              cols: wanted.columns !== undefined && wanted.rows.includes(wanted.columns) ? undefined : wanted.columns,
            });
          }}
        />
        <TakeAlong costs={costs} looked={looked} />
      </div>
      {isPivot ? (
        <PivotTable costs={costs} looked={looked} utc={utc} />
      ) : (
        <CostTable key={costs.by.join()} costs={costs} looked={looked} />
      )}
    </div>
  );
}

function NothingSpent({ looked, choose }: { looked: Looked; choose(next: Record<string, string | undefined>): void }) {
  const isAll = isAllTime(looked.time) && looked.q === undefined;
  return (
    <EmptyState
      icon="coins"
      title={isAll ? 'Nothing spent yet' : 'Nothing spent in this time'}
      text="Model calls, embeddings and reranks that are received are priced and added up here."
    >
      {!isAll && (
        <button
          type="button"
          className="button"
          onClick={() => choose({ range: undefined, from: undefined, to: undefined, q: undefined })}
        >
          Show all time
        </button>
      )}
    </EmptyState>
  );
}
