import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { countOf, exactCount } from '../../format/count.ts';
import type { SpanNode, SpanTree } from '../../trace/build-tree.ts';
import type { CriticalPath, PathSegment } from '../../trace/critical-path.ts';
import { ticksOf, type Tick } from '../../trace/timeline.ts';
import { matchesSearch, visibleRows, type Row } from '../../trace/visible-rows.ts';
import { windowAround } from '../../trace/zoom.ts';
import { Icon } from '../../widgets/icon.tsx';
import { treeMove, type TreeLine } from '../../widgets/tree-keys.ts';
import { useKeys } from '../../widgets/use-keys.ts';
import { OverviewStrip } from './overview-strip.tsx';
import { SpanRow } from './span-row.tsx';
import { SpanToolbar } from './span-toolbar.tsx';
import { useFixedRows } from './use-fixed-rows.ts';
import { useGridLayout, type GridLayout } from './use-grid-layout.ts';
import { useTimeGestures, type Brush, type Zoom } from './use-zoom.ts';

const ROW_HEIGHT: Readonly<Record<GridLayout, number>> = { wide: 32, medium: 32, folded: 54 };
/** The head stays at the top and covers rows; where the layout is folded there is none. */
const HEAD_HEIGHT: Readonly<Record<GridLayout, number>> = { wide: 32, medium: 32, folded: 0 };
/** At the ends fewer rows are in sight; that must not change the place of all others. */
const PLACES_STEP = 16;
const TICKS: Readonly<Record<GridLayout, number>> = { wide: 5, medium: 4, folded: 4 };

