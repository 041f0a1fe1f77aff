import { limits } from '@tallyspan/facts';
import { type Scanner, type Span, verdictOf } from '../scanner.ts';
import { addressesIn } from './pii/addresses.ts';
import { numbersIn } from './pii/numbers.ts';

export const PERSONAL_KINDS = ['EMAIL', 'CARD', 'IBAN', 'SSN', 'PHONE', 'IP', 'MAC', 'CRYPTO', 'NATIONAL_ID'] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

export interface PersonalDataOptions {
  /** Which kinds are looked for. Default: all. */
  kinds?: readonly PersonalKind[];
  /** Default 0.5. */
  threshold?: number;
}

/**
 * Personal data that has a shape: e-mail addresses, card numbers (Luhn), IBANs (mod 97), US social security numbers, phone numbers,
 * IP and MAC addresses, crypto addresses, national ids with check digits. Checked, so that an order number is no card. Names and
 * street addresses have no shape; for those use a remote scanner.
 */
export function personalData({ kinds = PERSONAL_KINDS, threshold = 0.5 }: PersonalDataOptions = {}): Scanner {
  const wanted = new Set<string>(kinds);
  return {
    name: 'PII',
    directions: ['input', 'output'],
    redacts: true,
    scan: (text) => {
      const spans = personalSpans(text).filter(({ kind }) => wanted.has(kind));
      return verdictOf(spans.length > 0 ? 1 : 0, threshold, spans);
    },
  };
}

/** What touches a find may itself be one, which shows only once that is gone. So few times more are enough for honest text. */
const PASSES_MAX = 8;

/** Where personal data stands, in order and without overlap. */
export function personalSpans(text: string): Span[] {
  const spans: Span[] = [];
  let left = text;
  for (let pass = 0; pass < PASSES_MAX && spans.length < limits.guardSpansMax; pass++) {
    const found = apart([...addressesIn(left), ...numbersIn(left)], limits.guardSpansMax - spans.length);
    if (found.length === 0) break;
    spans.push(...found);
    left = without(left, found);
  }
  return spans.toSorted((one, other) => one.start - other.start);
}

/** Of those that overlap the first and longest. */
function apart(spans: readonly Span[], most: number): Span[] {
  const kept: Span[] = [];
  for (const span of spans.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    if (kept.length >= most) break;
    if (span.start >= (kept.at(-1)?.end ?? 0)) kept.push(span);
  }
  return kept;
}

/** The text with brackets where the finds were, as a redacted text has them; all places stay. */
function without(text: string, spans: readonly Span[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of spans) {
    result += text.slice(from, start) + ']'.repeat(end - start);
    from = end;
  }
  return result + text.slice(from);
}
