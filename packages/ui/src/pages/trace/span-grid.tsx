import type { Trace } from '@tallyspan/server';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react';
import { countOf, exactCount } from '../../format/count.ts';
import type { SpanTree } from '../../trace/build-tree.ts';
import { spanOfTime, ticksOf, type Tick } from '../../trace/timeline.ts';
import { matchesSearch, visibleRows, type Row } from '../../trace/visible-rows.ts';
import { Icon } from '../../widgets/icon.tsx';
import { treeMove, type TreeLine } from '../../widgets/tree-keys.ts';
import { useKeys } from '../../widgets/use-keys.ts';
import { SpanRow } from './span-row.tsx';
import { SpanToolbar } from './span-toolbar.tsx';
import { useGridLayout, type GridLayout } from './use-grid-layout.ts';

const ROW_HEIGHT: Readonly<Record<GridLayout, number>> = { wide: 32, medium: 32, folded: 54 };
const TICKS: Readonly<Record<GridLayout, number>> = { wide: 5, medium: 4, folded: 4 };

/** The spans as a tree, with the timeline beside it. Only the rows in sight are in the document, so 10,000 spans scroll well. */
export function SpanGrid(properties: {
  trace: Trace;
  tree: SpanTree;
  selectedId: string | undefined;
  select(spanId: string | undefined): void;
  search: string;
  setSearch(text: string): void;
}) {
  const { trace, tree, selectedId, select, search, setSearch } = properties;
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useGridLayout(scroller);
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => new Set());

  const rows = useMemo(() => visibleRows(tree, folded, search), [tree, folded, search]);
  const lines = useMemo(() => rows.map((row) => lineOf(row, folded, search)), [rows, folded, search]);
  const matches = useMemo(
    () => (search ? tree.nodes.filter((node) => matchesSearch(node.span, search)).length : 0),
    [tree, search],
  );
  const failed = useMemo(
    () => rows.flatMap((row, i) => (row.type === 'span' && row.node.span.status === 'error' ? [i] : [])),
    [rows],
  );
  const totalMs = useMemo(() => spanOfTime(trace.spans, trace.summary.durationMs), [trace]);
  const ticks = useMemo(() => ticksOf(totalMs, TICKS[layout]), [totalMs, layout]);
  const selectedIndex = rows.findIndex((row) => row.type === 'span' && row.node.span.spanId === selectedId);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT[layout],
    overscan: 14,
    scrollPaddingStart: 36,
    scrollPaddingEnd: 8,
    getItemKey: (index) => keyOf(rows[index]!),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, layout]);

  const toggle = useCallback((spanId: string) => {
    setFolded((before) => {
      const after = new Set(before);
      if (!after.delete(spanId)) after.add(spanId);
      return after;
    });
  }, []);

  const go = (index: number, step: 1 | -1 = 1) => {
    // A note is no place to stop.
    const at = rows[index]?.type === 'note' ? index + step : index;
    const row = rows[at];
    if (row?.type !== 'span') return;
    virtualizer.scrollToIndex(at, { align: 'auto' });
    select(row.node.span.spanId);
  };

  // A span named in the address, or chosen elsewhere, comes into sight.
  const shownId = useRef<string>(undefined);
  useEffect(() => {
    if (selectedId === undefined || selectedId === shownId.current) return;
    shownId.current = selectedId;
    if (selectedIndex >= 0) virtualizer.scrollToIndex(selectedIndex, { align: 'auto' });
    else setFolded((before) => withoutAncestorsOf(tree, selectedId, before));
  }, [selectedId, selectedIndex, tree, virtualizer]);

  const press = (event: { key: string }): boolean => {
    if (event.key === 'Escape') {
      if (selectedId === undefined) return false;
      select(undefined);
      return true;
    }
    const perPage = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / ROW_HEIGHT[layout]) - 2);
    const move = treeMove(event.key, lines, selectedIndex, perPage);
    if (!move) return false;
    const row = rows[move.index];
    if (move.type === 'go') go(move.index, move.index < selectedIndex ? -1 : 1);
    else if (row?.type === 'span') toggle(row.node.span.spanId);
    return true;
  };
  const nextError = () => {
    const next = failed.find((index) => index > selectedIndex) ?? failed[0];
    if (next !== undefined) go(next);
  };
  const anywhere = (event: { key: string }) => (press(event) ? undefined : false);
  useKeys({ j: anywhere, k: anywhere, e: nextError, Escape: anywhere });

  const foldable = useMemo(() => tree.nodes.filter((node) => node.children.length > 0 && node.depth > 0), [tree]);
  return (
    <section className="span-grid" aria-label="Spans" data-layout={layout}>
      <SpanToolbar
        search={search}
        setSearch={setSearch}
        found={search ? countOf(matches, 'match', 'matches') : undefined}
        errors={failed.length}
        nextError={nextError}
        foldAll={() => setFolded(new Set(foldable.map((node) => node.span.spanId)))}
        unfoldAll={() => setFolded(new Set())}
      />
      <div
        ref={scroller}
        className="span-scroller"
        role="treegrid"
        aria-label="Spans of this trace"
        aria-rowcount={rows.length + 1}
        aria-colcount={5}
        tabIndex={0}
        aria-activedescendant={selectedIndex < 0 ? undefined : domId(rows[selectedIndex]!)}
        data-testid="span-tree"
        onKeyDown={(event: KeyboardEvent) => {
          if (event.ctrlKey || event.metaKey || event.altKey || !press(event)) return;
          event.preventDefault();
        }}
      >
        <div role="rowgroup" className="span-head">
          <div role="row" className="span-row" aria-rowindex={1}>
            <span role="columnheader" className="s-name">
              Span
            </span>
            <span role="columnheader" className="s-tokens number">
              Tokens
            </span>
            <span role="columnheader" className="s-cost number">
              Cost
            </span>
            <span role="columnheader" className="s-duration number">
              Duration
            </span>
            <span role="columnheader" className="s-time">
              <span className="unseen">Timeline</span>
              <span className="ticks" aria-hidden="true">
                {ticks.map((tick) => (
                  <span key={tick.left} style={{ left: `${tick.left}%` }}>
                    {tick.label}
                  </span>
                ))}
              </span>
            </span>
          </div>
        </div>
        <div role="rowgroup" className="span-rows" style={{ height: virtualizer.getTotalSize(), ...tickStep(ticks) }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index]!;
            if (row.type === 'note')
              return (
                <NoteRow key={item.key} count={row.count} index={item.index} top={item.start} height={item.size} />
              );
            return (
              <SpanRow
                key={item.key}
                id={domId(row)}
                row={row}
                rowIndex={item.index + 2}
                expanded={lines[item.index]!.expanded}
                selected={item.index === selectedIndex}
                dimmed={search !== '' && !matchesSearch(row.node.span, search)}
                totalMs={totalMs}
                top={item.start}
                height={item.size}
                select={select}
                toggle={toggle}
              />
            );
          })}
        </div>
        {rows.length === 0 && (
          <p className="no-match">No span has “{search}” in its name, model, agent, role, tool or error.</p>
        )}
      </div>
    </section>
  );
}

