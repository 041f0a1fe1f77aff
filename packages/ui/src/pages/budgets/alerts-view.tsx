import type { Alert, AlertEvent } from '@tallyspan/server';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { alertHistoryQuery, alertsQuery } from '../../budgets/budgets-queries.ts';
import { ruleText } from '../../budgets/alert-draft.ts';
import { scopeText } from '../../budgets/budget-text.ts';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { countOf } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Ago } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { AlertForm } from './alert-form.tsx';

export function AlertsView() {
  const query = useQuery(alertsQuery);
  const history = useQuery(alertHistoryQuery);
  const client = useQueryClient();
  const [edited, setEdited] = useState<Alert | 'new'>();
  const [doomed, setDoomed] = useState<Alert>();
  const refresh = () => client.invalidateQueries({ queryKey: ['alerts'] });
  const path = ({ id }: Alert) => `/api/v1/alerts/${encodeURIComponent(id)}`;
  const test = useMutation({
    mutationFn: (alert: Alert) => sendJson('POST', `${path(alert)}/test`),
    onSuccess: refresh,
  });
  const create = (
    <button type="button" className="button primary" onClick={() => setEdited('new')}>
      <Icon name="plus" size={13} />
      New alert
    </button>
  );
  return (
    <>
      <Answered query={query}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <EmptyState
              icon="warning"
              title="No alert yet"
              text="An alert tells a webhook, Slack or mail when a budget, errors, latency, the guard or spending need somebody."
            >
              {create}
            </EmptyState>
          ) : (
            <>
              <div className="section-head">
                {create}
                {history.data !== undefined && history.data.waiting > 0 && (
                  <p className="is-warning">{countOf(history.data.waiting, 'message')} not delivered yet</p>
                )}
              </div>
              <ProblemNote error={test.error} />
              <ul className="alert-list" data-testid="alerts">
                {alerts.map((alert) => (
                  <AlertCard
                    key={alert.id}
                    alert={alert}
                    edit={() => setEdited(alert)}
                    remove={() => setDoomed(alert)}
                    test={() => test.mutate(alert)}
                    tested={test.isSuccess && test.variables.id === alert.id}
                  />
                ))}
              </ul>
            </>
          )
        }
      </Answered>
      <section className="section">
        <h2>History</h2>
        <Answered query={history}>
          {({ events }) =>
            events.length === 0 ? (
              <p className="muted">Nothing was told yet.</p>
            ) : (
              <DataTable
                label="History of alerts"
                columns={HISTORY}
                rows={events}
                keyOf={({ id }) => id}
                testId="alert-history"
              />
            )
          }
        </Answered>
      </section>
      {edited && <AlertForm alert={edited === 'new' ? undefined : edited} close={() => setEdited(undefined)} />}
      {doomed && (
        <DeleteDialog
          title={`Delete ${printable(doomed.name)}?`}
          text="Nobody is told any more. Its history stays."
          action="Delete the alert"
          path={path(doomed)}
          stale="alerts"
          close={() => setDoomed(undefined)}
        />
      )}
    </>
  );
}

function AlertCard(properties: { alert: Alert; edit(): void; remove(): void; test(): void; tested: boolean }) {
  const { alert, edit, remove, test, tested } = properties;
  const scope = 'scope' in alert.rule ? scopeText(alert.rule.scope) : '';
  const state = !alert.enabled ? 'off' : alert.firing.length > 0 ? 'firing' : 'calm';
  return (
    <li className="budget-card" data-alert={alert.id}>
      <div className="budget-head">
        <div>
          <h2>
            <Clip text={alert.name} />
          </h2>
          <p className="muted">{printable([ruleText(alert.rule), scope].filter(Boolean).join('; '))}</p>
          <p className="muted">
            {alert.channels.length === 0
              ? 'Told on this page only'
              : `Told by ${alert.channels.map(({ type }) => type).join(', ')}`}
          </p>
        </div>
        <span className={`status ${state === 'firing' ? 'is-error' : state === 'calm' ? 'is-ok' : ''}`}>
          <Icon name={state === 'firing' ? 'error' : state === 'calm' ? 'ok' : 'pause'} size={14} />
          {state === 'firing' ? 'Firing' : state === 'calm' ? 'Quiet' : 'Off'}
        </span>
        <span className="row-actions">
          {alert.channels.length > 0 && (
            <button type="button" className="button small" onClick={test}>
              {tested ? 'Sent' : 'Test'}
            </button>
          )}
          <button type="button" className="button small" onClick={edit}>
            Edit
          </button>
          <button
            type="button"
            className="button small"
            aria-label={`Delete ${printable(alert.name)}`}
            onClick={remove}
          >
            Delete
          </button>
        </span>
      </div>
      {alert.firing.length > 0 && (
        <ul className="firing">
          {alert.firing.map((each) => (
            <li key={each.key}>
              {printable(each.text)} <Ago iso={each.since} />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

const HISTORY: readonly Column<AlertEvent>[] = [
  { id: 'at', title: 'When', cell: ({ at }) => <Ago iso={at} />, sort: ({ at }) => at },
  {
    id: 'state',
    title: 'State',
    cell: ({ state }) => <span className={`status${state === 'firing' ? ' is-error' : ''}`}>{state}</span>,
    sort: ({ state }) => state,
  },
  {
    id: 'alert',
    title: 'Alert',
    cell: ({ alert, on }) => <Clip text={alert?.name ?? on} />,
    sort: ({ alert, on }) => alert?.name ?? on,
    from: 'tablet',
  },
  { id: 'text', title: 'What', cell: ({ text }) => <span className="wrapped">{printable(text)}</span> },
  { id: 'tenant', title: 'Tenant', cell: ({ tenant }) => <Clip text={tenant ?? 'all'} />, from: 'desktop' },
];
