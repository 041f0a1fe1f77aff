import type { Budget } from '@tallyspan/server';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { draftOf, inputOf, problemsOf } from '../../budgets/budget-draft.ts';
import { Dialog } from '../../forms/dialog.tsx';
import { CheckField, ChoiceField, TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { ScopeFields } from './scope-fields.tsx';

const WINDOWS = [
  { value: 'hour', text: 'Hour' },
  { value: 'day', text: 'Day' },
  { value: 'month', text: 'Month' },
  { value: 'run', text: 'Run of an agent' },
] as const;

const ACTIONS = [
  { value: 'alert', text: 'Tell, and let calls go on' },
  { value: 'block', text: 'Refuse calls that would overrun it' },
] as const;

/** A new budget, or another version of one. Somebody else's change in between is refused by the server and said. */
export function BudgetForm({ budget, close }: { budget: Budget | undefined; close(): void }) {
  const [draft, setDraft] = useState(() => draftOf(budget));
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const problems = problemsOf(draft);
  const shown = tried ? problems : {};
  const save = useMutation({
    mutationFn: () =>
      budget
        ? sendJson<Budget>('PUT', `/api/v1/budgets/${encodeURIComponent(budget.id)}`, inputOf(draft, budget.version))
        : sendJson<Budget>('POST', '/api/v1/budgets', inputOf(draft, undefined)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['budgets'] });
      close();
    },
  });
  const set = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  return (
    <Dialog title={budget ? 'Change the budget' : 'New budget'} close={close}>
      <form
        className="form-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (Object.keys(problems).length === 0) save.mutate();
        }}
      >
        <div className="form-grid">
          <TextField label="Name" required value={draft.name} problem={shown.name} onChange={(name) => set({ name })} />
          <ChoiceField label="In each" choices={WINDOWS} value={draft.window} onChange={(window) => set({ window })} />
        </div>
        <fieldset className="form-set">
          <legend>Limits, at least one</legend>
          <div className="form-grid">
            <TextField
              label="US dollars"
              inputMode="decimal"
              placeholder="no limit"
              value={draft.usd}
              problem={shown.usd}
              onChange={(usd) => set({ usd: usd.trim() })}
            />
            <TextField
              label="Tokens, input and output"
              inputMode="numeric"
              placeholder="no limit"
              value={draft.tokens}
              problem={shown.tokens}
              onChange={(tokens) => set({ tokens: tokens.trim() })}
            />
            <TextField
              label="Calls"
              inputMode="numeric"
              placeholder="no limit"
              value={draft.calls}
              problem={shown.calls}
              onChange={(calls) => set({ calls: calls.trim() })}
            />
          </div>
        </fieldset>
        <ScopeFields legend="Whose calls" scope={draft.scope} onChange={(scope) => set({ scope })} />
        <fieldset className="form-set">
          <legend>What happens</legend>
          <div className="form-grid">
            <ChoiceField
              label="At the limit"
              choices={ACTIONS}
              value={draft.action}
              onChange={(action) => set({ action })}
            />
            <TextField
              label="Alerts are told at"
              hint="percent of the limit"
              value={draft.thresholds}
              problem={shown.thresholds}
              onChange={(thresholds) => set({ thresholds })}
            />
            <CheckField label="Switched on" value={draft.enabled} onChange={(enabled) => set({ enabled })} />
          </div>
        </fieldset>
        <ProblemNote error={save.error} />
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            {budget ? 'Save' : 'Make the budget'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
