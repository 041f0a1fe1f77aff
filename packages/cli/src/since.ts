import { TallyError } from '@tallyspan/facts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `24h`, `7d`, or a time, as the API takes it; undefined stays. Throws BAD_OPTION. */
export function sinceTime(since: string | undefined, option = '--since', now = Date.now()): string | undefined {
  if (since === undefined) return undefined;
  const span = /^(\d{1,6})([smhdw])$/.exec(since);
  const ms = span ? now - Number(span[1]) * UNITS[span[2]!]! : Date.parse(since);
  if (Number.isFinite(ms)) return new Date(ms).toISOString();
  throw new TallyError('BAD_OPTION', {
    option,
    value: JSON.stringify(since),
    why: 'It is neither a span of time nor a time.',
    fix: 'Write it like 15m, 24h, 7d, 2026-11-21 or 2026-11-21T12:00:00Z.',
  });
}
