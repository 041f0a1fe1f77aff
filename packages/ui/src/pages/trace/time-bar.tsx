import type { CSSProperties } from 'react';
import { countOf } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import type { PathSegment } from '../../trace/critical-path.ts';
import { failureText } from '../../trace/failures.ts';
import { barOf, markOf, type Bar, type TimeWindow } from '../../trace/timeline.ts';

/** More marks than this cannot be told apart in one line; the title says how many events there are. */
const MARKS_MAX = 60;

/** When a span ran, in the part of the time that is drawn. */
export function TimeBar(properties: { node: SpanNode; window: TimeWindow; path: readonly PathSegment[] | undefined }) {
  const { node, window, path } = properties;
  const { span, children } = node;
  const bar = barOf(span, window);
  if (bar.outside) return <span className={`bar-outside is-${bar.outside}`} aria-hidden="true" />;
  const end = bar.left + bar.width;
  const isParent = children.length > 0 && !span.billable;
  const failure = span.status === 'error' ? failureText(span) : '';
  return (
    <>
      <span
        className={`bar${isParent ? ' is-parent' : ''}`}
        style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
        title={titleOf(node)}
      >
        {bar.firstChunk !== null && <span className="first-chunk" style={{ width: `${bar.firstChunk}%` }} />}
      </span>
      {path && path.length > 0 && <PathLine segments={path} window={window} />}
      {span.events.slice(0, MARKS_MAX).map((event, i) => {
        const at = markOf(event.offsetMs, window);
        return (
          at !== null && (
            <span
              key={i}
              className={`event-mark${event.name === 'exception' ? ' is-exception' : ''}`}
              style={{ left: `${at}%` }}
              title={`${printable(event.name)} at ${formatDuration(event.offsetMs)}`}
            />
          )
        );
      })}
      {failure !== '' && (
        <span className="failure-text clip" style={placeBeside(bar.left, end)} title={printable(failure)}>
          {printable(failure)}
        </span>
      )}
    </>
  );
}

function titleOf({ span }: SpanNode): string {
  const parts = [`${formatDuration(span.durationMs)} from ${formatDuration(span.offsetMs)}`];
  if (span.timeToFirstChunkMs !== null) parts.push(`first chunk after ${formatDuration(span.timeToFirstChunkMs)}`);
  if (span.events.length > 0) parts.push(countOf(span.events.length, 'event'));
  return parts.join(', ');
}

/** In thousandths of the width; stretches that would touch on any screen become one. */
const PATH_UNITS = 1_000;

/** The stretches in which the end of the trace waited for this span itself. */
function PathLine({ segments, window }: { segments: readonly PathSegment[]; window: TimeWindow }) {
  const widthMs = window.toMs - window.fromMs;
  const unit = (ms: number) => Math.min(PATH_UNITS, Math.max(0, ((ms - window.fromMs) / widthMs) * PATH_UNITS));
  let line = '';
  let [from, to] = [-1, -1];
  const draw = () => {
    if (to >= 0) line += `M${from.toFixed(1)} 1H${Math.max(to, from + 1.5).toFixed(1)}`;
  };
  for (const segment of segments) {
    if (segment.toMs < window.fromMs || segment.fromMs > window.toMs) continue;
    const [start, end] = [unit(segment.fromMs), unit(segment.toMs)];
    if (to >= 0 && start <= to + 1) {
      to = Math.max(to, end);
      continue;
    }
    draw();
    [from, to] = [start, end];
  }
  draw();
  return (
    <svg className="path-line" viewBox={`0 0 ${PATH_UNITS} 2`} preserveAspectRatio="none" aria-hidden="true">
      <path d={line} />
    </svg>
  );
}

/** On the side of the bar where there is more room; over it when there is none. */
function placeBeside(left: Bar['left'], end: number): CSSProperties {
  if (100 - end >= Math.max(left, 30)) return { left: `calc(${end}% + 8px)`, maxWidth: `calc(${100 - end}% - 8px)` };
  if (left >= 30) return { right: `calc(${100 - left}% + 8px)`, maxWidth: `calc(${left}% - 8px)` };
  return { left: `calc(${left}% + 10px)`, maxWidth: `calc(${Math.max(20, 100 - left)}% - 20px)` };
}
