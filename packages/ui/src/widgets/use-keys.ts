import { useEffect, useRef } from 'react';

/**
 * Keys for the whole page: `{ '/': focusSearch }`. Silent while somebody types, holds a modifier, or a dialog is open.
 * A handler that returns false did nothing, and the browser goes on.
 */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void | false>>): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const handle = Object.hasOwn(current.current, event.key) ? current.current[event.key] : undefined;
      if (handle && handle(event) !== false) event.preventDefault();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
  );
}
