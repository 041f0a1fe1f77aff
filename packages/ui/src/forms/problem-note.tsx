import { ProblemError } from '../api/client.ts';
import { printable } from '../format/printable.ts';
import { Icon } from '../widgets/icon.tsx';

/** Why something was not done, beside the button that asked for it: in the words of the server. */
export function ProblemNote({ error }: { error: unknown }) {
  const problem = error instanceof ProblemError ? error : null;
  return (
    <div role="alert">
      {error != null && (
        <div className="problem-note" data-testid="problem">
          <Icon name="error" size={15} />
          <div>
            <strong>{printable(problem?.what ?? 'It was not done.')}</strong>
            <p>{printable(problem?.why ?? (error instanceof Error ? error.message : String(error)))}</p>
            {problem && <p>{printable(problem.fix)}</p>}
          </div>
        </div>
      )}
    </div>
  );
}