/** The spans as a tree, with the timeline beside it. Only the rows in sight are in the document, so 100,000 spans scroll well. */
export function SpanGrid(properties: {
  /** What stands before the tools: the choice of the view. */
  lead: ReactNode;
  tree: SpanTree;
  zoom: Zoom;
  /** Undefined while it is worked out. */
  path: CriticalPath | undefined;
  pathShown: boolean;
  togglePath(): void;
  errors: number;
  nextError(): void;
  selectedId: string | undefined;
  select(spanId: string | undefined): void;
  search: string;
  setSearch(text: string): void;
}) {
  const { lead, tree, zoom, path, pathShown, togglePath, errors, nextError, selectedId, select, search, setSearch } =
    properties;
  const scroller = useRef<HTMLDivElement>(null);
  const timeHead = useRef<HTMLSpanElement>(null);
  const layout = useGridLayout(scroller);
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => new Set());

  const rows = useMemo(() => visibleRows(tree, folded, search), [tree, folded, search]);
  // Only keys ask for all lines.
  const lines = useMemo(() => lazily(() => rows.map((row) => lineOf(row, folded, search))), [rows, folded, search]);
  const matches = useMemo(
    () => (search ? tree.nodes.filter((node) => matchesSearch(node.span, search)).length : 0),
    [tree, search],
  );
  const ticks = useMemo(() => ticksOf(zoom.window, TICKS[layout]), [zoom.window, layout]);
  const selectedIndex = useMemo(
    () =>
      selectedId === undefined
        ? -1
        : rows.findIndex((row) => row.type === 'span' && row.node.span.spanId === selectedId),
    [rows, selectedId],
  );
  const onPath = useMemo(() => (pathShown && path ? segmentsByNode(path) : null), [path, pathShown]);
  const brush = useTimeGestures(scroller, timeHead, zoom);

  const height = ROW_HEIGHT[layout];
  const { first, last, show } = useFixedRows(scroller, { count: rows.length, height, top: HEAD_HEIGHT[layout] });
  const places = Math.ceil((last - first) / PLACES_STEP) * PLACES_STEP;

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
    show(at);
    select(row.node.span.spanId);
  };

  // A span named in the address, or chosen elsewhere, comes into sight.
  const shownId = useRef<string>(undefined);
  useEffect(() => {
    if (selectedId === undefined || selectedId === shownId.current) return;
    shownId.current = selectedId;
    if (selectedIndex >= 0) show(selectedIndex);
    else setFolded((before) => withoutAncestorsOf(tree, selectedId, before));
  }, [selectedId, selectedIndex, tree, show]);

  const press = (event: { key: string }): boolean => {
    if (event.key === 'Escape') {
      if (selectedId === undefined) return false;
      select(undefined);
      return true;
    }
    const zoomed = pressZoom(event.key, zoom, rows[selectedIndex]);
    if (zoomed) return true;
    const perPage = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / height) - 2);
    const move = treeMove(event.key, lines(), selectedIndex, perPage);
    if (!move) return false;
    const row = rows[move.index];
    if (move.type === 'go') go(move.index, move.index < selectedIndex ? -1 : 1);
    else if (row?.type === 'span') toggle(row.node.span.spanId);
    return true;
  };
  const anywhere = (event: { key: string }) => (press(event) ? undefined : false);
  useKeys({
    ...{ j: anywhere, k: anywhere, Escape: anywhere },
    ...{ '+': anywhere, '=': anywhere, '-': anywhere, 0: anywhere, z: anywhere, '<': anywhere, '>': anywhere },
  });

  const foldable = useMemo(() => tree.nodes.filter((node) => node.children.length > 0 && node.depth > 0), [tree]);
  return (
    <section className="span-grid" aria-label="Spans" data-layout={layout}>
      <SpanToolbar
        lead={lead}
        search={search}
        setSearch={setSearch}
        found={search ? countOf(matches, 'match', 'matches') : undefined}
        errors={errors}
        nextError={nextError}
        zoom={zoom}
        pathShown={pathShown}
        togglePath={togglePath}
        foldAll={() => setFolded(new Set(foldable.map((node) => node.span.spanId)))}
        unfoldAll={() => setFolded(new Set())}
      />
      <OverviewStrip tree={tree} zoom={zoom} />
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
            <span role="columnheader" className="s-time" ref={timeHead}>
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
        {brush && <BrushArea brush={brush} area={timeHead} scroller={scroller} />}
        <div role="rowgroup" className="span-rows" style={{ height: rows.length * height, ...tickStep(ticks) }}>
          {rows.slice(first, last).map((row, i) => {
            const index = first + i;
            const place = { top: index * height, height };
            if (row.type === 'note') return <NoteRow key="note" count={row.count} index={index} {...place} />;
            return (
              <SpanRow
                // A row that leaves makes place for one that comes: its elements are changed, not made anew.
                key={index % places}
                id={domId(row)}
                row={row}
                rowIndex={index + 2}
                expanded={lineOf(row, folded, search).expanded}
                selected={index === selectedIndex}
                dimmed={
                  (search !== '' && !matchesSearch(row.node.span, search)) ||
                  (onPath !== null && !path!.nodes.has(row.node))
                }
                window={zoom.window}
                path={onPath?.get(row.node)}
                {...place}
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
  const [first, second] = ticks;
  const step = first && second ? second.left - first.left : 100;
  return { '--tick-step': `${step}%`, '--tick-start': `${first?.left ?? 0}%` } as CSSProperties;
}

/** What the keys of the time do: `+` and `-` around the chosen span, `z` to it, `<` and `>` to the sides, `0` back. */
function pressZoom(key: string, zoom: Zoom, row: Row | undefined): boolean {
  const span = row?.type === 'span' ? row.node.span : undefined;
  const middle = span && span.offsetMs + span.durationMs / 2;
  if (key === '+' || key === '=') zoom.step(1, middle);
  else if (key === '-') zoom.step(-1, middle);
  else if (key === '0') zoom.reset();
  else if (key === '<') zoom.move(-0.25);
  else if (key === '>') zoom.move(0.25);
  else if (key === 'z' && span) zoom.show(windowAround(span.offsetMs, span.durationMs, zoom.totalMs));
  else return false;
  return true;
}

function segmentsByNode(path: CriticalPath): ReadonlyMap<SpanNode, PathSegment[]> {
  const byNode = new Map<SpanNode, PathSegment[]>();
  for (const segment of path.segments) {
    const list = byNode.get(segment.node);
    if (list) list.push(segment);
    else byNode.set(segment.node, [segment]);
  }
  return byNode;
}

/** What is being drawn over the time, as tall as what can be seen of the rows. */
function BrushArea(properties: {
  brush: Brush;
  area: RefObject<HTMLElement | null>;
  scroller: RefObject<HTMLElement | null>;
}) {
  const { brush, area, scroller } = properties;
  const left = (area.current?.offsetLeft ?? 0) + brush.fromPx;
  const style = { left, width: brush.toPx - brush.fromPx, height: scroller.current?.clientHeight ?? 0 };
  return (
    <div className="brush-frame" aria-hidden="true">
      <span className="brush" style={style} />
    </div>
  );
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

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
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
