import { printable } from '../../format/printable.ts';
import { OUTCOMES } from './guard-sums.ts';

/** What the guard made of a text. */
export function OutcomeBadge({ outcome }: { outcome: string }) {
  return (
    <span className={outcome === 'blocked' ? 'outcome is-blocked' : 'outcome'}>
      {OUTCOMES[outcome] ?? printable(outcome)}
    </span>
  );
}
