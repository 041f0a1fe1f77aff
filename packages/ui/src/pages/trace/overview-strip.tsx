import { useEffect, useRef, useState, type PointerEvent } from 'react';
import { formatDuration } from '../../format/duration.ts';
import { endMs, type SpanTree } from '../../trace/build-tree.ts';
import { classify, type SpanClass } from '../../trace/classify.ts';
import { pan, windowBetween } from '../../trace/zoom.ts';
import { useTheme } from '../../theme.ts';
import type { Zoom } from './use-zoom.ts';

const HEIGHT_PX = 40;
/** As tall as there is room for, so that few levels fill the strip and many still fit. */
const LANE_PX_MIN = 3;
const LANE_PX_MAX = 7;
const LANES_MAX = Math.floor((HEIGHT_PX - 6) / LANE_PX_MIN);

/**
 * The whole trace in a strip, one lane for each level, with the window that the rows show. Draw over it to choose another part, take
 * the window to move it, press twice to see all. The same is done by keys, which the buttons beside it name.
 */
export function OverviewStrip({ tree, zoom }: { tree: SpanTree; zoom: Zoom }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const theme = useTheme();
  const dark = usePrefersDark();
  const { totalMs, window } = zoom;

  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, width, tree, totalMs);
  }, [tree, totalMs, width, theme, dark]);

  const [drawn, setDrawn] = useState<{ fromMs: number; toMs: number } | null>(null);
  const drag = useRef<{ how: 'draw' | 'move'; x: number; fromMs: number; toMs: number } | null>(null);
  const msAt = (x: number) => {
    const box = frame.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - box.left) / box.width)) * totalMs;
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const at = msAt(event.clientX);
    const inside = !zoom.whole && at > window.fromMs && at < window.toMs;
    drag.current = { how: inside ? 'move' : 'draw', x: event.clientX, ...window };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const moved = (event: PointerEvent) => {
    const from = drag.current;
    if (!from) return;
    const [one, other] = [msAt(from.x), msAt(event.clientX)];
    if (from.how === 'move') zoom.show(pan(from, totalMs, other - one));
    else if (Math.abs(event.clientX - from.x) > 3) setDrawn(windowBetween(one, other, totalMs));
  };
  const up = () => {
    drag.current = null;
    if (drawn) zoom.show(drawn);
    setDrawn(null);
  };

  const shown = drawn ?? window;
  const left = (shown.fromMs / totalMs) * 100;
  const right = (shown.toMs / totalMs) * 100;
  return (
    <div className="overview" data-testid="overview">
      <div
        ref={frame}
        className="overview-frame"
        role="img"
        aria-label={`Overview of the trace, ${formatDuration(totalMs)} long. Shown: ${formatDuration(window.fromMs)} to ${formatDuration(window.toMs)}.`}
        title="Draw to zoom, press twice to see all"
        onPointerDown={down}
        onPointerMove={moved}
        onPointerUp={up}
        onPointerCancel={up}
        onDoubleClick={zoom.reset}
      >
        <canvas ref={canvas} height={HEIGHT_PX} />
        <span className="overview-mask" style={{ left: 0, width: `${left}%` }} />
        <span className="overview-mask" style={{ left: `${right}%`, right: 0 }} />
        {(!zoom.whole || drawn) && (
          <span className="overview-window" style={{ left: `${left}%`, width: `${Math.max(0, right - left)}%` }} />
        )}
      </div>
    </div>
  );
}

/** One rectangle for each span that still has a pixel of its own; errors last, so that nothing covers them. */
function draw(canvas: HTMLCanvasElement, width: number, tree: SpanTree, totalMs: number): void {
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT_PX * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const colourOf = paints(canvas);
  /** How far each lane is covered already, by class and lane, so that 100,000 spans are a few thousand rectangles. */
  const covered = new Float64Array(LANES_MAX).fill(-1);
  const levels = tree.nodes.reduce((most, node) => Math.max(most, node.depth), 0) + 1;
  const lanes = Math.min(levels, LANES_MAX);
  const lanePx = Math.min(LANE_PX_MAX, (HEIGHT_PX - 6) / lanes);
  const top = (HEIGHT_PX - lanes * lanePx) / 2;
  const laneOf = (depth: number) => (levels === lanes ? depth : Math.floor((depth / levels) * lanes));
  const byTime =
    tree.nodes.length > 2_000 ? tree.nodes.toSorted((a, b) => a.span.offsetMs - b.span.offsetMs) : tree.nodes;
  const rectangle = (lane: number, from: number, to: number, colour: string) => {
    context.fillStyle = colour;
    context.fillRect(from, top + lane * lanePx, Math.max(1, to - from), Math.max(1, lanePx - 1.5));
  };
  for (const node of byTime) {
    const from = (node.span.offsetMs / totalMs) * width;
    const to = (endMs(node.span) / totalMs) * width;
    const lane = laneOf(node.depth);
    if (to - from < 1 && to <= covered[lane]!) continue;
    covered[lane] = Math.max(covered[lane]!, Math.max(to, from + 1));
    rectangle(lane, from, to, colourOf(classify(node.span)));
  }
  const danger = colourOf('error');
  for (const { span, depth } of tree.nodes) {
    if (span.status !== 'error') continue;
    rectangle(laneOf(depth), (span.offsetMs / totalMs) * width, (endMs(span) / totalMs) * width, danger);
  }
}

/** The colours of the theme as a canvas understands them: what the browser computes, not the names in the styles. */
function paints(inside: HTMLElement): (kind: SpanClass | 'error') => string {
  const known = new Map<string, string>();
  const probe = document.createElement('span');
  inside.parentElement!.append(probe);
  probe.hidden = true;
  const colourOf = (kind: SpanClass | 'error') => {
    let colour = known.get(kind);
    if (colour === undefined) {
      probe.style.color = `var(${kind === 'error' ? '--danger' : `--op-${kind}`})`;
      colour = getComputedStyle(probe).color;
      known.set(kind, colour);
    }
    return colour;
  };
  queueMicrotask(() => probe.remove());
  return colourOf;
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

function usePrefersDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const listen = () => setDark(query.matches);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  return dark;
}
