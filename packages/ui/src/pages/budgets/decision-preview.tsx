import type { BudgetDecision } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { amountText, WINDOW_TEXTS } from '../../budgets/budget-text.ts';
import { decisionQuery } from '../../budgets/budgets-queries.ts';
import { TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { printable } from '../../format/printable.ts';
import { formatExact } from '../../format/time.ts';
import { Icon } from '../../widgets/icon.tsx';

const FIELDS = [
  ['agent', 'Agent', 'any agent'],
  ['tenant', 'Tenant', 'default'],
  ['model', 'Model', 'any model'],
  ['user', 'User', 'no user'],
  ['run', 'Run id', 'no run'],
  ['estimateUsd', 'Estimate in dollars', '0'],
  ['estimateTokens', 'Estimate in tokens', '0'],
] as const;

/** What the SDK would be told if it asked now. Nothing is held by looking. */
export function DecisionPreview() {
  const [draft, setDraft] = useState<Record<string, string>>({});
  const [asked, setAsked] = useState<Record<string, string>>();
  const query = useQuery(decisionQuery(asked));
  return (
    <section className="section decision" aria-labelledby="decision-title">
      <h2 id="decision-title">May it be spent now?</h2>
      <p className="page-lead">What a call would be told if it asked this moment. Looking holds nothing back.</p>
      <form
        className="form-stack"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(Object.fromEntries(Object.entries(draft).filter(([, value]) => value.trim() !== '')));
          if (asked) void query.refetch();
        }}
      >
        <div className="form-grid">
          {FIELDS.map(([name, label, placeholder]) => (
            <TextField
              key={name}
              label={label}
              placeholder={placeholder}
              value={draft[name] ?? ''}
              inputMode={name.startsWith('estimate') ? 'decimal' : 'text'}
              onChange={(value) => setDraft({ ...draft, [name]: value })}
            />
          ))}
        </div>
        <div>
          <button type="submit" className="button">
            Ask
          </button>
        </div>
      </form>
      <ProblemNote error={query.error} />
      <div role="status">{query.data && !query.error && <Verdict decision={query.data} />}</div>
    </section>
  );
}

function Verdict({ decision }: { decision: BudgetDecision }) {
  const { allowed, budget, unit, limit, spent, left, retryAt } = decision;
  return (
    <div className={`verdict ${allowed ? 'is-allowed' : 'is-refused'}`} data-testid="decision">
      <Icon name={allowed ? 'ok' : 'error'} size={18} />
      <div>
        <strong>{allowed ? 'Yes, it may.' : 'No, it is refused.'}</strong>
        {budget === null ? (
          <p>No budget says anything about it{allowed ? '' : ' that you may see'}.</p>
        ) : (
          <p>
            {allowed ? 'Nearest to its limit: ' : 'By '}
            {printable(budget.name)},{' '}
            {WINDOW_TEXTS[budget.window as keyof typeof WINDOW_TEXTS] ?? printable(budget.window)}
            {unit && limit && spent && (
              <>
                : {amountText(spent, unit)} of {amountText(limit, unit)}
              </>
            )}
            {!unit && left && left.usd !== null && <>: {amountText(left, 'usd')} left</>}
          </p>
        )}
        {retryAt !== null && <p>Asking again may help at {formatExact(retryAt)}.</p>}
      </div>
    </div>
  );
}
