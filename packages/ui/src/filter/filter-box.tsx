import { parseFilter } from '@tallyspan/facts/query';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { facetQuery } from '../api/queries.ts';
import { useTime } from '../api/use-time.ts';
import { formatCount } from '../format/count.ts';
import { printable } from '../format/printable.ts';
import { Icon } from '../widgets/icon.tsx';
import { useKeys } from '../widgets/use-keys.ts';
import { FilterProblem } from './filter-problem.tsx';
import {
  accept,
  askedField,
  completeFilter,
  type FilterOf,
  type Suggestion,
  suggestFields,
  suggestValues,
} from './suggest.ts';

/** A pause in typing after which the filter holds, when it can be understood. */
const TYPING_MS = 400;
const SUGGESTIONS_MAX = 9;

/**
 * One field for the whole filter grammar: it suggests fields and values, says where it cannot follow, and gives on
 * only what it understands.
 */
export function FilterBox({ value, onChange, of }: { value: string; onChange(q: string): void; of: FilterOf }) {
  const [typed, setTyped] = useState(value);
  const [cursor, setCursor] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  const [touched, setTouched] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const told = useRef(value);
  const id = useId();
  useKeys({ '/': () => field.current?.focus() });

  // The address changed by other means, such as the back button or a click on a facet.
  useEffect(() => {
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);

  const parsed = parseFilter(typed);
  const tell = (text: string) => {
    const wanted = text.trim();
    if (wanted === told.current || !parseFilter(wanted).ok) return;
    told.current = wanted;
    onChange(wanted);
  };
  useEffect(() => {
    if (typed.trim() === told.current) return;
    const timer = setTimeout(() => tell(typed), TYPING_MS);
    return () => clearTimeout(timer);
  });

  const suggestions = useSuggestions(typed, cursor, of);
  const isOpen = cursor !== null && suggestions.length > 0;
  const take = (suggestion: Suggestion) => {
    const after = accept(typed, completeFilter(typed, cursor ?? typed.length), suggestion);
    setTyped(after.text);
    setActive(-1);
    setCursor(after.cursor);
    // React puts the cursor at the end when it writes the text.
    requestAnimationFrame(() => field.current?.setSelectionRange(after.cursor, after.cursor));
    if (suggestion.insert.endsWith(' ')) tell(after.text);
  };

  const press = (key: string): boolean => {
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (!isOpen) {
        setCursor(field.current?.selectionStart ?? typed.length);
        return true;
      }
      const step = key === 'ArrowDown' ? 1 : -1;
      setActive(active + step < -1 ? suggestions.length - 1 : active + step >= suggestions.length ? -1 : active + step);
      return true;
    }
    if ((key === 'Enter' || key === 'Tab') && isOpen && active >= 0) {
      take(suggestions[active]!);
      return true;
    }
    if (key === 'Enter') {
      setCursor(null);
      setTouched(true);
      tell(typed);
      return true;
    }
    if (key !== 'Escape') return false;
    if (isOpen) setCursor(null);
    else field.current?.blur();
    return true;
  };

  const problem = !parsed.ok && (touched || cursor === null || parsed.at < typed.length) ? parsed : undefined;
  return (
    <div className="filter-box">
      <span className="field filter-field">
        <Icon name="search" size={14} />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          placeholder="Filter: agent:analyst cost>0.01 status:error, or any text"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(-1);
            setCursor(event.target.selectionStart);
          }}
          onClick={(event) => setCursor(event.currentTarget.selectionStart)}
          onKeyDown={(event) => {
            if (!event.ctrlKey && !event.metaKey && !event.altKey && press(event.key)) event.preventDefault();
          }}
          onKeyUp={(event) => {
            if (/^(ArrowLeft|ArrowRight|Home|End)$/.test(event.key)) setCursor(event.currentTarget.selectionStart);
          }}
          onBlur={() => {
            setCursor(null);
            setActive(-1);
            tell(typed);
          }}
        />
        {typed === '' ? (
          <kbd aria-hidden="true">/</kbd>
        ) : (
          <button
            type="button"
            className="icon-button small filter-clear"
            aria-label="Clear the filter"
            onClick={() => {
              setTyped('');
              tell('');
              field.current?.focus();
            }}
          >
            <Icon name="close" size={12} />
          </button>
        )}
      </span>
      {/* A list that is not there cannot be pointed to; an empty one is not shown. */}
      <ul id={`${id}-list`} role="listbox" aria-label="Suggestions" className="suggestions" hidden={!isOpen}>
        {isOpen &&
          suggestions.map((suggestion, i) => (
            <li
              key={suggestion.text}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === active}
              // Before the field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                take(suggestion);
              }}
            >
              <span className="suggestion-text">{printable(suggestion.text)}</span>
              <span className="suggestion-about">{suggestion.about}</span>
              {suggestion.count !== undefined && (
                <span className="number muted">
                  {formatCount(suggestion.count)}
                  <span className="unseen"> spans</span>
                </span>
              )}
            </li>
          ))}
      </ul>
      <div role="status" className="filter-problem-place">
        {problem && <FilterProblem id={`${id}-problem`} text={typed} at={problem.at} message={problem.message} />}
      </div>
    </div>
  );
}

function useSuggestions(typed: string, cursor: number | null, of: FilterOf): Suggestion[] {
  const { range, from, to } = useTime();
  const completion = completeFilter(typed, cursor ?? typed.length);
  const asked = cursor === null ? undefined : askedField(completion);
  const values = useQuery({
    ...facetQuery(asked ?? '', { range, from, to }, completion.prefix, SUGGESTIONS_MAX),
    enabled: asked !== undefined,
  });
  if (cursor === null) return [];
  if (completion.field === undefined) return suggestFields(completion.prefix, of).slice(0, SUGGESTIONS_MAX);
  if (completion.field === 'has')
    return suggestFields(completion.prefix, of)
      .filter(({ text }) => text !== 'has' && !text.endsWith('…'))
      .map((each) => ({ ...each, insert: `${each.text} ` }))
      .slice(0, SUGGESTIONS_MAX);
  return suggestValues(completion, asked === undefined ? [] : (values.data?.values ?? []));
}
