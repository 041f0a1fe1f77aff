/** Pieces of SQL over the tables that the server makes in ClickHouse. Grafana fills in `${…}`, its plugin `$__interval_s`. */

/** Calls that are billed, of the chosen time, tenants and agents. What replaces a row is read with FINAL. */
export const calls = from('billable');

export function from(condition: string): string {
  return [
    'FROM spans FINAL',
    `WHERE ${condition}`,
    'AND start_nanos >= ${__from} * 1000000 AND start_nanos < ${__to} * 1000000',
    "AND tenant IN (${tenant:sqlstring}) AND ifNull(agent, '') IN (${agent:sqlstring})",
  ].join(' ');
}

/** Dollars of the rows. The upper part is 0 but for sums beyond four billion dollars. */
export const dollars =
  'sum(toFloat64(ifNull(cost_nanos, 0)) + toFloat64(ifNull(cost_nanos_high, 0)) * pow(2, 62)) / 1e9';
export const failed = "countIf(status = 'error')";
export const seconds = '(end_nanos - start_nanos) / 1e9';
export const model = "ifNull(request_model, ifNull(response_model, '(none)'))";

/** `name` where the spans say nothing is empty text, and shown as such. */
export function said(column: string): string {
  return `ifNull(${column}, '(none)')`;
}

export function each(
  by: Readonly<Record<string, string>>,
  figures: Readonly<Record<string, string>>,
  rows: string,
): string {
  const named = (columns: Readonly<Record<string, string>>) =>
    Object.entries(columns).map(([name, column]) => `${column} AS ${name}`);
  const keys = Object.keys(by);
  const first = Object.keys(figures)[0]!;
  const grouping =
    keys.length === 0
      ? ''
      : ` GROUP BY ${keys.join(', ')} ORDER BY ${keys.includes('time') ? 'time' : `${first} DESC`}`;
  return `SELECT ${[...named(by), ...named(figures)].join(', ')} ${rows}${grouping}`;
}

/** The start of the interval that a span began in. */
export const time = 'toStartOfInterval(fromUnixTimestamp64Nano(start_nanos), toIntervalSecond($__interval_s))';
/** Sums of an interval as so much a second. */
export function perSecond(sum: string): string {
  return `${sum} / $__interval_s`;
}
