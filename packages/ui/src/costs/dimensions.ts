/** What a pivot can be turned by, as the page offers it. The address may also ask for any attribute and any bucket of time. */
export interface DimensionChoice {
  name: string;
  text: string;
  /** How several are called: a column head, a legend. */
  plural: string;
}

export const DIMENSIONS: readonly DimensionChoice[] = [
  choice('tenant', 'Tenant'),
  choice('agent', 'Agent'),
  choice('run', 'Run'),
  choice('role', 'Role'),
  choice('model', 'Model'),
  choice('provider', 'Provider'),
  choice('user', 'User'),
  choice('session', 'Session'),
  choice('operation', 'Operation'),
  choice('source', 'Source of the price'),
  { name: 'time:hour', text: 'Hour', plural: 'hours' },
  { name: 'time:day', text: 'Day (UTC)', plural: 'days' },
];

/** As many as the server takes together. */
export const DIMENSIONS_MAX = 12;

/** Fields that the server can group by besides those above. */
const FURTHER: ReadonlySet<string> = new Set(
  'request_model response_model run_id tool name service scope kind status error guard peer task group time:minute'.split(
    ' ',
  ),
);

export function isDimension(name: string): boolean {
  return (
    DIMENSIONS.some((each) => each.name === name) || FURTHER.has(name) || /^(attr|resource)\..{1,300}$/s.test(name)
  );
}

/** `agent,role,attr.plan` as a list; undefined when anything in it is not known, stands twice, or is too much. */
export function dimensionsIn(by: string): string[] | undefined {
  const names = by.split(',').map((name) => name.trim());
  const isFine = names.length <= DIMENSIONS_MAX && new Set(names).size === names.length && names.every(isDimension);
  return isFine ? names : undefined;
}

/** What it is called on the page: `Agent`, `attr.plan`. */
export function dimensionText(name: string): string {
  return DIMENSIONS.find((each) => each.name === name)?.text ?? name.replaceAll('_', ' ');
}

/** How several of it are called: `agents`, `values of attr.plan`. */
export function dimensionPlural(name: string): string {
  return DIMENSIONS.find((each) => each.name === name)?.plural ?? `values of ${name}`;
}

/** How long a bucket of time is, in milliseconds; undefined for what is none. */
export function bucketMs(dimension: string): number | undefined {
  return BUCKETS_MS[dimension];
}

const BUCKETS_MS: Readonly<Record<string, number>> = {
  'time:minute': 60_000,
  'time:hour': 3_600_000,
  'time:day': 86_400_000,
};

function choice(name: string, text: string): DimensionChoice {
  return { name, text, plural: name === 'source' ? 'sources' : `${name}s` };
}
