import type { ModelRow } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { byProvider, slices } from '../../costs/by-provider.ts';
import { cellFilter } from '../../costs/cell-filter.ts';
import { anomaliesQuery, modelsQuery, type Looked } from '../../costs/costs-queries.ts';
import { exactCount, formatShare } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { Money, NoCost, TotalCost } from '../../widgets/money.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { AnomalyList } from './anomaly-list.tsx';
import { CostTableWaiting } from './cost-table-waiting.tsx';
import { Donut } from './donut.tsx';
import { ExplainedLink } from './explained-link.tsx';

/** Which models drive the cost, how fast they are, who fails; and who spends unusually much. */
export function ModelsView({ looked }: { looked: Looked }) {
  const query = useQuery(modelsQuery(looked));
  const anomalies = useQuery(anomaliesQuery('agent', looked.q));
  if (query.isPending) return <CostTableWaiting />;
  if (!query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  const { models, truncated } = query.data;
  return (
    <div className="models-view">
      <AnomalyList data={anomalies.data} error={anomalies.error} />
      {models.length === 0 ? (
        <EmptyState icon="coins" title="No model calls in this time" text="Choose another time, or another filter." />
      ) : (
        <>
          <div className="two-sides">
            <Donut title="Models by cost" slices={slices(models, 'cost')} />
            <Donut title="Models by calls" slices={slices(models, 'calls')} />
          </div>
          <Latency models={models} looked={looked} />
          {truncated && (
            <p className="muted">There are more models than one answer holds; those with the highest cost are shown.</p>
          )}
          <ErrorRates models={models} looked={looked} />
        </>
      )}
    </div>
  );
}

function Latency({ models, looked }: { models: readonly ModelRow[]; looked: Looked }) {
  const longest = Math.max(1, ...models.map(({ durationMs }) => durationMs?.p99 ?? 0));
  return (
    <section className="plain-section">
      <h2>Cost and latency by model</h2>
      <div className="plain-scroll" tabIndex={0} role="region" aria-label="Cost and latency by model">
        <table className="plain-table latency-table" data-testid="latency-table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              {['Cost', 'Per call', 'Calls', 'p50', 'p95', 'p99'].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
              <th scope="col" className="latency-head">
                p50 to p99
              </th>
              <th scope="col" className="number" title="Time to the first chunk of a stream, median">
                First chunk
              </th>
              <th scope="col" className="number" title="Output tokens a second of streams, median">
                Tokens/s
              </th>
            </tr>
          </thead>
          <tbody>
            {models.map((row) => (
              <tr key={JSON.stringify([row.provider, row.model])} data-model={row.model}>
                <th scope="row">
                  <Clip text={row.model ?? 'no model'} />
                  <Clip text={row.provider ?? 'no provider'} className="muted" />
                </th>
                <td className="number">
                  <ExplainedLink
                    cell={cellFilter([
                      { dimension: 'provider', value: row.provider },
                      { dimension: 'model', value: row.model },
                    ])}
                    looked={looked}
                    totals={row}
                  >
                    <TotalCost totals={row} />
                  </ExplainedLink>
                </td>
                <td className="number">
                  {row.costPerCallUsd === null ? <NoCost title="Unpriced" /> : <Money usd={row.costPerCallUsd} />}
                </td>
                <td className="number">{exactCount(row.calls)}</td>
                {(['p50', 'p95', 'p99'] as const).map((name) => (
                  <td key={name} className="number">
                    {row.durationMs ? formatDuration(row.durationMs[name]) : '–'}
                  </td>
                ))}
                <td className="latency-bar" aria-hidden="true">
                  {row.durationMs && (
                    <span
                      style={{
                        marginLeft: `${(row.durationMs.p50 / longest) * 100}%`,
                        width: `${Math.max(0.5, ((row.durationMs.p99 - row.durationMs.p50) / longest) * 100)}%`,
                      }}
                    />
                  )}
                </td>
                <td className="number">{row.timeToFirstChunkMs ? formatDuration(row.timeToFirstChunkMs.p50) : '–'}</td>
                <td className="number">{row.tokensPerSecond ? row.tokensPerSecond.p50.toFixed(0) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function ErrorRates({ models, looked }: { models: readonly ModelRow[]; looked: Looked }) {
  const rows = byProvider(models);
  return (
    <section className="plain-section">
      <h2>Error rate by provider</h2>
      <div className="plain-scroll error-scroll" tabIndex={0} role="region" aria-label="Error rate by provider">
        <table className="plain-table error-rates" data-testid="error-rates">
          <thead>
            <tr>
              <th scope="col">Provider</th>
              <th scope="col" className="number">
                Calls
              </th>
              <th scope="col" className="number">
                Failed
              </th>
              <th scope="col" className="number">
                Rate
              </th>
              <th scope="col" className="error-head">
                <span className="unseen">Drawn</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ provider, totals, errorRate }) => (
              <tr key={String(provider)}>
                <th scope="row">
                  <Clip text={provider ?? 'no provider'} />
                </th>
                <td className="number">{exactCount(totals.calls)}</td>
                <td className={`number${totals.errors > 0 ? ' has-errors' : ''}`}>
                  {totals.errors === 0 ? (
                    0
                  ) : (
                    <ExplainedLink
                      cell={withError(cellFilter([{ dimension: 'provider', value: provider }]))}
                      looked={looked}
                      totals={totals}
                    >
                      {exactCount(totals.errors)}
                    </ExplainedLink>
                  )}
                </td>
                <td className="number">{errorRate === null ? '–' : formatShare(errorRate)}</td>
                <td className="error-bar" aria-hidden="true">
                  <span className="share">
                    <span style={{ width: `${(errorRate ?? 0) * 100}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function withError(cell: ReturnType<typeof cellFilter>): ReturnType<typeof cellFilter> {
  return { ...cell, terms: `${cell.terms} status:error` };
}
