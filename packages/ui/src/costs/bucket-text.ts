/** What a stretch of time is called. Whole days are those of UTC, as the server counts them. */

const DAY_MS = 86_400_000;

/** `14:05`, `Nov 21, 14:00`, `Nov 21` or `Nov 16 to 22`: what tells it from its neighbours. */
export function bucketText(fromMs: number, toMs: number, utc: boolean): string {
  const length = toMs - fromMs;
  if (length > DAY_MS) return `${format('day', true, fromMs)} to ${format('day', true, toMs - 1)}`;
  if (length === DAY_MS) return format('day', true, fromMs);
  return format('minute', utc, fromMs);
}

/** The same with the year and both ends, for a tooltip. */
export function bucketTitle(fromMs: number, toMs: number, utc: boolean): string {
  if (toMs - fromMs >= DAY_MS) return `${bucketText(fromMs, toMs, true)} (UTC)`;
  return `${format('minute', utc, fromMs)} to ${format('clock', utc, toMs)}${utc ? ' (UTC)' : ''}`;
}

/** What stands below an axis of some length: the hour on a short one, the day on a long one. */
export function axisText(ms: number, lengthMs: number, utc: boolean): string {
  if (lengthMs > 4 * DAY_MS) return format('day', utc, ms);
  return format(lengthMs > DAY_MS ? 'minute' : 'clock', utc, ms);
}

const SHAPES = {
  day: { month: 'short', day: 'numeric' },
  minute: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const made = new Map<string, Intl.DateTimeFormat>();

function format(shape: keyof typeof SHAPES, utc: boolean, ms: number): string {
  const name = `${shape}${utc ? ' utc' : ''}`;
  let formatter = made.get(name);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', { ...SHAPES[shape], ...(utc && { timeZone: 'UTC' }) });
    made.set(name, formatter);
  }
  return formatter.format(ms);
}
