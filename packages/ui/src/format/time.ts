/** Times arrive as ISO 8601 in UTC with nanoseconds and are shown in the reader's own zone. */

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
  return Number.isNaN(then) ? iso : exact.format(then);
}

/** `14:02:31.123` in the reader's zone. */
export function formatClock(iso: string): string {
  const then = millisFromIso(iso);
  return Number.isNaN(then) ? iso : clock.format(then);
}

function formatDay(then: number, nowMs: number): string {
  return (new Date(then).getFullYear() === new Date(nowMs).getFullYear() ? day : dayAndYear).format(then);
}

const exact = new Intl.DateTimeFormat('en-US', {
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
});
const clock = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const dayAndYear = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', year: 'numeric' });
