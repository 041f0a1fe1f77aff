import type { Alert, AlertChannel } from '@tallyspan/server';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import {
  alertDraftOf,
  alertInputOf,
  alertProblemsOf,
  BY_CHOICES,
  figuresAtFirst,
  RULE_KINDS,
  RULES,
  type ChannelDraft,
} from '../../budgets/alert-draft.ts';
import { Dialog } from '../../forms/dialog.tsx';
import { CheckField, ChoiceField, TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Snippet } from '../../widgets/copy.tsx';
import { ScopeFields } from './scope-fields.tsx';

const CHANNELS = [
  { value: 'webhook', text: 'Webhook' },
  { value: 'slack', text: 'Slack' },
  { value: 'email', text: 'Mail' },
] as const;

export function AlertForm({ alert, close }: { alert: Alert | undefined; close(): void }) {
  const [draft, setDraft] = useState(() => alertDraftOf(alert));
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const problems = alertProblemsOf(draft);
  const shown: Record<string, string> = tried ? problems : {};
  const save = useMutation({
    mutationFn: () =>
      alert
        ? sendJson<Alert>('PUT', `/api/v1/alerts/${encodeURIComponent(alert.id)}`, alertInputOf(draft, alert.version))
        : sendJson<Alert>('POST', '/api/v1/alerts', alertInputOf(draft, undefined)),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: ['alerts'] });
      if (secretsOf(saved).length === 0) close();
    },
  });
  const set = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const setChannel = (place: number, part: Partial<ChannelDraft>) =>
    set({ channels: draft.channels.map((channel, i) => (i === place ? { ...channel, ...part } : channel)) });
  if (save.data) return <Secrets alert={save.data} close={close} />;
  return (
    <Dialog title={alert ? 'Change the alert' : 'New alert'} close={close}>
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
          <TextField
            label="Name"
            required
            value={draft.name}
            problem={shown['name']}
            onChange={(name) => set({ name })}
          />
          <ChoiceField
            label="When"
            choices={RULE_KINDS.map((value) => ({ value, text: RULES[value].text }))}
            value={draft.on}
            onChange={(on) => set({ on, figures: figuresAtFirst(on) })}
          />
          {Object.entries(RULES[draft.on].figures).map(([name, [label]]) => (
            <TextField
              key={name}
              label={label}
              inputMode="decimal"
              value={draft.figures[name] ?? ''}
              problem={shown[name]}
              onChange={(value) => set({ figures: { ...draft.figures, [name]: value } })}
            />
          ))}
          {draft.on === 'budget' ? (
            <TextField
              label="Budget id"
              placeholder="any budget"
              value={draft.budget}
              onChange={(budget) => set({ budget })}
            />
          ) : (
            draft.on !== 'silence' && (
              <ChoiceField
                label="One alert for"
                choices={[
                  { value: '', text: 'all together' },
                  ...BY_CHOICES.map((value) => ({ value, text: `each ${value}` })),
                ]}
                value={draft.by}
                onChange={(by) => set({ by })}
              />
            )
          )}
        </div>
        {draft.on !== 'budget' && (
          <ScopeFields legend="Whose calls" scope={draft.scope} onChange={(scope) => set({ scope })} />
        )}
        <fieldset className="form-set">
          <legend>Who is told</legend>
          <div className="form-stack">
            {draft.channels.map((channel, i) => (
              <div key={i} className="channel-line">
                <ChoiceField
                  label="By"
                  choices={CHANNELS}
                  value={channel.type}
                  onChange={(type) => setChannel(i, { type })}
                />
                <TextField
                  label={channel.type === 'email' ? 'Addresses' : 'URL'}
                  inputMode={channel.type === 'email' ? 'email' : 'url'}
                  value={channel.to}
                  problem={shown[`channel ${i}`]}
                  onChange={(to) => setChannel(i, { to })}
                />
                <button
                  type="button"
                  className="button"
                  onClick={() => set({ channels: draft.channels.filter((_, place) => place !== i) })}
                >
                  Remove
                </button>
              </div>
            ))}
            <div>
              <button
                type="button"
                className="button small"
                onClick={() => set({ channels: [...draft.channels, { type: 'webhook', to: '' }] })}
              >
                <Icon name="plus" size={12} />
                Add somebody
              </button>
            </div>
          </div>
        </fieldset>
        <CheckField label="Switched on" value={draft.enabled} onChange={(enabled) => set({ enabled })} />
        <ProblemNote error={save.error} />
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            {alert ? 'Save' : 'Make the alert'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What messages are signed with is shown this once. */
function Secrets({ alert, close }: { alert: Alert; close(): void }) {
  return (
    <Dialog title="What the messages are signed with" close={close}>
      <p>Whoever receives them checks the signature with this. It is shown this once.</p>
      {secretsOf(alert).map((secret) => (
        <Snippet key={secret} label="Secret of the webhook" text={secret} />
      ))}
      <div className="form-actions">
        <button type="button" className="button primary" onClick={close}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}

function secretsOf({ channels }: Alert): string[] {
  return channels.flatMap((channel: AlertChannel) =>
    channel.type === 'webhook' && channel.secret !== undefined ? [channel.secret] : [],
  );
}
