/** Parameters as the store takes them. */
import { TallyError } from '@tallyspan/facts';
import { type Dimension, dimensions } from '@tallyspan/store';
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

/** Throws BAD_QUERY for a dimension that is not known or stands twice. */
export function askedDimensions(by: string): Dimension[] {
  const names = by.split(',').map((name) => name.trim());
  const bad = names.find((name, index) => !dimensions.includes(name as Dimension) || names.indexOf(name) !== index);
  if (bad === undefined) return names as Dimension[];
  const reason = `${JSON.stringify(bad)} is not one of ${dimensions.join(', ')}, each at most once`;
  throw new TallyError('BAD_QUERY', { field: 'by', reason });
}

type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Without what is undefined. */
export function given<Values extends object>(values: Values): Given<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>;
}
