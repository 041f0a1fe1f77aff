import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { Shell } from './shell.tsx';
import { CostsPage } from './pages/costs/costs-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { TracePage } from './pages/trace/trace-page.tsx';
import { TracesPage } from './pages/traces/traces-page.tsx';
import { costsSearch, parseSearch, stringifySearch, traceSearch, tracesSearch } from './search.ts';
import { ErrorState } from './widgets/states.tsx';

const root = createRootRoute({ component: Shell });

const traces = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: tracesSearch,
  component: TracesPage,
});
const trace = createRoute({
  getParentRoute: () => root,
  path: '/traces/$traceId',
  validateSearch: traceSearch,
  component: TracePage,
});
const costs = createRoute({
  getParentRoute: () => root,
  path: '/costs',
  validateSearch: costsSearch,
  component: CostsPage,
});

export const router = createRouter({
  routeTree: root.addChildren([traces, trace, costs]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: ({ error, reset }) => <ErrorState heading="h1" error={error} retry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
