import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { printable } from '../../format/printable.ts';
import { parseSearch, tracesSearch } from '../../search.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { PopOver } from '../../widgets/pop-over.tsx';
import { timeSearch } from '../../api/time-range.ts';
import { removeView, savedViews, saveView, VIEW_NAME_CHARS_MAX } from './saved-views.ts';

/** The views that were given a name, and a name for this one. */
export function ViewsMenu() {
  return (
    <PopOver
      title="Saved views"
      align="end"
      label={
        <>
          <Icon name="star" size={13} />
          Views
        </>
      }
    >
      {(close) => <Views close={close} />}
    </PopOver>
  );
}

function Views({ close }: { close(): void }) {
  const [views, setViews] = useState(savedViews);
  const [name, setName] = useState('');
  const [failed, setFailed] = useState(false);
  const told = (kept: boolean) => {
    setFailed(!kept);
    setViews(savedViews());
  };
  return (
    <div className="views">
      {views.length === 0 ? (
        <p className="muted">Give the filter, the columns and the time a name, and find them here again.</p>
      ) : (
        <ul>
          {views.map((view) => {
            const raw = parseSearch(view.search);
            return (
              <li key={view.name}>
                <Link
                  to="/"
                  search={{ ...timeSearch(raw), ...tracesSearch(raw) }}
                  className="choice"
                  title={printable(view.search) || 'All traces'}
                  onClick={close}
                >
                  <span className="clip">{printable(view.name)}</span>
                </Link>
                <button
                  type="button"
                  className="icon-button small"
                  aria-label={`Remove ${printable(view.name)}`}
                  onClick={() => told(removeView(view.name))}
                >
                  <Icon name="close" size={12} />
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = name.trim();
          if (wanted === '') return;
          told(saveView({ name: wanted, search: window.location.search }));
          setName('');
        }}
      >
        <input
          aria-label="Name of this view"
          placeholder="Name of this view"
          maxLength={VIEW_NAME_CHARS_MAX}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button">
          Save
        </button>
      </form>
      <p role="status" className="time-problem">
        {failed && 'This browser keeps nothing for this page; the address has it all.'}
      </p>
      <p className="views-link">
        Link to this view
        <CopyButton text={window.location.href} label="Copy the link" />
      </p>
    </div>
  );
}
