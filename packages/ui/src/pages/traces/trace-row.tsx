import type { TraceSummary } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { countOf } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { Ago, Count, Duration, TokenFlow } from '../../widgets/figures.tsx';
import { TotalCost } from '../../widgets/money.tsx';
import { TraceStatus } from '../../widgets/status.tsx';
import { Clip, SpanName } from '../../widgets/text.tsx';

export const TraceRow = memo(function TraceRow(properties: { trace: TraceSummary; longMs: number; isNew: boolean }) {
  const { trace, longMs, isNew } = properties;
  return (
    <div role="row" className={`trace-row${isNew ? ' is-new' : ''}`} data-trace-id={trace.traceId}>
      <span role="cell" className="c-time">
        <Ago iso={trace.start} />
      </span>
      <span role="cell" className="c-name">
        <Link
          to="/traces/$traceId"
          params={{ traceId: trace.traceId }}
          className="trace-link clip"
          title={printable(trace.name)}
        >
          <SpanName name={trace.name} />
        </Link>
      </span>
      <span role="cell" className="c-agent">
        {trace.agent !== null && (
          <Clip
            text={trace.agent}
            title={trace.tenant === null ? trace.agent : `${trace.agent}, tenant ${trace.tenant}`}
          />
        )}
        {trace.runNumber !== null && (
          <span className="run" title={trace.runId === null ? undefined : `Run ${trace.runId}`}>
            <span className="unseen">run </span>#{trace.runNumber}
          </span>
        )}
      </span>
      <span role="cell" className="c-status">
        <TraceStatus trace={trace} />
      </span>
      <span role="cell" className="c-duration number">
        <span className="duration-bar" aria-hidden="true">
          <span style={{ width: `${Math.min(100, (trace.durationMs / longMs) * 100)}%` }} />
        </span>
        <Duration ms={trace.durationMs} />
      </span>
      <span
        role="cell"
        className="c-spans number"
        title={trace.errorSpans ? `${countOf(trace.errorSpans, 'span')} with an error` : undefined}
      >
        <Count value={trace.spans} />
      </span>
      <span role="cell" className="c-tokens number">
        {trace.calls > 0 ? <TokenFlow input={trace.inputTokens} output={trace.outputTokens} /> : null}
      </span>
      <span role="cell" className="c-cost number">
        <TotalCost totals={trace} />
      </span>
      <span role="cell" className="c-models">
        <Models models={trace.models} />
      </span>
    </div>
  );
});

function Models({ models }: { models: readonly string[] }) {
  if (models.length === 0) return null;
  return (
    <>
      <Clip text={models.slice(0, 2).join(', ')} title={models.join('\n')} />
      {models.length > 2 && <span className="muted">+{models.length - 2}</span>}
    </>
  );
}
