/** Parameters as the store takes them. */
import { limits, TallyError } from '@tallyspan/facts';
import { type Filter, parseFilter } from '@tallyspan/facts/query';
import { type Dimension, dimensions, isDimension, traceOnlyField } from '@tallyspan/store';
import { nanosFromIso } from './time.ts';

/** The filters that lists share; what is empty or missing filters nothing. */
export function askedRange(query: {
  from?: string | undefined;
  to?: string | undefined;
  tenant?: string | undefined;
  agent?: string | undefined;
}) {
  const { from, to, tenant, agent } = query;
  return given({
    from: from === undefined ? undefined : nanosFromIso(from),
    to: to === undefined ? undefined : nanosFromIso(to),
    tenant: tenant || undefined,
    agent: agent || undefined,
  });
}

/** The same, and what somebody typed. Throws BAD_QUERY where that is wrong, with the place. */
export function askedFilter(query: Parameters<typeof askedRange>[0] & { q?: string | undefined }) {
  return { ...askedRange(query), ...given({ where: askedWhere(query.q) }) };
}

/** The same where spans are asked, which have no figures of their trace. */
export function askedSpans(query: Parameters<typeof askedFilter>[0]) {
  const filter = askedFilter(query);
  const ofTraces = filter.where && traceOnlyField(filter.where);
  if (ofTraces === undefined) return filter;
  throw new TallyError('BAD_QUERY', { field: 'q', reason: `${ofTraces} is known of traces, and here spans are asked` });
}

function askedWhere(q: string | undefined): Filter | undefined {
  const parsed = parseFilter(q ?? '');
  if (parsed.ok) return parsed.filter;
  throw new TallyError('BAD_QUERY', { field: 'q', reason: `at ${parsed.at + 1}: ${parsed.message}` });
}

/** Throws BAD_QUERY for a dimension that is not known or stands twice, and for too many. */
export function askedDimensions(by: string): Dimension[] {
  const names = by.split(',').map((name) => name.trim());
  const isBad = (name: string, index: number) => !isDimension(name) || names.indexOf(name) !== index;
  const bad = names.find((name, index) => isBad(name, index) || index >= limits.dimensionsMax);
  if (bad === undefined) return names as Dimension[];
  const known = `${dimensions.join(', ')}, other text fields of /api/v1/facets, attr.<key>, resource.<key>, time:hour`;
  const reason = `${JSON.stringify(bad)} is not one of ${known}, each at most once and ${limits.dimensionsMax} together`;
  throw new TallyError('BAD_QUERY', { field: 'by', reason });
}

type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Without what is undefined. */
export function given<Values extends object>(values: Values): Given<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>;
}
