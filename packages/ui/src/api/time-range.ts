/** The time that a page looks at. It stands in the address and is the same on every page. */

/** As they are offered, the shortest first. */
export const RANGES = [
  { name: '15m', text: 'Last 15 minutes', ms: 15 * 60_000 },
  { name: '1h', text: 'Last hour', ms: 3_600_000 },
  { name: '6h', text: 'Last 6 hours', ms: 6 * 3_600_000 },
  { name: '24h', text: 'Last 24 hours', ms: 86_400_000 },
  { name: '7d', text: 'Last 7 days', ms: 7 * 86_400_000 },
  { name: '30d', text: 'Last 30 days', ms: 30 * 86_400_000 },
] as const;

export type RangeName = (typeof RANGES)[number]['name'];

/** `range` up to now, or `from` and `to` (ISO 8601); neither is all time. `tz` is how times are written: here, or in UTC. */
export interface TimeSearch {
  range?: RangeName | undefined;
  from?: string | undefined;
  to?: string | undefined;
  tz?: 'utc' | undefined;
}

export const TIME_KEYS = ['range', 'from', 'to', 'tz'] as const satisfies (keyof TimeSearch)[];

/** What is not understood is undefined, and two ends the wrong way round are no time. */
export function timeSearch(raw: Readonly<Record<string, unknown>>): TimeSearch {
  const range = RANGES.find(({ name }) => name === raw['range'])?.name;
  const from = range === undefined ? instant(raw['from']) : undefined;
  const to = range === undefined ? instant(raw['to']) : undefined;
  const turned = from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);
  return {
    range,
    from: turned ? undefined : from,
    to: turned ? undefined : to,
    tz: raw['tz'] === 'utc' ? 'utc' : undefined,
  };
}

/** What the API is asked with. The range is counted from now each time, so that asking again asks for the newest. */
export function timeParameters(time: TimeSearch, nowMs = Date.now()): { from?: string; to?: string } {
  const span = RANGES.find(({ name }) => name === time.range);
  if (span) return { from: new Date(nowMs - span.ms).toISOString() };
  return { ...(time.from && { from: time.from }), ...(time.to && { to: time.to }) };
}

export function isAllTime({ range, from, to }: TimeSearch): boolean {
  return range === undefined && from === undefined && to === undefined;
}

/** How long it is, in milliseconds; undefined for all time and for an open end. */
export function lengthOf(time: TimeSearch, nowMs = Date.now()): number | undefined {
  const { from, to } = timeParameters(time, nowMs);
  return from === undefined ? undefined : (to === undefined ? nowMs : Date.parse(to)) - Date.parse(from);
}

/** What a text typed by a person or found in an address says, in UTC. */
function instant(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
