import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router';
import { TIME_KEYS, timeSearch } from './api/time-range.ts';
import { NotFoundPage } from './pages/not-found-page.tsx';
import * as search from './search.ts';
import { Shell } from './shell.tsx';
import { ErrorState } from './widgets/states.tsx';

const root = createRootRoute({
  component: Shell,
  validateSearch: timeSearch,
  // The time that is looked at goes along from page to page.
  search: { middlewares: [retainSearchParams([...TIME_KEYS])] },
});
const getParentRoute = () => root;

// Each page is a file of its own, loaded when somebody goes there or is about to.
const traces = createRoute({
  getParentRoute,
  path: '/',
  validateSearch: search.tracesSearch,
  component: lazyRouteComponent(() => import('./pages/traces/traces-page.tsx'), 'TracesPage'),
});
const trace = createRoute({
  getParentRoute,
  path: '/traces/$traceId',
  validateSearch: search.traceSearch,
  component: lazyRouteComponent(() => import('./pages/trace/trace-page.tsx'), 'TracePage'),
});
const costs = createRoute({
  getParentRoute,
  path: '/costs',
  validateSearch: search.costsSearch,
  component: lazyRouteComponent(() => import('./pages/costs/costs-page.tsx'), 'CostsPage'),
});
const agents = createRoute({
  getParentRoute,
  path: '/agents',
  validateSearch: search.agentsSearch,
  component: lazyRouteComponent(() => import('./pages/agents/agents-page.tsx'), 'AgentsPage'),
});
const sessions = createRoute({
  getParentRoute,
  path: '/sessions',
  validateSearch: search.sessionsSearch,
  component: lazyRouteComponent(() => import('./pages/sessions/sessions-page.tsx'), 'SessionsPage'),
});
const models = createRoute({
  getParentRoute,
  path: '/models',
  validateSearch: search.modelsSearch,
  component: lazyRouteComponent(() => import('./pages/models/models-page.tsx'), 'ModelsPage'),
});
const guard = createRoute({
  getParentRoute,
  path: '/guard',
  validateSearch: search.guardSearch,
  component: lazyRouteComponent(() => import('./pages/guard/guard-page.tsx'), 'GuardPage'),
});
const a2a = createRoute({
  getParentRoute,
  path: '/a2a',
  validateSearch: search.a2aSearch,
  component: lazyRouteComponent(() => import('./pages/a2a/a2a-page.tsx'), 'A2aPage'),
});
const budgets = createRoute({
  getParentRoute,
  path: '/budgets',
  component: lazyRouteComponent(() => import('./pages/budgets/budgets-page.tsx'), 'BudgetsPage'),
});
const platform = createRoute({
  getParentRoute,
  path: '/platform',
  validateSearch: search.platformSearch,
  component: lazyRouteComponent(() => import('./pages/platform/platform-page.tsx'), 'PlatformPage'),
});
const settings = createRoute({
  getParentRoute,
  path: '/settings',
  validateSearch: search.settingsSearch,
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
});
const start = createRoute({
  getParentRoute,
  path: '/start',
  component: lazyRouteComponent(() => import('./pages/start/start-page.tsx'), 'StartPage'),
});
const widgets = createRoute({
  getParentRoute,
  path: '/widgets',
  component: lazyRouteComponent(() => import('./pages/widgets/widgets-page.tsx'), 'WidgetsPage'),
});
const signIn = createRoute({
  getParentRoute,
  path: '/sign-in',
  validateSearch: search.signInSearch,
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in-page.tsx'), 'SignInPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ...[
      traces,
      trace,
      costs,
      agents,
      sessions,
      models,
      guard,
      a2a,
      budgets,
      platform,
      settings,
      start,
      signIn,
      widgets,
    ],
  ]),
  parseSearch: search.parseSearch,
  stringifySearch: search.stringifySearch,
  scrollRestoration: true,
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: ({ error, reset }) => <ErrorState heading="h1" error={error} retry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
