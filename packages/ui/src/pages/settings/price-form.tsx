import type { Price } from '@tallyspan/server';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { Dialog } from '../../forms/dialog.tsx';
import { TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import {
  draftOf,
  inputOf,
  type PriceDraft,
  problemsOf,
  RATE_TYPES,
  RATES,
  RATES_AT_FIRST,
} from '../../settings/price-draft.ts';

/** A price that is changed, or a new one, perhaps of a model that has none. */
export function PriceForm(properties: { price: Price | undefined; about?: Partial<Price>; close(): void }) {
  const { price, about = {}, close } = properties;
  const [draft, setDraft] = useState(() => draftOf(price ?? about));
  const [tried, setTried] = useState(false);
  const [all, setAll] = useState(
    Object.keys(draft.rates).some((type) => !RATE_TYPES.slice(0, 4).includes(type as 'input')),
  );
  const client = useQueryClient();
  const problems = problemsOf(draft);
  const save = useMutation({
    mutationFn: () =>
      price
        ? sendJson<Price>('PUT', `/api/v1/prices/${encodeURIComponent(price.id)}`, {
            ...inputOf(draft),
            version: price.version,
          })
        : sendJson<Price>('POST', '/api/v1/prices', inputOf(draft)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['own prices'] });
      close();
    },
  });
  const field = (name: Exclude<keyof PriceDraft, 'rates'>) => ({
    value: draft[name],
    problem: tried ? problems[name] : undefined,
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  return (
    <Dialog title={price ? 'Change the price' : 'New price'} close={close}>
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
            label="Model"
            required
            hint="a name, or the begin of names: my-llama*"
            autoFocus
            {...field('model')}
          />
          <TextField label="Provider" placeholder="any" {...field('provider')} />
          <TextField label="Tenant" placeholder="every tenant" {...field('tenant')} />
          <TextField
            label="From"
            placeholder="2026-11-21"
            hint="calls from this day on, in UTC; empty: all"
            {...field('from')}
          />
        </div>
        <fieldset className="form-set">
          <legend>US dollars per million tokens</legend>
          <div className="form-grid is-narrow">
            {(all ? RATE_TYPES : RATE_TYPES.slice(0, RATES_AT_FIRST)).map((type) => (
              <TextField
                key={type}
                label={RATES[type]}
                inputMode="decimal"
                hint={type === 'request' ? 'dollars per million calls' : undefined}
                value={draft.rates[type] ?? ''}
                problem={tried ? problems[type] : undefined}
                onChange={(value) => setDraft({ ...draft, rates: { ...draft.rates, [type]: value } })}
              />
            ))}
          </div>
          {!all && (
            <button type="button" className="link-button" onClick={() => setAll(true)}>
              Other kinds of tokens
            </button>
          )}
        </fieldset>
        <TextField label="Note" hint="why" {...field('note')} />
        <p className="form-hint">
          It holds for calls that come from now on. Stored calls keep theirs until they are priced anew.
        </p>
        <ProblemNote error={save.error} />
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
