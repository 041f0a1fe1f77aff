import type { Budget } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { budgetsQuery } from '../../budgets/budgets-queries.ts';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { printable } from '../../format/printable.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { BudgetCard } from './budget-card.tsx';
import { BudgetForm } from './budget-form.tsx';
import { DecisionPreview } from './decision-preview.tsx';

export function BudgetsView() {
  const query = useQuery(budgetsQuery);
  /** A budget, or that a new one is made. */
  const [edited, setEdited] = useState<Budget | 'new'>();
  const [doomed, setDoomed] = useState<Budget>();
  const create = (
    <button type="button" className="button primary" onClick={() => setEdited('new')}>
      <Icon name="plus" size={13} />
      New budget
    </button>
  );
  return (
    <>
      <Answered query={query}>
        {({ budgets }) =>
          budgets.length === 0 ? (
            <EmptyState
              icon="coins"
              title="No budget yet"
              text="A budget says what may be spent, by whom, in which time. It can tell you, or stop calls before they are made."
            >
              {create}
            </EmptyState>
          ) : (
            <>
              <div className="section-head">
                {create}
                <p className="muted">Windows are those of the calendar, in UTC.</p>
              </div>
              <ul className="budget-list" data-testid="budgets">
                {budgets.map((budget) => (
                  <BudgetCard
                    key={budget.id}
                    budget={budget}
                    edit={() => setEdited(budget)}
                    remove={() => setDoomed(budget)}
                  />
                ))}
              </ul>
            </>
          )
        }
      </Answered>
      <DecisionPreview />
      {edited && <BudgetForm budget={edited === 'new' ? undefined : edited} close={() => setEdited(undefined)} />}
      {doomed && (
        <DeleteDialog
          title={`Delete ${printable(doomed.name)}?`}
          text="Calls are no longer measured against it, and alerts about it are no longer told. What was spent stays recorded."
          action="Delete the budget"
          path={`/api/v1/budgets/${encodeURIComponent(doomed.id)}`}
          stale="budgets"
          close={() => setDoomed(undefined)}
        />
      )}
    </>
  );
}
