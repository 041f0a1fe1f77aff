/** Names and shapes of PromQL. Names come from the table of metrics, so that a renamed metric cannot leave a panel behind. */
import { exposedName, labelNames, type Label, metrics } from '@tallyspan/facts';

/** What the scrape configuration calls our server, and the processes of agents. */
export const SERVER = 'tallyspan';
export const AGENTS = 'agents';

/** Dashboards' own variables; `.*` also takes what has no such label. */
const chosen: Partial<Record<Label, string>> = { tenant: '$tenant', agent: '$agent' };

/**
 * `tally.llm.cost` → `tally_llm_cost_usd_total{job="tallyspan",tally_tenant=~"$tenant",…}`. One source only, or a call that is both
 * pushed by the SDK and counted by the server would count twice. `more` are further matchers.
 */
export function metric(name: string, { of = SERVER, more = '' }: { of?: string; more?: string } = {}): string {
  const row = rowOf(name);
  const matchers = [`job="${of}"`, ...row.labels.flatMap((label) => matcher(label)), ...(more === '' ? [] : [more])];
  return `${exposed(name)}{${matchers.join(',')}}`;
}

/** The same of what the server counts beside the table, and of whole programs: no dashboard variables but these. */
export function own(name: string, { by = [], more = '' }: { by?: readonly Label[]; more?: string } = {}): string {
  const matchers = [`job="${SERVER}"`, ...by.flatMap((label) => matcher(label)), ...(more === '' ? [] : [more])];
  return `${name}{${matchers.join(',')}}`;
}

/** The buckets of a histogram of the table. */
export function buckets(name: string, options?: Parameters<typeof metric>[1]): string {
  return metric(name, options).replace('{', '_bucket{');
}

/** `agent` → `gen_ai_agent_name`. */
export function label(name: Label): string {
  return labelNames[name].otel.replaceAll('.', '_');
}

export function labels(...names: readonly Label[]): string {
  return names.map((name) => label(name)).join(', ');
}

/** Legend text: `legend('agent', 'role')` → `{{gen_ai_agent_name}} · {{tally_role}}`. */
export function legend(...names: readonly Label[]): string {
  return names.map((name) => `{{${label(name)}}}`).join(' · ');
}

export function sumBy(by: string, expression: string): string {
  return by === '' ? `sum(${expression})` : `sum by (${by}) (${expression})`;
}

/** How fast a counter grows, by labels. */
export function rate(by: string, series: string, range = '$__rate_interval'): string {
  return sumBy(by, `rate(${series}[${range}])`);
}

/**
 * How much a counter grew in the chosen time, exactly. `increase` guesses beyond the samples and does not see the first value of a new
 * series, which is all there is of a call that was made once. So: the difference of the two ends; all of a series that began in
 * between; and `increase` only where the process restarted or the series has ended.
 */
export function grown(by: string, series: string, range = '$__range'): string {
  const exact = `((${series} - ${series} offset ${range}) and resets(${series}[${range}]) == 0)`;
  const begun = `(${series} unless ${series} offset ${range})`;
  return sumBy(by, `${exact} or ${begun} or increase(${series}[${range}])`);
}

/** A percentile of a histogram: `share` 0.95 is p95. */
export function quantile(share: number, by: string, series: string, range = '$__rate_interval'): string {
  return `histogram_quantile(${share}, ${sumBy(by === '' ? 'le' : `${by}, le`, `rate(${series}[${range}])`)})`;
}

/** Part of a whole: 0 when there is a whole and none of that part; nothing when there is nothing. */
export function share(part: string, whole: string): string {
  return `((${part}) or 0 * (${whole})) / ((${whole}) > 0)`;
}

function matcher(name: Label): string[] {
  const variable = chosen[name];
  return variable === undefined ? [] : [`${label(name)}=~"${variable}"`];
}

function exposed(name: string): string {
  const row = rowOf(name);
  return `${exposedName(row, 'otel', '1.41')!}${row.kind === 'counter' ? '_total' : ''}`;
}

function rowOf(name: string) {
  const row = metrics.find((each) => each.name === name && (!each.semconv || each.semconv.includes('1.41')));
  if (!row) throw new RangeError(`No metric is called ${name}: they are in packages/facts/src/metric-rows.ts.`);
  return row;
}
