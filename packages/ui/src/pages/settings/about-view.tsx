import type { Readiness } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getJson } from '../../api/client.ts';
import { printable } from '../../format/printable.ts';
import { formatBytes } from '../../format/bytes.ts';
import { exactCount } from '../../format/count.ts';

interface ApiDocument {
  info: { title: string; version: string };
  paths: Record<string, unknown>;
}

/** What runs here, and what it does not tell. */
export function AboutView() {
  const document = useQuery({
    queryKey: ['openapi'],
    queryFn: ({ signal }) => getJson<ApiDocument>('/api/v1/openapi.json', {}, signal),
    staleTime: Infinity,
  });
  const ready = useQuery({
    queryKey: ['readyz'],
    queryFn: async ({ signal }) => (await (await fetch('/readyz', { signal })).json()) as Readiness,
  });
  const { log, drain, backlog } = ready.data ?? {};
  return (
    <>
      <dl className="fact-grid" data-testid="about">
        <div>
          <dt>Address</dt>
          <dd className="is-small">{window.location.origin}</dd>
        </div>
        <div>
          <dt>API</dt>
          <dd className="is-small">
            {document.data
              ? `version ${printable(document.data.info.version)}, ${exactCount(Object.keys(document.data.paths).length)} paths`
              : '…'}
          </dd>
        </div>
        <div>
          <dt>Ingest log</dt>
          <dd className="is-small">{log ? (log.writable ? 'writable' : 'failing') : '…'}</dd>
        </div>
        <div>
          <dt>Waiting to be stored</dt>
          <dd className="is-small">{backlog ? formatBytes(backlog.bytes) : '…'}</dd>
        </div>
        <div>
          <dt>Set aside</dt>
          <dd className="is-small">{drain ? exactCount(drain.setAside) : '…'}</dd>
        </div>
      </dl>
      <ul className="about-links">
        <li>
          <a href="/api/v1/openapi.json">Every route of the API</a>, as OpenAPI
        </li>
        <li>
          <a href="/metrics">Metrics</a> for Prometheus
        </li>
        <li>
          <Link to="/platform">Platform</Link>: ingest, lag and readiness
        </li>
        <li>
          <Link to="/start">Get started</Link>: how to send spans here
        </li>
      </ul>
    </>
  );
}
