import { Link, Outlet } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { followVisibility, tail, useTailState } from './api/live.ts';
import { HelpDialog } from './help-dialog.tsx';
import { chooseTheme, THEMES, useTheme } from './theme.ts';
import { BrandMark } from './widgets/brand.tsx';
import { Icon } from './widgets/icon.tsx';
import { useKeys } from './widgets/use-keys.ts';

/** What stands around every page. */
export function Shell() {
  const help = useRef<HTMLDialogElement>(null);
  const main = useRef<HTMLElement>(null);
  useEffect(followVisibility, []);
  useKeys({ '?': () => help.current?.showModal() });
  return (
    <div className="shell">
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header className="top-bar">
        <Link to="/" className="brand" aria-label="Tallyspan, all traces">
          <BrandMark />
          <span className="brand-name">Tallyspan</span>
        </Link>
        <nav className="main-nav" aria-label="Main">
          <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
            Traces
          </Link>
          <Link to="/costs" activeOptions={{ includeSearch: false }}>
            Costs
          </Link>
        </nav>
        <div className="top-tools">
          <button
            type="button"
            className="icon-button"
            aria-label="Keyboard help"
            title="Keyboard help (?)"
            onClick={() => help.current?.showModal()}
          >
            <Icon name="help" />
          </button>
          <ThemeButton />
        </div>
      </header>
      <LostBanner />
      <main ref={main} tabIndex={-1} className="main">
        <Outlet />
      </main>
      <HelpDialog ref={help} />
    </div>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const icon = theme === 'system' ? 'system' : theme === 'light' ? 'sun' : 'moon';
  return (
    <button
      type="button"
      className="icon-button"
      data-testid="theme"
      aria-label={`Theme: ${theme}. Change to ${next}`}
      title={`Theme: ${theme}`}
      onClick={() => chooseTheme(next)}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Figures that no longer change must not look alive. */
function LostBanner() {
  const state = useTailState();
  return (
    <div role="status">
      {state === 'lost' && (
        <div className="lost-banner" data-testid="connection-lost">
          <Icon name="warning" size={14} />
          Connection lost. Trying again…
          <button type="button" className="link-button" onClick={() => tail.retryNow()}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
