import type { Costs, Totals } from '@tallyspan/server';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { costRows, keysAtFirst, keysToLevel } from '../../costs/cost-rows.ts';
import { countOf, exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import type { Looked } from '../../costs/costs-queries.ts';
import { cellFilter } from '../../costs/cell-filter.ts';
import { dimensionText } from '../../costs/dimensions.ts';
import { restOf } from '../../costs/sum-totals.ts';
import { TotalCost } from '../../widgets/money.tsx';
import { treeMove, type TreeLine } from '../../widgets/tree-keys.ts';
import { useKeys } from '../../widgets/use-keys.ts';
import { CostRow } from './cost-row.tsx';
import { ExplainedLink } from './explained-link.tsx';

/** A table with more lines than this is not unfolded as a whole. */
const LINES_UNFOLDED_MAX = 400;

const COLUMNS = ['Share', 'Calls', 'Errors', 'Input', 'Cached', 'Output', 'Cost'] as const;

export function CostTable({ costs, looked }: { costs: Costs; looked: Looked }) {
  const { tree, total, by } = costs;
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(() => new Set(keysAtFirst(tree)));
  const [whole, setWhole] = useState<ReadonlySet<string>>(() => new Set());
  const [activeKey, setActiveKey] = useState<string>();
  const table = useRef<HTMLDivElement>(null);

  const rows = useMemo(() => costRows(tree, unfolded, whole), [tree, unfolded, whole]);
  const lines: TreeLine[] = rows.map((row) => ({
    level: row.level,
    expanded: row.type === 'node' && row.node.children.length > 0 ? unfolded.has(row.key) : null,
  }));
  const activeIndex = rows.findIndex((row) => rowName(row) === activeKey);
  const unlisted = costs.truncated ? restOf(total, tree) : undefined;
  const everything = useMemo(() => keysToLevel(tree, by.length), [tree, by]);

  const toggle = (key: string) => setUnfolded((before) => toggled(before, key));
  const showAll = (key: string) => setWhole((before) => new Set([...before, key]));

  const press = (key: string): boolean => {
    const active = rows[activeIndex];
    if (key === 'Enter' || key === ' ') {
      if (active?.type === 'more') showAll(active.key);
      else if (active && active.node.children.length > 0) toggle(active.key);
      else return false;
      return true;
    }
    const move = treeMove(key, lines, activeIndex);
    const row = move && rows[move.index];
    if (!row) return false;
    if (move.type !== 'go') toggle(row.key);
    else {
      setActiveKey(rowName(row));
      document.getElementById(domId(move.index))?.scrollIntoView({ block: 'nearest' });
    }
    return true;
  };
  const anywhere = (event: { key: string }) => (press(event.key) ? undefined : false);
  useKeys({ j: anywhere, k: anywhere });

  return (
    <>
      <div className="cost-table-tools">
        <p className="muted">{printable(by.join(' / '))}</p>
        {everything.length > 0 && (
          <>
            <button type="button" className="link-button" onClick={() => setUnfolded(new Set())}>
              Fold all
            </button>
            <button
              type="button"
              className="link-button"
              onClick={() =>
                setUnfolded(new Set(everything.length <= LINES_UNFOLDED_MAX ? everything : keysToLevel(tree, 1)))
              }
            >
              Unfold all
            </button>
          </>
        )}
      </div>
      <div
        ref={table}
        role="treegrid"
        className="cost-table"
        aria-label={`Costs by ${by.join(', then ')}`}
        aria-colcount={COLUMNS.length + 1}
        tabIndex={0}
        aria-activedescendant={activeIndex < 0 ? undefined : domId(activeIndex)}
        data-testid="cost-table"
        onKeyDown={(event: KeyboardEvent) => {
          if (
            event.target !== event.currentTarget ||
            event.ctrlKey ||
            event.metaKey ||
            event.altKey ||
            !press(event.key)
          )
            return;
          event.preventDefault();
        }}
      >
        <div role="rowgroup" className="cost-head">
          <div role="row" className="cost-row">
            <span role="columnheader" className="k-name">
              {printable(dimensionText(by[0] ?? ''))}
            </span>
            {COLUMNS.map((column) => (
              <span
                key={column}
                role="columnheader"
                className={`k-${column.toLowerCase()}${column === 'Share' ? '' : ' number'}`}
              >
                {column}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup">
          {rows.map((row, i) =>
            row.type === 'more' ? (
              <div
                key={rowName(row)}
                id={domId(i)}
                role="row"
                aria-level={row.level}
                className={`cost-row is-more${i === activeIndex ? ' is-active' : ''}`}
              >
                <span role="gridcell" aria-colspan={COLUMNS.length + 1} className="k-name">
                  <span className="indent" style={{ width: row.level * 18 }} />
                  <button type="button" tabIndex={-1} className="link-button" onClick={() => showAll(row.key)}>
                    Show {countOf(row.hidden, 'more', 'more')}
                  </button>
                </span>
              </div>
            ) : (
              <CostRow
                key={rowName(row)}
                id={domId(i)}
                row={row}
                by={by}
                looked={looked}
                totalUsd={total.costUsd}
                expanded={lines[i]!.expanded}
                active={i === activeIndex}
                activate={setActiveKey}
                toggle={toggle}
              />
            ),
          )}
        </div>
        <div role="rowgroup" className="cost-foot">
          {unlisted && <TotalRow name="Further lines" total={unlisted} looked={looked} />}
          <TotalRow name="Total" total={total} looked={looked} />
        </div>
      </div>
    </>
  );
}

function TotalRow({ name, total, looked }: { name: 'Total' | 'Further lines'; total: Totals; looked: Looked }) {
  const isAll = name === 'Total';
  return (
    <div role="row" className="cost-row is-total" data-testid={isAll ? 'cost-total-row' : 'cost-rest-row'}>
      <span role="rowheader" className="k-name">
        {name}
      </span>
      <span role="gridcell" className="k-share" />
      <span role="gridcell" className="k-calls number" data-testid={isAll ? 'total-calls' : undefined}>
        {exactCount(total.calls)}
      </span>
      <span role="gridcell" className="k-errors number">
        {exactCount(total.errors)}
      </span>
      <span role="gridcell" className="k-input number">
        {exactCount(total.inputTokens)}
      </span>
      <span role="gridcell" className="k-cached number">
        {exactCount(total.cacheReadTokens)}
      </span>
      <span role="gridcell" className="k-output number">
        {exactCount(total.outputTokens)}
      </span>
      <span role="gridcell" className="k-cost number" data-testid={isAll ? 'cost-total' : undefined}>
        {isAll ? (
          <ExplainedLink cell={cellFilter([])} looked={looked} totals={total}>
            <TotalCost totals={total} />
          </ExplainedLink>
        ) : (
          <TotalCost totals={total} />
        )}
      </span>
    </div>
  );
}

function rowName(row: { type: string; key: string }): string {
  return `${row.type} ${row.key}`;
}

function domId(index: number): string {
  return `cost-row-${index}`;
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(set);
  if (!after.delete(key)) after.add(key);
  return after;
}
