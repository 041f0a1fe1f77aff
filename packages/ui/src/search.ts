/** The state that pages keep in their address. Whatever stands there is somebody's typing: what is not understood is dropped. */
import { type FieldName, filterFields, writeTerm } from '@tallyspan/facts/query';
import { costsAddress, type CostsAddress } from './costs/costs-search.ts';
import { withTerm } from './filter/terms.ts';
import { readColumns } from './pages/traces/columns.ts';

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

/** What the pages that list or sum ask with. Single names, as links give them, become part of the filter. */
export interface FilterSearch {
  /** The filter grammar of `@tallyspan/facts/query`. */
  q?: string | undefined;
}

/** More than a filter may have, so that a longer one is refused in words and not silently cut to another meaning. */
const FILTER_CHARS_MAX = 2_000;
/** Names that a link may carry besides `q`. */
const NAMED = ['tenant', 'agent', 'model', 'status', 'session', 'user'] as const satisfies FieldName[];

export type NamedFilters = Partial<Record<(typeof NAMED)[number], string | undefined>>;

/** `?q=cost>1&agent=crew` is `?q=cost>1 agent:crew`. */
export function filterSearch(raw: RawSearch): FilterSearch & NamedFilters {
  const named = NAMED.flatMap((name) => {
    const value = text(raw[name]);
    if (value === undefined) return [];
    const known: readonly string[] | undefined = (filterFields[name] as { values?: readonly string[] }).values;
    return known && !known.includes(value) ? [] : [writeTerm(name, value)];
  });
  const typed = text(raw['q'], FILTER_CHARS_MAX);
  const q = named.reduce<string | undefined>(withTerm, typed);
  return { ...Object.fromEntries(NAMED.map((name) => [name, undefined])), q };
}

export interface TracesSearch extends FilterSearch, NamedFilters {
  /** Which columns are shown, in order: `time,name,cost`. */
  cols?: string | undefined;
  /** A column that the loaded traces are sorted by; with `-` the largest first. The newest first when there is none. */
  sort?: string | undefined;
  /** Facets that are unfolded: `agent,model`; `none` when they are not shown at all. */
  facets?: string | undefined;
}

export function tracesSearch(raw: RawSearch): TracesSearch {
  const cols = readColumns(raw['cols']);
  return { ...filterSearch(raw), cols: cols?.join(','), sort: sortOf(raw['sort']), facets: text(raw['facets'], 200) };
}

export interface TableSearch extends FilterSearch {
  sort?: string | undefined;
}

/** What pages with one table keep. */
export function tableSearch(raw: RawSearch): TableSearch & NamedFilters {
  return { ...filterSearch(raw), sort: sortOf(raw['sort']) };
}

export interface AgentsSearch {
  q?: string | undefined;
  sort?: string | undefined;
  /** One agent, whose runs are shown; and its tenant, since two may have one of the same name. */
  agent?: string | undefined;
  tenant?: string | undefined;
}

export function agentsSearch(raw: RawSearch): AgentsSearch {
  return {
    q: text(raw['q'], FILTER_CHARS_MAX),
    sort: sortOf(raw['sort']),
    agent: text(raw['agent']),
    tenant: text(raw['tenant']),
  };
}

export interface SessionsSearch extends TableSearch {
  /** Sessions when there is none. */
  by?: 'user' | undefined;
}

export function sessionsSearch(raw: RawSearch): SessionsSearch & NamedFilters {
  return { ...tableSearch(raw), by: raw['by'] === 'user' ? 'user' : undefined };
}

export interface ModelsSearch extends TableSearch {
  /** What is compared: the models, the prompts that were tried on several, or one of these prompts. */
  view?: 'prompts' | undefined;
  group?: string | undefined;
}

export function modelsSearch(raw: RawSearch): ModelsSearch & NamedFilters {
  return {
    ...tableSearch(raw),
    view: raw['view'] === 'prompts' ? 'prompts' : undefined,
    group: text(raw['group'], 300),
  };
}

export interface A2aSearch extends FilterSearch {
  /** The table when there is none. */
  view?: 'matrix' | 'graph' | undefined;
}

export function a2aSearch(raw: RawSearch): A2aSearch & NamedFilters {
  const view = raw['view'];
  return { ...filterSearch(raw), view: view === 'matrix' || view === 'graph' ? view : undefined };
}

export interface GuardSearch extends FilterSearch {
  /** Which verdicts are listed; all when there is none. */
  state?: 'unreviewed' | 'right' | 'false_positive' | undefined;
}

export function guardSearch(raw: RawSearch): GuardSearch & NamedFilters {
  const state = raw['state'];
  return {
    ...filterSearch(raw),
    state: state === 'unreviewed' || state === 'right' || state === 'false_positive' ? state : undefined,
  };
}

export interface PlatformSearch {
  /** What happens now when there is none. */
  view?: 'storage' | undefined;
}

export function platformSearch(raw: RawSearch): PlatformSearch {
  return { view: raw['view'] === 'storage' ? 'storage' : undefined };
}

export interface SettingsSearch {
  /** The keys when there is none, or when it is none of the views. */
  view?: string | undefined;
}

export function settingsSearch(raw: RawSearch): SettingsSearch {
  return { view: text(raw['view'], 20) };
}

export interface SignInSearch {
  /** Where to go after it: a path of this page. */
  next?: string | undefined;
}

export function signInSearch(raw: RawSearch): SignInSearch {
  const next = text(raw['next'], 4_000);
  // `//evil.example` and `/\\evil.example` are other origins.
  return { next: next !== undefined && /^\/(?![\\/])/.test(next) ? next : undefined };
}

function sortOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^-?[a-z][a-zA-Z0-9]{0,30}$/.test(value) ? value : undefined;
}

export type TraceView = 'transcript' | 'graph';

export interface TraceSearch {
  /** The span whose details are shown. */
  span?: string | undefined;
  /** Only spans with this text. */
  find?: string | undefined;
  /** The waterfall when there is none. */
  view?: TraceView | undefined;
  /** The part of the time that is drawn, in milliseconds: `120-480`. */
  zoom?: string | undefined;
  /** Whether the critical path stands out. */
  path?: 'on' | undefined;
  /** The trace that stands beside this one. */
  compare?: string | undefined;
}

/** Names that mean nothing are given back as undefined and not left out: the router would put in what stands in the address. */
export function traceSearch(raw: RawSearch): TraceSearch {
  const view = raw['view'];
  return {
    span: text(raw['span']),
    find: text(raw['find'], 200),
    view: view === 'transcript' || view === 'graph' ? view : undefined,
    zoom: text(raw['zoom'], 60),
    path: raw['path'] === 'on' ? 'on' : undefined,
    compare: text(raw['compare'], 64),
  };
}

/** Also what the costs page keeps: `src/costs/costs-search.ts` reads it. */
export function costsSearch(raw: RawSearch): FilterSearch & NamedFilters & CostsAddress {
  return { ...filterSearch(raw), ...costsAddress(raw) };
}

function text(value: unknown, charsMax = 500): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, charsMax) : undefined;
}
