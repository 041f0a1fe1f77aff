import type { Costs, Totals } from '@tallyspan/server';
import { useMemo, useState, type CSSProperties } from 'react';
import { bucketText } from '../../costs/bucket-text.ts';
import { cellFilter } from '../../costs/cell-filter.ts';
import { costRows, keysToLevel, labelOf } from '../../costs/cost-rows.ts';
import type { Looked } from '../../costs/costs-queries.ts';
import { bucketMs, dimensionPlural, dimensionText } from '../../costs/dimensions.ts';
import { pivotCells, type PivotColumn } from '../../costs/pivot-cells.ts';
import { restOf } from '../../costs/sum-totals.ts';
import { countOf } from '../../format/count.ts';
import { shareOf } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import { millisFromIso } from '../../format/time.ts';
import { TotalCost } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';
import { ExplainedLink } from './explained-link.tsx';

/** The cost of each row in each column. Its edges are the sums of what stands between them, and the corner is the API's total. */
export function PivotTable({ costs, looked, utc }: { costs: Costs; looked: Looked; utc: boolean }) {
  const [whole, setWhole] = useState<ReadonlySet<string>>(() => new Set());
  const pivot = useMemo(() => pivotCells(costs), [costs]);
  const rows = useMemo(
    () => costRows(pivot.tree, new Set(keysToLevel(pivot.tree, costs.by.length)), whole),
    [pivot, costs, whole],
  );
  const across = costs.by.at(-1)!;
  const down = costs.by.slice(0, -1);
  const unlisted = costs.truncated ? restOf(costs.total, pivot.tree) : undefined;
  const place = (path: readonly (string | null)[], column?: PivotColumn) => [
    ...path.map((value, i) => ({ dimension: down[i]!, value })),
    ...(column ? [{ dimension: across, value: column.values[0]! }] : []),
  ];
  const figure = (totals: Totals | undefined, path: readonly (string | null)[], column?: PivotColumn) => {
    if (!totals) return <span className="muted">·</span>;
    // Several values together have no filter of their own.
    if (column && column.values.length > 1) return <TotalCost totals={totals} />;
    return (
      <ExplainedLink cell={cellFilter(place(path, column))} looked={looked} totals={totals}>
        <TotalCost totals={totals} />
      </ExplainedLink>
    );
  };
  const headOf = (column: PivotColumn) => columnText(across, column, utc);
  return (
    <div className="pivot-scroll" tabIndex={0} role="region" aria-label="Pivot table">
      <table className="pivot-table" data-testid="pivot-table">
        <caption className="unseen">
          Costs by {down.map(dimensionText).join(', then ')}, and by {dimensionText(across)} in the columns
        </caption>
        <thead>
          <tr>
            <th scope="col">{printable(down.map(dimensionText).join(' / '))}</th>
            {pivot.columns.map((column, i) => (
              <th key={i} scope="col" className="number">
                <Clip text={headOf(column)} />
              </th>
            ))}
            <th scope="col" className="number is-sum">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) =>
            row.type === 'more' ? (
              <tr key={`more ${row.key}`}>
                <th scope="row" colSpan={pivot.columns.length + 2}>
                  <button type="button" className="link-button" onClick={() => setWhole(new Set([...whole, row.key]))}>
                    Show {countOf(row.hidden, 'more', 'more')}
                  </button>
                </th>
              </tr>
            ) : (
              <tr key={row.key} className={`level-${row.level}`} data-path={row.key}>
                <th scope="row" style={{ paddingLeft: 12 + (row.level - 1) * 16 }}>
                  <Clip text={labelOf(row.node)} className={row.node.value === null ? 'muted' : ''} />
                </th>
                {pivot.columns.map((column, i) => (
                  <td key={i} className="number heated" style={heatOf(pivot.cell(row.path, column), row.node)}>
                    {figure(pivot.cell(row.path, column), row.path, column)}
                  </td>
                ))}
                <td className="number is-sum">{figure(row.node, row.path)}</td>
              </tr>
            ),
          )}
          {unlisted && (
            <tr>
              <th scope="row" className="muted" colSpan={pivot.columns.length + 1}>
                Further lines that one answer does not hold
              </th>
              <td className="number is-sum">
                <TotalCost totals={unlisted} />
              </td>
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            {pivot.columns.map((column, i) => (
              <td key={i} className="number" data-testid="column-total">
                {figure(column.total, [], column)}
              </td>
            ))}
            <td className="number is-sum" data-testid="pivot-total">
              {figure(costs.total, [])}
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function columnText(dimension: string, { values }: PivotColumn, utc: boolean): string {
  const [value = null] = values;
  const length = bucketMs(dimension);
  if (length !== undefined && value !== null) {
    const start = millisFromIso(value);
    const text = bucketText(start, start + length, utc);
    return values.length === 1 ? text : `earlier, since ${text}`;
  }
  return values.length === 1 ? labelOf({ dimension, value }) : `${values.length} other ${dimensionPlural(dimension)}`;
}

/** How much of its row a cell is, for the eye. */
function heatOf(totals: Totals | undefined, row: Totals): CSSProperties | undefined {
  const share = totals ? shareOf(totals.costUsd, row.costUsd) : 0;
  return share === 0 ? undefined : ({ '--heat': `${(share * 16).toFixed(1)}%` } as CSSProperties);
}
