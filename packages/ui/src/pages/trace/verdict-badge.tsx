import type { Span } from '@tallyspan/server';
import { printable } from '../../format/printable.ts';
import { OUTCOMES, verdictOf, type Finding } from '../../trace/verdicts.ts';
import { Icon } from '../../widgets/icon.tsx';

/** What the guard or a budget said, in a word; nothing when nobody found anything. */
export function VerdictBadge({ span }: { span: Span }) {
  const verdict = verdictOf(span);
  if (!verdict) return null;
  const { text, meaning } = OUTCOMES[verdict.outcome];
  const found = verdict.scanners.map((finding) => printable(finding.scanner)).join(', ');
  return (
    <span
      className={`verdict is-${verdict.outcome}`}
      title={found ? `${meaning}: ${found}` : meaning}
      data-verdict={verdict.outcome}
    >
      <Icon name={verdict.outcome === 'over_budget' ? 'coins' : 'guard'} size={11} />
      {text}
    </span>
  );
}

/** The same in full, for the details. */
export function VerdictSection({ span }: { span: Span }) {
  const verdict = verdictOf(span);
  if (!verdict) return null;
  const { text, meaning } = OUTCOMES[verdict.outcome];
  const budget = verdict.outcome === 'over_budget';
  const bad = verdict.outcome === 'blocked' || budget;
  return (
    <section className={`verdict-box${bad ? ' is-bad' : ''}`} data-testid="span-verdict">
      <h3>
        <Icon name={budget ? 'coins' : 'guard'} size={14} />
        {budget ? 'Budget' : 'Guard'}: {text.toLowerCase()}
      </h3>
      <p>
        {meaning}
        {verdict.direction !== null && ` (${DIRECTIONS[verdict.direction]})`}.
      </p>
      {verdict.scanners.length > 0 && (
        <ul>
          {verdict.scanners.map((finding, i) => (
            <li key={i}>
              <Score finding={finding} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const DIRECTIONS = { prompt: 'what was asked', output: 'what was answered', both: 'both ways' } as const;

function Score({ finding: { scanner, direction, score, threshold } }: { finding: Finding }) {
  return (
    <>
      <span className="clip">
        {printable(scanner)} <span className="muted">{direction}</span>
      </span>
      {score !== null && (
        <>
          <span className="score" aria-hidden="true">
            <span style={{ width: `${Math.min(1, Math.max(0, score)) * 100}%` }} />
          </span>
          <span className="number">
            {score.toFixed(2)}
            {threshold !== null && <span className="muted"> of {threshold.toFixed(2)}</span>}
          </span>
        </>
      )}
    </>
  );
}
