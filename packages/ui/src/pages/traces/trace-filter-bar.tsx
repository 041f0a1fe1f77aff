import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { costsQuery, type TraceFilters } from '../../api/queries.ts';
import { printable } from '../../format/printable.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { useKeys } from '../../widgets/use-keys.ts';

const TYPING_MS = 250;
const STATUSES = [
  { value: 'all', text: 'All' },
  { value: 'ok', text: 'OK' },
  { value: 'error', text: 'Errors' },
] as const;

export function TraceFilterBar({
  filters,
  setFilters,
}: {
  filters: TraceFilters;
  setFilters(filters: TraceFilters): void;
}) {
  const agents = useValues('agent');
  const models = useValues('model');
  return (
    <search className="filter-bar">
      <SearchField value={filters.q ?? ''} onChange={(q) => setFilters({ ...filters, q: q || undefined })} />
      <Segments
        label="Status"
        choices={STATUSES}
        value={filters.status ?? 'all'}
        onChoose={(status) => setFilters({ ...filters, status: status === 'all' ? undefined : status })}
      />
      <ValueSelect
        label="agent"
        value={filters.agent}
        values={agents}
        onChoose={(agent) => setFilters({ ...filters, agent })}
      />
      <ValueSelect
        label="model"
        value={filters.model}
        values={models}
        onChoose={(model) => setFilters({ ...filters, model })}
      />
      {Object.keys(filters).length > 0 && (
        <button type="button" className="link-button" onClick={() => setFilters({})}>
          Clear
        </button>
      )}
    </search>
  );
}

/** What there is to choose from is what has cost something: one pivot names all agents, or all models. */
function useValues(dimension: string): string[] {
  const costs = useQuery(costsQuery(dimension, 'all'));
  return (costs.data?.tree ?? [])
    .flatMap((node) => (node.value === null ? [] : [node.value]))
    .sort((a, b) => a.localeCompare(b));
}

function ValueSelect(properties: {
  label: string;
  value: string | undefined;
  values: readonly string[];
  onChoose(value: string | undefined): void;
}) {
  const { label, value, values, onChoose } = properties;
  const all = value === undefined || values.includes(value) ? values : [value, ...values];
  return (
    <span className={`field select${value === undefined ? '' : ' chosen'}`}>
      <select
        aria-label={`Filter by ${label}`}
        value={value ?? ''}
        onChange={(event) => onChoose(event.target.value || undefined)}
      >
        <option value="">Any {label}</option>
        {all.map((each) => (
          <option key={each} value={each}>
            {printable(each)}
          </option>
        ))}
      </select>
      <Icon name="down" size={12} />
    </span>
  );
}

function SearchField({ value, onChange }: { value: string; onChange(value: string): void }) {
  const [typed, setTyped] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const told = useRef(value);
  useKeys({ '/': () => field.current?.focus() });

  // The address changed by other means, such as the back button.
  useEffect(() => {
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);

  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);

  return (
    <span className="field search-field">
      <Icon name="search" size={14} />
      <input
        ref={field}
        type="search"
        aria-label="Search by span name or trace id"
        placeholder="Search span names, trace ids"
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          setTyped('');
          field.current?.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </span>
  );
}
