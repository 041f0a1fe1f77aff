import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { isTyping } from '../widgets/use-keys.ts';
import { ALL_PLACES } from './places.ts';

/** How long `g` waits for its letter. */
const WAIT_MS = 2_500;

/** `g`, then a letter: to another page. True while the letter is awaited. */
export function useGoKeys(): boolean {
  const [waiting, setWaiting] = useState(false);
  const navigate = useNavigate();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      clearTimeout(timer);
      timer = undefined;
      setWaiting(false);
    };
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      if (timer === undefined) {
        if (event.key !== 'g') return;
        timer = setTimeout(end, WAIT_MS);
        setWaiting(true);
      } else {
        if (event.key === 'Shift') return;
        end();
        const place = ALL_PLACES.find(({ letter }) => letter === event.key);
        if (place) void navigate({ to: place.to });
        else if (event.key !== 'Escape') return;
      }
      // The page below has keys of its own: the second letter is not one of them.
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener('keydown', listen, { capture: true });
    return () => {
      end();
      window.removeEventListener('keydown', listen, { capture: true });
    };
  }, [navigate]);
  return waiting;
}
