import { exactCount } from '../format/count.ts';
import { Icon } from './icon.tsx';

/** Never cut silently. */
export function Truncated({ rows, order }: { rows: number; order: string }) {
  return (
    <div className="note" data-testid="truncated">
      <Icon name="warning" size={14} />
      <p>
        There are more than the {exactCount(rows)} that are listed, which are those {order}. A filter finds the others.
      </p>
    </div>
  );
}
