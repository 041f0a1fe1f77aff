import type { RefObject } from 'react';
import { useKeys } from './use-keys.ts';

/** j, k and the arrows move among the links of rows; [ and ] go this many further. */
const PAGE_ROWS = 25;

/** `more` loads further rows; true when it will. */
export function useRowKeys(table: RefObject<HTMLElement | null>, more?: () => boolean): void {
  const move = (step: number) => (event: KeyboardEvent) => {
    const links = [...(table.current?.querySelectorAll<HTMLElement>('a.row-link') ?? [])];
    const row = document.activeElement?.closest('tr, [role=row]');
    const at = links.findIndex(
      (link) => link === document.activeElement || (row && link.closest('tr, [role=row]') === row),
    );
    // With the focus elsewhere the arrows still scroll the page; j and k start at the top.
    if (links.length === 0 || (at < 0 && event.key.startsWith('Arrow'))) return false;
    const wanted = at < 0 ? (step > 1 ? step : 0) : at + step;
    if (wanted >= links.length && step > 0) more?.();
    const next = links[Math.min(links.length - 1, Math.max(0, wanted))]!;
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
    return undefined;
  };
  useKeys({
    ...{ j: move(1), k: move(-1), ArrowDown: move(1), ArrowUp: move(-1) },
    ...{ ']': move(PAGE_ROWS), '[': move(-PAGE_ROWS) },
  });
}
