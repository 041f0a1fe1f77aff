import { useLayoutEffect, useState, type RefObject } from 'react';

/** How many columns a width holds. Rows are placed by script, so their height must be known here and not only in the styles. */
export type GridLayout = 'wide' | 'medium' | 'folded';

export function useGridLayout(element: RefObject<HTMLElement | null>): GridLayout {
  const [layout, setLayout] = useState<GridLayout>('wide');
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = () => setLayout(layoutOf(target.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return layout;
}

function layoutOf(width: number): GridLayout {
  if (width >= 820) return 'wide';
  return width >= 560 ? 'medium' : 'folded';
}
