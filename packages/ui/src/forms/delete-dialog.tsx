import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sendJson } from '../api/client.ts';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

/** Asks again before something is gone for good, and says so when the server keeps it. */
export function DeleteDialog(properties: {
  title: string;
  text: ReactNode;
  action: string;
  /** What is deleted, as the API knows it. */
  path: string;
  /** What is asked for again when it is gone. */
  stale: string;
  close(): void;
}) {
  const { title, text, action, path, stale, close } = properties;
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => sendJson('DELETE', path),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [stale] });
      close();
    },
  });
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      <ProblemNote error={remove.error} />
      <div className="form-actions">
        <button type="button" className="button" onClick={close}>
          Keep it
        </button>
        <button type="button" className="button danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
