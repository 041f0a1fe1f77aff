import { useId, useState, type ReactNode } from 'react';

/** A figure that says why it is what it is, when the pointer or the focus is on it. Escape closes it. */
export function Explained({ figure, children }: { figure: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <span className="explained" onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        type="button"
        className="explained-figure"
        aria-describedby={open ? id : undefined}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return;
          event.stopPropagation();
          setOpen(false);
        }}
      >
        {figure}
      </button>
      {open && (
        <span role="tooltip" id={id} className="explanation">
          {children}
        </span>
      )}
    </span>
  );
}
