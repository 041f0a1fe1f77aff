import type { TraceSummary } from '@tallyspan/server';
import { stateOf, type TraceState } from '../trace/trace-state.ts';
import { Icon, type IconName } from './icon.tsx';
import { useNow } from './use-now.ts';

const STATES: Readonly<Record<TraceState, { icon: IconName; text: string; title: string }>> = {
  ok: { icon: 'ok', text: 'OK', title: 'The root span ended without an error' },
  error: { icon: 'error', text: 'Error', title: 'The trace failed' },
  running: {
    icon: 'running',
    text: 'Running',
    title: 'The root span has not arrived yet: spans are sent when they end',
  },
  partial: { icon: 'partial', text: 'Partial', title: 'The root span has not arrived; the trace may be incomplete' },
};

/** How a trace went: an icon and a word, never a colour alone. */
export function TraceStatus({ trace }: { trace: TraceSummary }) {
  const state = stateOf(trace, useNow());
  const { icon, text, title } = STATES[state];
  return (
    <span className={`status is-${state}`} title={title} data-status={state}>
      <Icon name={icon} size={14} />
      {text}
    </span>
  );
}
