import { writeTerm, type TextField } from '@tallyspan/facts/query';
import { useQuery } from '@tanstack/react-query';
import { facetQuery, type TraceFilters } from '../../api/queries.ts';
import { hasTerm, withoutTerm, withTerm } from '../../filter/terms.ts';
import { exactCount, formatCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { Icon } from '../../widgets/icon.tsx';

/** What is mostly asked for, in this order. */
export const FACETS = [
  { field: 'status', title: 'Status' },
  { field: 'agent', title: 'Agent' },
  { field: 'role', title: 'Role' },
  { field: 'model', title: 'Model' },
  { field: 'provider', title: 'Provider' },
  { field: 'operation', title: 'Operation' },
  { field: 'tool', title: 'Tool' },
  { field: 'error', title: 'Error' },
  { field: 'guard', title: 'Guard' },
  { field: 'user', title: 'User' },
  { field: 'session', title: 'Session' },
  { field: 'tenant', title: 'Tenant' },
  { field: 'service', title: 'Service' },
] as const satisfies { field: TextField; title: string }[];

const VALUES_MAX = 10;

/** Values to click on, with how many spans have them. Only what is unfolded is asked for. */
export function Facets(properties: {
  filters: TraceFilters;
  open: readonly string[];
  setOpen(fields: readonly string[]): void;
  setQ(q: string | undefined): void;
}) {
  const { filters, open, setOpen, setQ } = properties;
  return (
    <aside className="facets" aria-label="Filter by value">
      {FACETS.map(({ field, title }) => {
        const isOpen = open.includes(field);
        return (
          <section key={field}>
            <h2>
              <button
                type="button"
                aria-expanded={isOpen}
                onClick={() => setOpen(isOpen ? open.filter((each) => each !== field) : [...open, field])}
              >
                <Icon name={isOpen ? 'down' : 'chevron'} size={11} />
                {title}
              </button>
            </h2>
            {isOpen && <Values field={field} filters={filters} setQ={setQ} />}
          </section>
        );
      })}
    </aside>
  );
}

function Values(properties: { field: TextField; filters: TraceFilters; setQ(q: string | undefined): void }) {
  const { field, filters, setQ } = properties;
  const query = useQuery(facetQuery(field, filters, '', VALUES_MAX));
  const { q } = filters;
  if (query.isPending) return <span className="skeleton facet-waiting" role="status" aria-label="Loading" />;
  if (!query.data) return <p className="muted facet-none">No counts for this filter.</p>;
  const { values } = query.data;
  if (values.length === 0) return <p className="muted facet-none">None</p>;
  const most = Math.max(...values.map(({ count }) => count));
  return (
    <ul>
      {values.map(({ value, count }) => {
        const term = writeTerm(field, value);
        const chosen = hasTerm(q, term);
        return (
          <li key={value}>
            <button
              type="button"
              className="facet-value"
              aria-pressed={chosen}
              title={`${printable(value)}: ${exactCount(count)} spans`}
              onClick={() => setQ(chosen ? withoutTerm(q, term) : withTerm(q, term))}
            >
              <span className="facet-bar" style={{ width: `${(count / most) * 100}%` }} aria-hidden="true" />
              <span className="clip">{printable(value)}</span>
              <span className="number">
                {formatCount(count)}
                <span className="unseen"> spans</span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
