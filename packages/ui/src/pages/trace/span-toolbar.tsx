import { useRef } from 'react';
import { countOf } from '../../format/count.ts';
import { Icon } from '../../widgets/icon.tsx';
import { useKeys } from '../../widgets/use-keys.ts';

export function SpanToolbar(properties: {
  search: string;
  setSearch(text: string): void;
  found: string | undefined;
  errors: number;
  nextError(): void;
  foldAll(): void;
  unfoldAll(): void;
}) {
  const { search, setSearch, found, errors, nextError, foldAll, unfoldAll } = properties;
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <div className="span-toolbar">
      <span className="field search-field">
        <Icon name="search" size={14} />
        <input
          ref={field}
          type="search"
          aria-label="Find in this trace"
          placeholder="Find in this trace"
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            setSearch('');
            field.current?.blur();
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </span>
      <span className="muted found" role="status">
        {found}
      </span>
      {errors > 0 && (
        <button type="button" className="button small is-error" onClick={nextError} title="Next error (e)">
          <Icon name="error" size={13} />
          {countOf(errors, 'error')}
        </button>
      )}
      <button type="button" className="icon-button" onClick={foldAll} aria-label="Fold all" title="Fold all">
        <Icon name="fold" size={14} />
      </button>
      <button type="button" className="icon-button" onClick={unfoldAll} aria-label="Unfold all" title="Unfold all">
        <Icon name="expand" size={14} />
      </button>
    </div>
  );
}
