import { ALL_PLACES } from './places.ts';

/** What may follow `g`, while it is awaited. */
export function GoHint({ shown }: { shown: boolean }) {
  return (
    <div role="status" className="go-hint-place">
      {shown && (
        <div className="go-hint" data-testid="go-hint">
          <span>Go to</span>
          <ul>
            {ALL_PLACES.map(({ letter, text }) => (
              <li key={letter}>
                <kbd>{letter}</kbd> {text}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
