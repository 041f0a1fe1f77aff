import type { ReactNode } from 'react';
import { exactCount } from '../../format/count.ts';
import { Icon } from '../../widgets/icon.tsx';

/** A section that opens by itself or on demand; nothing at all when there is nothing in it. */
export function Foldable(properties: { title: string; count: number; open?: boolean; children: ReactNode }) {
  if (properties.count === 0) return null;
  return (
    <details className="foldable" open={properties.open}>
      <summary>
        <Icon name="chevron" size={12} />
        <h3>{properties.title}</h3>
        <span className="muted">{exactCount(properties.count)}</span>
      </summary>
      {properties.children}
    </details>
  );
}
