import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { timeSearch, type TimeSearch } from './time-range.ts';

/** The time that is looked at, on whatever page. */
export function useTime(): TimeSearch {
  return useSearch({ strict: false, select: timeSearch, structuralSharing: true });
}

/** Chooses another time and leaves the rest of the address as it is. */
export function useSetTime(): (time: TimeSearch) => void {
  const navigate = useNavigate();
  return useCallback(
    (time) => void navigate({ to: '.', search: (before) => ({ ...before, ...time }), resetScroll: false }),
    [navigate],
  );
}
