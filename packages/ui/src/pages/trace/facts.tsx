import type { ReactNode } from 'react';
import { printable } from '../../format/printable.ts';

/** Pairs of a name and a value; what is not known is left out. */
export function Facts({
  facts,
  numeric = false,
}: {
  facts: readonly (readonly [name: string, value: ReactNode])[];
  numeric?: boolean;
}) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (known.length === 0) return null;
  return (
    <dl className={`facts${numeric ? ' is-numeric' : ''}`}>
      {known.map(([name, value]) => (
        <div key={name} className={name.startsWith('of which') ? 'is-part' : undefined}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? printable(value) : value}</dd>
        </div>
      ))}
    </dl>
  );
}
