import type { TraceSummary } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import { memo, type ReactNode } from 'react';
import { countOf } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { Ago, Count, Duration, TokenFlow } from '../../widgets/figures.tsx';
import { TotalCost } from '../../widgets/money.tsx';
import { TraceStatus } from '../../widgets/status.tsx';
import { Clip, SpanName } from '../../widgets/text.tsx';
import { TRACE_COLUMNS, type TraceColumn, type TraceColumnDrawn } from './columns.ts';

export const TraceRow = memo(function TraceRow(properties: {
  trace: TraceSummary;
  columns: readonly TraceColumn[];
  longMs: number;
  isNew: boolean;
  isPicked: boolean;
  pick(traceId: string): void;
}) {
  const { trace, columns, longMs, isNew, isPicked, pick } = properties;
  return (
    <div
      role="row"
      className={`trace-row${isNew ? ' is-new' : ''}${isPicked ? ' is-picked' : ''}`}
      data-trace-id={trace.traceId}
    >
      <span role="cell" className="c-pick">
        <input
          type="checkbox"
          aria-label={`Compare ${printable(trace.name)}`}
          checked={isPicked}
          onChange={() => pick(trace.traceId)}
        />
      </span>
      {columns.map((column) => (
        <span
          key={column}
          role="cell"
          className={`c-${column}${(TRACE_COLUMNS[column] as TraceColumnDrawn).isNumber ? ' number' : ''}`}
        >
          {CELLS[column](trace, longMs)}
        </span>
      ))}
    </div>
  );
});

const CELLS: Readonly<Record<TraceColumn, (trace: TraceSummary, longMs: number) => ReactNode>> = {
  time: (trace) => <Ago iso={trace.start} />,
  name: (trace) => (
    <Link
      to="/traces/$traceId"
      params={{ traceId: trace.traceId }}
      preload={false}
      className="trace-link row-link clip"
      title={printable(trace.name)}
    >
      <SpanName name={trace.name} />
    </Link>
  ),
  agent: (trace) => (
    <>
      {trace.agent !== null && (
        <Clip
          text={trace.agent}
          title={trace.tenant === null ? trace.agent : `${trace.agent}, tenant ${trace.tenant}`}
        />
      )}
      {trace.runNumber !== null && (
        <span className="run" title={trace.runId === null ? undefined : `Run ${printable(trace.runId)}`}>
          <span className="unseen">run </span>#{trace.runNumber}
        </span>
      )}
    </>
  ),
  tenant: ({ tenant }) => tenant !== null && <Clip text={tenant} />,
  session: ({ sessionId }) => sessionId !== null && <Clip text={sessionId} />,
  status: (trace) => <TraceStatus trace={trace} />,
  duration: (trace, longMs) => (
    <>
      <span className="duration-bar" aria-hidden="true">
        <span style={{ width: `${Math.min(100, (trace.durationMs / longMs) * 100)}%` }} />
      </span>
      <Duration ms={trace.durationMs} />
    </>
  ),
  spans: (trace) => (
    <span title={trace.errorSpans ? `${countOf(trace.errorSpans, 'span')} with an error` : undefined}>
      <Count value={trace.spans} />
    </span>
  ),
  calls: ({ calls }) => <Count value={calls} />,
  failed: ({ errors }) => <Count value={errors} />,
  tokens: (trace) => trace.calls > 0 && <TokenFlow input={trace.inputTokens} output={trace.outputTokens} />,
  cost: (trace) => <TotalCost totals={trace} />,
  models: ({ models }) => <Models models={models} />,
  id: ({ traceId }) => <Clip text={traceId.slice(0, 8)} title={traceId} className="mono" />,
};

function Models({ models }: { models: readonly string[] }) {
  if (models.length === 0) return null;
  return (
    <>
      <Clip text={models.slice(0, 2).join(', ')} title={models.join('\n')} />
      {models.length > 2 && <span className="muted">+{models.length - 2}</span>}
    </>
  );
}
