import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Icon } from '../widgets/icon.tsx';

/** A dialog that is open while it is drawn. Escape and its cross close it. */
export function Dialog({ title, close, children }: { title: string; close(): void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const { current } = dialog;
    if (!current?.open) current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="form-dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <div className="form-dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div className="form-dialog-body">{children}</div>
    </dialog>
  );
}
