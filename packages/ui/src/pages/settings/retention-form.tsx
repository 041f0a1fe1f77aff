import type { Retention } from '@tallyspan/server';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { Dialog } from '../../forms/dialog.tsx';
import { TextField } from '../../forms/form-field.tsx';
import { TypedNameDialog } from '../../forms/typed-name-dialog.tsx';
import { printable } from '../../format/printable.ts';

/** The name under which the rule of all other tenants stands. */
export const EVERYBODY = '*';

/** A limit deletes what is past it, so after the figures the tenant's name is asked for. */
export function RetentionForm(properties: { rule: Retention | undefined; rules: readonly Retention[]; close(): void }) {
  const { rule, rules, close } = properties;
  const [tenant, setTenant] = useState(rule ? (rule.tenant === EVERYBODY ? '' : rule.tenant) : '');
  const [days, setDays] = useState(rule?.days == null ? '' : String(rule.days));
  const [bytes, setBytes] = useState(rule?.bytes == null ? '' : String(rule.bytes));
  const [tried, setTried] = useState(false);
  const [sure, setSure] = useState(false);
  const client = useQueryClient();
  const name = tenant.trim() === '' ? EVERYBODY : tenant.trim();
  const problems = {
    days:
      days === '' && bytes === ''
        ? 'Give days, text or both.'
        : days !== '' && !/^\d{1,6}$/.test(days)
          ? 'Write a whole number of days.'
          : undefined,
    bytes: bytes !== '' && !/^[1-9]\d{0,14}$/.test(bytes) ? 'Write a whole number above 0.' : undefined,
  };
  const save = useMutation({
    mutationFn: () =>
      sendJson<Retention>('PUT', `/api/v1/data/retention/${encodeURIComponent(name)}`, {
        days: days === '' ? null : Number(days),
        bytes: bytes === '' ? null : Number(bytes),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['retention'] });
      close();
    },
  });
  if (sure)
    return (
      <TypedNameDialog
        title="Older spans are deleted"
        text={`${name === EVERYBODY ? 'Of every tenant without a limit of its own, what' : `What of ${printable(name)}`} is past this limit is deleted at once, and from then on every hour. There is no way back.`}
        name={name}
        action="Set the limit"
        error={save.error}
        isPending={save.isPending}
        run={() => save.mutate()}
        close={close}
      />
    );
  return (
    <Dialog title={rule ? 'Change the limit' : 'New limit'} close={close}>
      <form
        className="form-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (Object.values(problems).every((problem) => problem === undefined)) setSure(true);
        }}
      >
        <div className="form-grid">
          <TextField
            label="Tenant"
            placeholder="every other tenant"
            hint={
              !rule && rules.some((each) => each.tenant === name)
                ? 'has a limit already, which this one replaces'
                : 'empty: all that have none of their own'
            }
            value={tenant}
            onChange={setTenant}
          />
          <TextField
            label="Days"
            inputMode="numeric"
            placeholder="any"
            hint="whole days before today, in UTC"
            value={days}
            problem={tried ? problems.days : undefined}
            onChange={(value) => setDays(value.trim())}
          />
          <TextField
            label="Bytes of text"
            inputMode="numeric"
            placeholder="any"
            hint="before it is compressed; the newest day stays"
            value={bytes}
            problem={tried ? problems.bytes : undefined}
            onChange={(value) => setBytes(value.trim())}
          />
        </div>
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary">
            Go on
          </button>
        </div>
      </form>
    </Dialog>
  );
}
