import { Component, type ReactNode } from 'react';
import { ErrorState } from './states.tsx';

/** The last net: a failure outside any page still shows what happened. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <ErrorState heading="h1" error={this.state.error} retry={() => location.reload()} />;
  }
}
