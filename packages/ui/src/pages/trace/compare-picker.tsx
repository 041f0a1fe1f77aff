import type { Trace } from '@tallyspan/server';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tracesQuery } from '../../api/queries.ts';
import { countOf } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import { Ago } from '../../widgets/figures.tsx';
import { TotalCost } from '../../widgets/money.tsx';

const OFFERED_MAX = 12;

/** Which trace to lay beside this one: others of the same agent, or any by its id. */
export function ComparePicker({ trace: { summary }, choose }: { trace: Trace; choose(traceId: string): void }) {
  const query = useInfiniteQuery(tracesQuery({ agent: summary.agent ?? undefined }));
  const others = (query.data?.pages ?? [])
    .flatMap((page) => page.traces)
    .filter((each) => each.traceId !== summary.traceId)
    .slice(0, OFFERED_MAX);
  const [typed, setTyped] = useState('');
  const id = typed.trim().toLowerCase();
  return (
    <section className="compare-picker" aria-label="Choose a trace to compare with" data-testid="compare-picker">
      <h2>Compare with</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (id !== '') choose(id);
        }}
      >
        <span className="field">
          <input
            aria-label="Trace id"
            placeholder="Trace id"
            maxLength={64}
            spellCheck={false}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </span>
        <button type="submit" className="button" disabled={id === ''}>
          Compare
        </button>
      </form>
      {others.length > 0 && (
        <>
          <h3>{summary.agent === null ? 'Latest traces' : `Other traces of ${printable(summary.agent)}`}</h3>
          <ul>
            {others.map((other) => (
              <li key={other.traceId}>
                <button type="button" onClick={() => choose(other.traceId)}>
                  <span className="clip">{printable(other.name)}</span>
                  <span className="muted">
                    <Ago iso={other.start} />
                  </span>
                  <span className="muted">{countOf(other.spans, 'span')}</span>
                  <span className="number">{formatDuration(other.durationMs)}</span>
                  <span className="number">
                    <TotalCost totals={other} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {query.isSuccess && others.length === 0 && <p className="muted">There is no other trace of this agent yet.</p>}
    </section>
  );
}