/** The distance of the lines behind the bars; a custom property, so that one value serves all rows. */
function tickStep(ticks: readonly Tick[]): CSSProperties {
  return { '--tick-step': `${ticks[1]?.left ?? 100}%` } as CSSProperties;
}

function NoteRow({ count, index, top, height }: { count: number; index: number; top: number; height: number }) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="orphan-note"
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <span role="gridcell" aria-colspan={5}>
        <Icon name="warning" size={13} />
        Parent not received: {exactCount(count)} {count === 1 ? 'span stands' : 'spans stand'} on their own
      </span>
    </div>
  );
}

function keyOf(row: Row): string | number {
  return row.type === 'note' ? 'note' : row.node.index;
}

function domId(row: Row): string {
  return `span-row-${keyOf(row)}`;
}

function lineOf(row: Row, folded: ReadonlySet<string>, search: string): TreeLine {
  if (row.type === 'note') return { level: 0, expanded: null };
  const { node } = row;
  return {
    level: node.depth + 1,
    expanded: node.children.length === 0 ? null : search !== '' || !folded.has(node.span.spanId),
  };
}

function withoutAncestorsOf(tree: SpanTree, spanId: string, folded: ReadonlySet<string>): ReadonlySet<string> {
  const after = new Set(folded);
  for (let node = tree.bySpanId.get(spanId)?.parent; node; node = node.parent) after.delete(node.span.spanId);
  return after;
}
