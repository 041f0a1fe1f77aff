import { Link, useNavigate } from '@tanstack/react-router';
import { useKeys } from '../../widgets/use-keys.ts';

/** Traces that were chosen, and the way to see two side by side. */
export function CompareBar({ picked, clear }: { picked: readonly string[]; clear(): void }) {
  const navigate = useNavigate();
  const [one, other] = picked;
  useKeys({
    c: () => {
      if (one === undefined || other === undefined) return false;
      void navigate({ to: '/traces/$traceId', params: { traceId: one }, search: { compare: other } });
      return undefined;
    },
  });
  return (
    <div role="status" className="compare-bar-place">
      {one !== undefined && (
        <div className="compare-bar" data-testid="compare-bar">
          {other === undefined ? (
            <span>Choose another trace to compare</span>
          ) : (
            <Link
              to="/traces/$traceId"
              params={{ traceId: one }}
              search={{ compare: other }}
              className="button primary"
            >
              Compare the two
            </Link>
          )}
          <button type="button" className="link-button" onClick={clear}>
            Clear
          </button>
        </div>
      )}
    </div>
  );
}
