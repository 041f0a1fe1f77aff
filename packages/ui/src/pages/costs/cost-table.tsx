import type { Costs, Totals } from '@tallyspan/server';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { costRows, keysAtFirst, keysToLevel } from '../../costs/cost-rows.ts';
import { countOf, exactCount } from '../../format/count.ts';
import { TotalCost } from '../../widgets/money.tsx';
import { treeMove, type TreeLine } from '../../widgets/tree-keys.ts';
import { useKeys } from '../../widgets/use-keys.ts';
import { CostRow } from './cost-row.tsx';

/** A table with more lines than this is not unfolded as a whole. */
const LINES_UNFOLDED_MAX = 400;

const COLUMNS = ['Share', 'Calls', 'Errors', 'Input', 'Cached', 'Output', 'Cost'] as const;

export function CostTable({ costs }: { costs: Costs }) {
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
        <p className="muted">{by.join(' / ')}</p>
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
              {capitalised(by[0] ?? '')}
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
          <TotalRow total={total} />
        </div>
      </div>
    </>
  );
}

function TotalRow({ total }: { total: Totals }) {
  return (
    <div role="row" className="cost-row is-total" data-testid="cost-total-row">
      <span role="rowheader" className="k-name">
        Total
      </span>
      <span role="gridcell" className="k-share" />
      <span role="gridcell" className="k-calls number" data-testid="total-calls">
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
      <span role="gridcell" className="k-cost number" data-testid="cost-total">
        <TotalCost totals={total} />
      </span>
    </div>
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
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

export function CostTableWaiting() {
  return (
    <div className="cost-waiting waiting" role="status" aria-label="Loading the costs">
      <span className="skeleton" style={{ width: 180, height: 28 }} />
      <span className="skeleton" style={{ width: '100%', height: 8, marginTop: 22 }} />
      {[44, 36, 40, 30, 38].map((width, i) => (
        <span key={i} className="skeleton" style={{ width: `${width}%`, marginTop: 28 }} />
      ))}
    </div>
  );
}
