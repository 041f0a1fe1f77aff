/** The state that pages keep in their address. Whatever stands there is somebody's typing: what is not understood is dropped. */
import type { Range, TraceFilters } from './api/queries.ts';

export type RawSearch = Record<string, unknown>;

/** Plain `?q=a&status=error`: readable, and a model named 4 stays a text. */
export function parseSearch(text: string): RawSearch {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: RawSearch): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

export function tracesSearch(raw: RawSearch): TraceFilters {
  const status = raw['status'];
  return dropMissing({
    q: text(raw['q'], 200),
    status: status === 'ok' || status === 'error' ? status : undefined,
    agent: text(raw['agent']),
    model: text(raw['model']),
  });
}

export interface TraceSearch {
  /** The span whose details are shown. */
  span?: string | undefined;
  /** Only spans with this text. */
  find?: string | undefined;
}

export function traceSearch(raw: RawSearch): TraceSearch {
  return dropMissing({ span: text(raw['span']), find: text(raw['find'], 200) });
}

export interface CostsSearch {
  by?: string | undefined;
  range?: Exclude<Range, 'all'> | undefined;
}

const DIMENSIONS: ReadonlySet<string> = new Set(
  'tenant agent run role provider model operation user session'.split(' '),
);

export function costsSearch(raw: RawSearch): CostsSearch {
  const by = text(raw['by']);
  const range = raw['range'];
  const known = by !== undefined && by.split(',').every((dimension) => DIMENSIONS.has(dimension));
  return dropMissing({ by: known ? by : undefined, range: range === '24h' || range === '7d' ? range : undefined });
}

function text(value: unknown, charsMax = 500): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, charsMax) : undefined;
}

function dropMissing<Search extends object>(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Search;
}
