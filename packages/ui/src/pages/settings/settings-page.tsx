import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import '../../styles/forms.css';
import '../../styles/settings.css';
import { AboutView } from './about-view.tsx';
import { AuditView } from './audit-view.tsx';
import { DataView } from './data-view.tsx';
import { KeysView } from './keys-view.tsx';
import { PricesView } from './prices-view.tsx';
import { QuotasView } from './quotas-view.tsx';

const VIEWS = [
  { value: 'keys', text: 'Keys', View: KeysView },
  { value: 'quotas', text: 'Quotas', View: QuotasView },
  { value: 'prices', text: 'Prices', View: PricesView },
  { value: 'data', text: 'Data', View: DataView },
  { value: 'audit', text: 'Audit log', View: AuditView },
  { value: 'about', text: 'About', View: AboutView },
] as const;

const route = getRouteApi('/settings');

export function SettingsPage() {
  const { view: wanted } = route.useSearch();
  const { value, View } = VIEWS.find((each) => each.value === wanted) ?? VIEWS[0];
  const navigate = route.useNavigate();
  return (
    <Page title="Settings">
      <div className="view-choice">
        <Segments
          label="View"
          choices={VIEWS}
          value={value}
          onChoose={(view) =>
            void navigate({
              search: (before) => ({ ...before, view: view === 'keys' ? undefined : view }),
              replace: true,
            })
          }
        />
      </div>
      <div className="view-body">
        <View />
      </div>
    </Page>
  );
}
