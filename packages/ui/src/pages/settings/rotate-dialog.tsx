import type { Key, MadeKey } from '@tallyspan/server';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { Dialog } from '../../forms/dialog.tsx';
import { ChoiceField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { printable } from '../../format/printable.ts';

const GRACES = [
  { value: '0', text: 'At once' },
  { value: '3600', text: 'In an hour' },
  { value: '86400', text: 'In a day' },
  { value: '604800', text: 'In a week' },
] as const;

/** Another key for the same; the old one stays good for a while, so that nobody is cut off. */
export function RotateDialog({ old, close, made }: { old: Key; close(): void; made(key: MadeKey): void }) {
  const [grace, setGrace] = useState<(typeof GRACES)[number]['value']>('3600');
  const rotate = useMutation({
    mutationFn: () =>
      sendJson<MadeKey>('POST', `/api/v1/keys/${encodeURIComponent(old.id)}/rotate`, { graceSeconds: Number(grace) }),
    onSuccess: made,
  });
  return (
    <Dialog title={`Rotate ${printable(old.name)}`} close={close}>
      <p>Another key is made for the same. Put it where the old one is used before that ends.</p>
      <ChoiceField label="The old one ends" choices={GRACES} value={grace} onChange={(chosen) => setGrace(chosen)} />
      <ProblemNote error={rotate.error} />
      <div className="form-actions">
        <button type="button" className="button" onClick={close}>
          Cancel
        </button>
        <button type="button" className="button primary" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
          Make the new key
        </button>
      </div>
    </Dialog>
  );
}
