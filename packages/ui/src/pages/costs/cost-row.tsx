import { exactCount, formatShare } from '../../format/count.ts';
import { shareOf } from '../../format/money.ts';
import { labelOf, type CostRow as Row } from '../../costs/cost-rows.ts';
import { cellFilter } from '../../costs/cell-filter.ts';
import type { Looked } from '../../costs/costs-queries.ts';
import { Icon } from '../../widgets/icon.tsx';
import { TotalCost } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';
import { ExplainedLink } from './explained-link.tsx';

export function CostRow(properties: {
  id: string;
  row: Extract<Row, { type: 'node' }>;
  by: readonly string[];
  looked: Looked;
  totalUsd: string;
  expanded: boolean | null;
  active: boolean;
  activate(key: string): void;
  toggle(key: string): void;
}) {
  const { id, row, by, looked, totalUsd, expanded, active } = properties;
  const { node } = row;
  const share = shareOf(node.costUsd, totalUsd);
  const zero = (count: number) => (count === 0 ? ' is-zero' : '');
  return (
    <div
      id={id}
      role="row"
      className={`cost-row is-${node.dimension} level-${row.level}${active ? ' is-active' : ''}`}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={expanded ?? undefined}
      data-path={row.key}
      onClick={() => {
        properties.activate(`node ${row.key}`);
        if (expanded !== null) properties.toggle(row.key);
      }}
    >
      <span role="rowheader" className="k-name">
        <span className="indent" style={{ width: (row.level - 1) * 18 }} aria-hidden="true" />
        <span className="twist">{expanded !== null && <Icon name="chevron" size={12} />}</span>
        <Clip text={labelOf(node)} className={node.value === null ? 'muted' : ''} />
      </span>
      <span role="gridcell" className="k-share" title={`${formatShare(share)} of the total`}>
        <span className="share" aria-hidden="true">
          <span style={{ width: `${share * 100}%` }} />
        </span>
        <span className="share-text number">{formatShare(share)}</span>
      </span>
      <span role="gridcell" className="k-calls number">
        {exactCount(node.calls)}
      </span>
      <span role="gridcell" className={`k-errors number${zero(node.errors)}${node.errors > 0 ? ' has-errors' : ''}`}>
        {exactCount(node.errors)}
      </span>
      <span role="gridcell" className="k-input number">
        {exactCount(node.inputTokens)}
      </span>
      <span role="gridcell" className={`k-cached number${zero(node.cacheReadTokens)}`}>
        {exactCount(node.cacheReadTokens)}
      </span>
      <span role="gridcell" className={`k-output number${zero(node.outputTokens)}`}>
        {exactCount(node.outputTokens)}
      </span>
      <span role="gridcell" className="k-cost number">
        <ExplainedLink
          cell={cellFilter(row.path.map((value, i) => ({ dimension: by[i]!, value })))}
          looked={looked}
          totals={node}
        >
          <TotalCost totals={node} />
        </ExplainedLink>
      </span>
    </div>
  );
}
