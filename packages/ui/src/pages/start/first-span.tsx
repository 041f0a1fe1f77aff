import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTail, useTailState } from '../../api/live.ts';
import { TallyDrawing } from './tally-drawing.tsx';

const WAITING = {
  live: 'Listening for the first span',
  lost: 'Connection lost, trying again',
  connecting: 'Connecting',
} as const;

/** Waits for a span, and is glad when it comes. Who asked for less motion sees it without. */
export function FirstSpan() {
  const state = useTailState();
  const [traceId, setTraceId] = useState<string>();
  useTail((traceIds) => {
    const [first] = traceIds ?? [];
    if (first !== undefined) setTraceId((before) => before ?? first);
  });
  return (
    <div className={`first-span${traceId === undefined ? '' : ' has-come'}`} role="status">
      {traceId === undefined ? (
        <span className={`live is-${state}`}>
          <span className="live-dot" />
          {WAITING[state]}
        </span>
      ) : (
        <>
          <TallyDrawing drawn />
          <div>
            <h2>There it is: your first span.</h2>
            <p>Its tokens, dollars and time are counted.</p>
          </div>
          <Link to="/traces/$traceId" params={{ traceId }} className="button primary" data-testid="first-trace">
            Look at the trace
          </Link>
        </>
      )}
    </div>
  );
}
