import { useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import '../../styles/forms.css';
import '../../styles/budgets.css';
import { AlertsView } from './alerts-view.tsx';
import { BudgetsView } from './budgets-view.tsx';

const VIEWS = [
  { value: 'budgets', text: 'Budgets' },
  { value: 'alerts', text: 'Alerts' },
] as const;

export function BudgetsPage() {
  const wanted: { view?: unknown } = useSearch({ strict: false });
  const view = wanted.view === 'alerts' ? 'alerts' : 'budgets';
  const navigate = useNavigate();
  return (
    <Page title="Budgets and alerts">
      <div className="view-choice">
        <Segments
          label="View"
          choices={VIEWS}
          value={view}
          onChoose={(next) =>
            void navigate({
              to: '.',
              search: (before: object) => ({ ...before, view: next === 'alerts' ? next : undefined }),
              replace: true,
            })
          }
        />
      </div>
      <div className="view-body">{view === 'alerts' ? <AlertsView /> : <BudgetsView />}</div>
    </Page>
  );
}
