import { printable } from '../format/printable.ts';
import { Icon } from '../widgets/icon.tsx';

/** What cannot be followed, and where: the text up to there, and the rest marked. */
export function FilterProblem({ id, text, at, message }: { id: string; text: string; at: number; message: string }) {
  const before = text.slice(Math.max(0, at - 24), at);
  const rest = text.slice(at, at + 24);
  return (
    <p id={id} className="filter-problem" data-testid="filter-problem">
      <Icon name="warning" size={13} />
      <code>
        {at > 24 && '…'}
        {printable(before)}
        <mark>{rest === '' ? ' ' : printable(rest)}</mark>
      </code>
      <span>
        {printable(message)} <span className="muted">(at character {at + 1})</span>
      </span>
    </p>
  );
}
