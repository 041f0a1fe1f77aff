import type { Key, MadeKey } from '@tallyspan/server';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { Dialog } from '../../forms/dialog.tsx';
import { ChoiceField, TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';

const SCOPES = [
  { value: 'ingest', text: 'Send spans' },
  { value: 'read', text: 'Read' },
  { value: 'admin', text: 'Everything' },
] as const;

/** The first key is one for everything and of all tenants, or nobody could make another. */
export function KeyForm({ first, close, made }: { first: boolean; close(): void; made(key: MadeKey): void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Key['scope']>(first ? 'admin' : 'ingest');
  const [tenant, setTenant] = useState('');
  const [agent, setAgent] = useState('');
  const [ends, setEnds] = useState('');
  const [tried, setTried] = useState(false);
  const create = useMutation({
    mutationFn: async () => {
      const key = await sendJson<MadeKey>('POST', '/api/v1/keys', {
        name: name.trim(),
        scope,
        ...(!first && tenant !== '' && { tenant }),
        ...(!first && scope === 'ingest' && agent !== '' && { agent }),
        ...(!first && ends !== '' && { expiresAt: new Date(ends).toISOString() }),
      });
      // From now on keys are asked for, also of this page: it goes on with the one that was just made.
      if (first) await sendJson('POST', '/api/v1/session', { key: key.secret });
      return key;
    },
    onSuccess: made,
  });
  const problem = tried && name.trim() === '' ? 'Whose is it, or where is it used?' : undefined;
  return (
    <Dialog title={first ? 'The first key' : 'New key'} close={close}>
      <form
        className="form-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (name.trim() !== '') create.mutate();
        }}
      >
        {first && (
          <p>
            It is for everything, of all tenants. From then on everybody is asked for a key, senders of spans as well;
            this page is signed in with it at once.
          </p>
        )}
        <div className="form-grid">
          <TextField label="Name" required value={name} problem={problem} onChange={setName} autoFocus />
          {!first && (
            <>
              <ChoiceField label="May" choices={SCOPES} value={scope} onChange={(chosen) => setScope(chosen)} />
              <TextField label="Tenant" placeholder="all tenants" value={tenant} onChange={setTenant} />
              {scope === 'ingest' && (
                <TextField
                  label="Agent"
                  placeholder="any agent"
                  hint="only task traces of this agent"
                  value={agent}
                  onChange={setAgent}
                />
              )}
              <TextField
                label="Good until"
                type="datetime-local"
                hint="empty: until it is revoked"
                value={ends}
                onChange={setEnds}
              />
            </>
          )}
        </div>
        <ProblemNote error={create.error} />
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={create.isPending}>
            Make the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}
