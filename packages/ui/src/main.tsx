import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/widgets.css';
import './styles/shell.css';
import './styles/table.css';
import './styles/filter.css';
import './styles/traces.css';
import './styles/trace.css';
import './styles/span-panel.css';
import { makeQueryClient } from './api/queries.ts';
import { router } from './router.tsx';
import { ErrorBoundary } from './widgets/error-boundary.tsx';

const queryClient = makeQueryClient();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
