/** Times arrive as ISO 8601 in UTC with nanoseconds and are shown in the reader's own zone, or in UTC when that is chosen. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds since the epoch; NaN for what is no time. Browsers differ on more than three decimals, so they are cut. */
export function millisFromIso(iso: string): number {
  return Date.parse(iso.replace(/(\.\d{3})\d+/, '$1'));
}

/** `now`, `12 s ago`, `4 m ago`, `3 h ago`, then a date: what helps to find a row. */
export function formatAgo(iso: string, nowMs: number): string {
  const then = millisFromIso(iso);
  if (Number.isNaN(then)) return iso;
  const age = nowMs - then;
  if (age < 5_000) return 'now';
  if (age < MINUTE) return `${Math.floor(age / 1000)} s ago`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} m ago`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ago`;
  return formatDay(then, nowMs);
}

/** `Fri, Nov 20, 2026, 14:02:31.123 GMT+1`, for a tooltip. */
export function formatExact(iso: string): string {
  const then = millisFromIso(iso);
  return Number.isNaN(then) ? iso : written('exact').format(then);
}

/** `14:02:31.123` in the reader's zone. */
export function formatClock(iso: string): string {
  const then = millisFromIso(iso);
  return Number.isNaN(then) ? iso : written('clock').format(then);
}

function formatDay(then: number, nowMs: number): string {
  const year = (ms: number) => (zone === 'utc' ? new Date(ms).getUTCFullYear() : new Date(ms).getFullYear());
  return written(year(then) === year(nowMs) ? 'day' : 'dayAndYear').format(then);
}

let zone: 'utc' | undefined;

/** The zone in which all times are written from now on; undefined is the reader's own. */
export function setTimeZone(chosen: 'utc' | undefined): void {
  zone = chosen;
}

const FORMS = {
  exact: {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
  },
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' },
  day: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  dayAndYear: { month: 'short', day: 'numeric', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const made = new Map<string, Intl.DateTimeFormat>();

function written(form: keyof typeof FORMS): Intl.DateTimeFormat {
  const name = `${form} ${zone ?? ''}`;
  const before = made.get(name);
  if (before) return before;
  const format = new Intl.DateTimeFormat('en-US', { ...FORMS[form], ...(zone === 'utc' && { timeZone: 'UTC' }) });
  made.set(name, format);
  return format;
}

/** Nanoseconds since 1970 as text, to milliseconds; as it is when it is no number. */
export function isoFromNanoText(nanos: string): string {
  if (!/^\d{1,19}$/.test(nanos)) return nanos;
  return new Date(Number(BigInt(nanos) / 1_000_000n)).toISOString();
}
