import { useRef, type ReactNode } from 'react';
import { countOf } from '../../format/count.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { useKeys } from '../../widgets/use-keys.ts';
import type { Zoom } from './use-zoom.ts';

export function SpanToolbar(properties: {
  lead: ReactNode;
  search: string;
  setSearch(text: string): void;
  found: string | undefined;
  errors: number;
  nextError(): void;
  foldAll(): void;
  unfoldAll(): void;
  zoom: Zoom;
  pathShown: boolean;
  togglePath(): void;
}) {
  const { lead, search, setSearch, found, errors, nextError, foldAll, unfoldAll, zoom, pathShown, togglePath } =
    properties;
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <div className="span-toolbar" role="group" aria-label="Tools of the waterfall">
      {lead}
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
      <button
        type="button"
        className="button small toggle"
        aria-pressed={pathShown}
        onClick={togglePath}
        title="Show what the end of the trace waited for (c)"
      >
        <Icon name="path" size={13} />
        Critical path
      </button>
      <span className="tool-group" role="group" aria-label="Zoom">
        <Tool icon="zoomOut" label="Zoom out" shortcut="-" act={() => zoom.step(-1)} disabled={zoom.whole} />
        <Tool icon="zoomIn" label="Zoom in" shortcut="+" act={() => zoom.step(1)} />
        <Tool icon="zoomReset" label="Show the whole time" shortcut="0" act={zoom.reset} disabled={zoom.whole} />
      </span>
      <span className="tool-group" role="group" aria-label="Folding">
        <Tool icon="fold" label="Fold all" act={foldAll} />
        <Tool icon="expand" label="Unfold all" act={unfoldAll} />
      </span>
    </div>
  );
}

function Tool(properties: { icon: IconName; label: string; shortcut?: string; act(): void; disabled?: boolean }) {
  const { icon, label, shortcut, act, disabled } = properties;
  return (
    <button
      type="button"
      className="icon-button"
      onClick={act}
      disabled={disabled}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
    >
      <Icon name={icon} size={14} />
    </button>
  );
}
