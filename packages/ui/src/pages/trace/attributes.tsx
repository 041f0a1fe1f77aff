import { useState } from 'react';
import { countOf } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { prettyJson } from '../../trace/messages.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { LongText } from './long-text.tsx';

/** Fewer are found by looking. */
const FILTERED_MIN = 8;

/** Names and values as they were sent, by name. Plain text, whatever they look like. */
export function Attributes(properties: { attributes: Readonly<Record<string, unknown>>; filter?: boolean }) {
  const { attributes, filter = false } = properties;
  const [wanted, setWanted] = useState('');
  const entries = Object.entries(attributes)
    .map(([name, value]) => [name, value, textOf(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = wanted.toLowerCase();
  const shown = text
    ? entries.filter(([name, , value]) => name.toLowerCase().includes(text) || value.toLowerCase().includes(text))
    : entries;
  return (
    <>
      {filter && entries.length >= FILTERED_MIN && (
        <span className="field attribute-filter">
          <Icon name="search" size={13} />
          <input
            type="search"
            aria-label="Filter the attributes"
            placeholder="Name or value"
            maxLength={200}
            spellCheck={false}
            autoComplete="off"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
        </span>
      )}
      {shown.length < entries.length && (
        <p className="muted attribute-count" role="status">
          {countOf(shown.length, 'attribute')} of {entries.length}
        </p>
      )}
      <dl className="attributes">
        {shown.map(([name, value, whole]) => (
          <div key={name}>
            <dt>{printable(name)}</dt>
            <dd className={`is-${typeof value}`}>
              <LongText text={whole} />
              <CopyButton text={whole} label={`Copy ${printable(name)}`} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? prettyJson(value) : String(value);
}
