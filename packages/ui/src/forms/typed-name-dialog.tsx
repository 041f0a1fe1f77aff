import { type ReactNode, useState } from 'react';
import { printable } from '../format/printable.ts';
import { Dialog } from './dialog.tsx';
import { TextField } from './form-field.tsx';
import { ProblemNote } from './problem-note.tsx';

/** Asks for a name to be typed before something is done that nobody can take back. */
export function TypedNameDialog(properties: {
  title: string;
  text: ReactNode;
  /** What has to be typed, to the letter. */
  name: string;
  action: string;
  error: unknown;
  isPending: boolean;
  run(): void;
  close(): void;
}) {
  const { title, text, name, action, error, isPending, run, close } = properties;
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const fits = typed === name;
  return (
    <Dialog title={title} close={close}>
      <form
        className="form-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (fits) run();
        }}
      >
        <div className="page-lead">{text}</div>
        <TextField
          label={`Type ${printable(name)} to go on`}
          value={typed}
          problem={tried && !fits ? 'That is another name.' : undefined}
          onChange={setTyped}
          autoFocus
        />
        <ProblemNote error={error} />
        <div className="form-actions">
          <button type="button" className="button" onClick={close}>
            Keep everything as it is
          </button>
          <button type="submit" className="button danger" disabled={isPending || !fits}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
