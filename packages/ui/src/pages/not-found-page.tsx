import { Link } from '@tanstack/react-router';
import { EmptyState } from '../widgets/states.tsx';

export function NotFoundPage() {
  return (
    <div className="page">
      <title>Not found · Tallyspan</title>
      <EmptyState
        heading="h1"
        icon="search"
        title="There is no such page"
        text="The address may be old or mistyped. What was received is in the list of traces."
      >
        <Link to="/" className="button">
          All traces
        </Link>
        <Link to="/costs" className="button">
          Costs
        </Link>
      </EmptyState>
    </div>
  );
}
