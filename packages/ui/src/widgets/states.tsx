import type { ReactNode } from 'react';
import { ProblemError } from '../api/client.ts';
import { printable } from '../format/printable.ts';
import { Icon, type IconName } from './icon.tsx';

/** What went wrong, why, and the way out, in the words of the server. */
export function ErrorState(properties: {
  error: unknown;
  retry?: (() => void) | undefined;
  heading?: 'h1' | 'h2' | 'h3';
}) {
  const { error, retry, heading: Heading = 'h2' } = properties;
  const problem = error instanceof ProblemError ? error : null;
  return (
    <section className="state is-error" role="alert" data-testid="error-state">
      <span className="state-sign">
        <Icon name="error" size={20} />
      </span>
      <Heading>{printable(problem?.what ?? 'Something failed on this page.')}</Heading>
      <p>{problem?.why ?? (error instanceof Error ? error.message : String(error))}</p>
      <p className="fix">{problem?.fix ?? 'Reload the page; if it stays, please report it.'}</p>
      {problem && <code className="state-code">{problem.code}</code>}
      {retry && (
        <div className="state-actions">
          <button type="button" className="button" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </section>
  );
}

export function EmptyState(properties: {
  icon: IconName;
  title: string;
  text: string;
  heading?: 'h1' | 'h2' | 'h3';
  children?: ReactNode;
}) {
  const { icon, title, text, heading: Heading = 'h2', children } = properties;
  return (
    <section className="state" data-testid="empty-state">
      <span className="state-sign">
        <Icon name={icon} size={20} />
      </span>
      <Heading>{title}</Heading>
      <p>{text}</p>
      {children && <div className="state-actions">{children}</div>}
    </section>
  );
}
