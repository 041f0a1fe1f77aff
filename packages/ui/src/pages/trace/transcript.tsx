import '../../styles/trace-transcript.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { countOf, exactCount } from '../../format/count.ts';
import { conversation, hasContent, speakers } from '../../trace/conversation.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import type { SpanTree } from '../../trace/build-tree.ts';
import { stateOf } from '../../trace/trace-state.ts';
import { EmptyState } from '../../widgets/states.tsx';
import { useKeys } from '../../widgets/use-keys.ts';
import { useNow } from '../../widgets/use-now.ts';
import { ContentOff } from './content-off.tsx';
import { StepEntry } from './step-entry.tsx';
import { TurnEntry } from './turn-entry.tsx';
import { useAllDetails } from './use-details.ts';

/** So many steps are in the document at first, and come with each press of the button: finding text with the browser works. */
const STEPS_SHOWN = { here: 120, 'on-demand': 40 } as const;

/** The conversation as people read it: of each call only what is new. */
export default function Transcript(properties: {
  trace: LoadedTrace;
  tree: SpanTree;
  selectedId: string | undefined;
  select(spanId: string): void;
}) {
  const { trace, tree, selectedId, select } = properties;
  const running = stateOf(trace.summary, useNow()) === 'running';
  const all = useMemo(() => speakers(tree.nodes), [tree]);
  const more = STEPS_SHOWN[trace.details];
  const [wanted, setWanted] = useState<number>(more);
  const shown = Math.min(all.length, wanted);
  const first = useMemo(() => all.slice(0, shown), [all, shown]);
  const { nodes, waiting } = useAllDetails(trace, first);
  const entries = useMemo(() => conversation(nodes), [nodes]);
  const selectedAt = entries.findIndex((entry) => entry.node.span.spanId === selectedId);
  // A span named in the address may lie further down, but not so far that all before it must come.
  const place = useMemo(() => all.findIndex((node) => node.span.spanId === selectedId), [all, selectedId]);
  if (place >= wanted && place < wanted + 5 * more) setWanted(place + 10);
  const list = useRef<HTMLOListElement>(null);

  useEffect(() => {
    if (selectedId === undefined) return;
    const chosen = list.current?.querySelector(`[data-entry="${CSS.escape(selectedId)}"]`);
    chosen?.scrollIntoView({ block: 'nearest' });
  }, [selectedId, shown]);

  const go = (step: 1 | -1) => {
    const next = entries[selectedAt < 0 ? 0 : Math.min(entries.length - 1, Math.max(0, selectedAt + step))];
    if (!next) return false;
    select(next.node.span.spanId);
    return undefined;
  };
  useKeys({ j: () => go(1), k: () => go(-1), ArrowDown: () => go(1), ArrowUp: () => go(-1) });

  if (all.length === 0) {
    return <EmptyState icon="model" title="Nothing was said" text="No span of this trace is a call of a model." />;
  }
  return (
    <section className="transcript" aria-label="Transcript" data-testid="transcript" tabIndex={0}>
      {!waiting && !hasContent(entries) && (
        <div className="transcript-off">
          <ContentOff />
        </div>
      )}
      <ol ref={list}>
        {entries.map((entry) => {
          const chosen = entry.node.span.spanId === selectedId;
          return entry.type === 'turn' ? (
            <TurnEntry key={entry.node.index} turn={entry} selected={chosen} select={select} />
          ) : (
            <StepEntry key={entry.node.index} node={entry.node} selected={chosen} select={select} />
          );
        })}
      </ol>
      {waiting && (
        <p className="transcript-more muted" role="status">
          Loading what was said…
        </p>
      )}
      {shown < all.length && (
        <p className="transcript-more">
          <button type="button" className="button" onClick={() => setWanted(shown + more)}>
            Show {exactCount(Math.min(more, all.length - shown))} more
          </button>
          <span className="muted">
            {countOf(shown, 'step')} of {exactCount(all.length)}
          </span>
        </p>
      )}
      {running && (
        <p className="transcript-more muted" role="status">
          Still running: more is coming.
        </p>
      )}
    </section>
  );
}
