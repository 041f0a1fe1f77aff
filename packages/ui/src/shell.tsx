import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { followVisibility, tail, useTailState } from './api/live.ts';
import { onSignedOut } from './api/signed-out.ts';
import { useTime } from './api/use-time.ts';
import { setTimeZone } from './format/time.ts';
import { HelpDialog } from './help-dialog.tsx';
import { GoHint } from './palette/go-hint.tsx';
import { PLACES } from './palette/places.ts';
import { useGoKeys } from './palette/use-go-keys.ts';
import { chooseTheme, THEMES, useTheme } from './theme.ts';
import { BrandMark } from './widgets/brand.tsx';
import { Icon } from './widgets/icon.tsx';
import { useKeys } from './widgets/use-keys.ts';

const CommandPalette = lazy(() => import('./palette/command-palette.tsx'));

/** What stands around every page. */
export function Shell() {
  const help = useRef<HTMLDialogElement>(null);
  const main = useRef<HTMLElement>(null);
  const isSignIn = useRouterState({ select: ({ location }) => location.pathname === '/sign-in' });
  const [palette, setPalette] = useState(false);
  const going = useGoKeys();
  const { tz } = useTime();
  setTimeZone(tz);
  useSignIn();
  useEffect(() => (isSignIn ? undefined : followVisibility()), [isSignIn]);
  useKeys({ '?': () => help.current?.showModal() });
  useCommandKey(() => setPalette((open) => !open));
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
        {!isSignIn && <Navigation />}
        <div className="top-tools">
          {!isSignIn && (
            <button
              type="button"
              className="palette-button"
              aria-label="Go to anything, Ctrl K"
              aria-keyshortcuts="Control+K Meta+K"
              title="Go to anything (Ctrl K)"
              onClick={() => setPalette(true)}
            >
              <Icon name="search" size={14} />
              <kbd aria-hidden="true">Ctrl K</kbd>
            </button>
          )}
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
      {!isSignIn && <LostBanner />}
      <main ref={main} tabIndex={-1} className="main">
        {/* In another zone every time on the page is written anew. */}
        <Outlet key={tz} />
      </main>
      <HelpDialog ref={help} />
      <GoHint shown={going} />
      {palette && (
        <Suspense>
          <CommandPalette close={() => setPalette(false)} showHelp={() => help.current?.showModal()} />
        </Suspense>
      )}
    </div>
  );
}

/** One row where there is room; behind a button where there is not. */
function Navigation() {
  const [open, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const href = useRouterState({ select: ({ location }) => location.href });
  const here = useRouterState({
    select: ({ location }) => PLACES.find(({ to }) => to !== '/' && location.pathname.startsWith(to))?.text,
  });
  useEffect(() => setOpen(false), [href]);
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !menu.current?.contains(event.target as Node))
        setOpen(false);
    };
    window.addEventListener('keydown', leave);
    window.addEventListener('pointerdown', leave);
    return () => {
      window.removeEventListener('keydown', leave);
      window.removeEventListener('pointerdown', leave);
    };
  }, [open]);
  return (
    <div ref={menu} className={`navigation${open ? ' is-open' : ''}`}>
      <button
        type="button"
        className="button nav-button"
        aria-expanded={open}
        aria-controls="main-nav"
        onClick={() => setOpen(!open)}
      >
        <Icon name="list" size={14} />
        {here ?? 'Traces'}
        <Icon name="down" size={12} />
      </button>
      <nav id="main-nav" className="main-nav" aria-label="Main">
        {PLACES.map(({ to, text }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
            {text}
          </Link>
        ))}
      </nav>
    </div>
  );
}

/** Whoever is no longer known is asked who they are, and comes back to where they were. */
function useSignIn(): void {
  const navigate = useNavigate();
  useEffect(
    () =>
      onSignedOut(() => {
        const { pathname, search } = window.location;
        if (pathname === '/sign-in') return;
        void navigate({ to: '/sign-in', search: { next: `${pathname}${search}` }, replace: true });
      }),
    [navigate],
  );
}

/** Ctrl K or Cmd K, also while typing. */
function useCommandKey(toggle: () => void): void {
  const current = useRef(toggle);
  useEffect(() => {
    current.current = toggle;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      if (window.location.pathname === '/sign-in') return;
      event.preventDefault();
      if (document.querySelector('dialog[open]:not(.palette)')) return;
      current.current();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
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
