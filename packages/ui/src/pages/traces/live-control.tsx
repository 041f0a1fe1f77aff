import { useTailState } from '../../api/live.ts';
import { countOf } from '../../format/count.ts';
import { Icon } from '../../widgets/icon.tsx';

/** Whether the list moves by itself, and the button that holds it still. */
export function LiveControl(properties: { paused: boolean; waiting: number; setPaused(paused: boolean): void }) {
  const { paused, waiting, setPaused } = properties;
  const tail = useTailState();
  const state = paused ? 'paused' : tail;
  const text = {
    live: 'Live',
    connecting: 'Connecting…',
    lost: 'Reconnecting…',
    paused: waiting ? `Paused, ${countOf(waiting, 'trace')} changed` : 'Paused',
  }[state];
  return (
    <div className="push live-control">
      <span className={`live is-${state}`} role="status" data-testid="live" data-state={state}>
        <span className="live-dot" />
        {text}
      </span>
      <button
        type="button"
        className="button"
        onClick={() => setPaused(!paused)}
        title={`${paused ? 'Resume' : 'Pause'} (p)`}
      >
        <Icon name={paused ? 'play' : 'pause'} size={12} />
        {paused ? 'Resume' : 'Pause'}
      </button>
    </div>
  );
}
