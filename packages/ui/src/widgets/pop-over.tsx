import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

/** A button that opens a panel below it. Escape, a click elsewhere and leaving by Tab close it. */
export function PopOver(properties: {
  /** What stands in the button. */
  label: ReactNode;
  /** Said instead of the label. */
  title: string;
  className?: string;
  align?: 'start' | 'end';
  children: (close: () => void) => ReactNode;
}) {
  const { label, title, className = 'button', align = 'start', children } = properties;
  const [open, setOpen] = useState(false);
  const id = useId();
  const around = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const leave = (event: PointerEvent) => {
      if (!around.current?.contains(event.target as Node)) setOpen(false);
    };
    window.addEventListener('pointerdown', leave);
    return () => window.removeEventListener('pointerdown', leave);
  }, [open]);
  return (
    <div
      ref={around}
      className={`pop-over is-${align}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={className}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={title}
        title={title}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && (
        <div id={id} className="pop-over-panel" role="group" aria-label={title}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
