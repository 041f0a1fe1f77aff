import { TallyError } from '@tallyspan/facts';
import type { Refusal } from './admit-span.ts';

/** Different reasons told in one answer. */
const REASONS_MAX = 3;

/** The spans of one request that are not stored: how many, and why in words for the sender. */
export class Refusals {
  count = 0;
  /** By error code and kind of detail, with the first example of each. */
  readonly #reasons = new Map<string, { count: number; example: Refusal }>();

  add(refusal: Refusal): void {
    this.count++;
    const kind = `${refusal.refused} ${refusal.detail.split(' ')[0]}`;
    const reason = this.#reasons.get(kind);
    if (reason) reason.count++;
    else this.#reasons.set(kind, { count: 1, example: refusal });
  }

  /** `2 of 5 spans were refused. 2: A span has no valid trace id. …` */
  message(spans: number): string {
    const reasons = [...this.#reasons.values()].sort((a, b) => b.count - a.count);
    const told = reasons.slice(0, REASONS_MAX).map(({ count, example }) => `${count}: ${explain(example)}`);
    const rest = reasons.length > REASONS_MAX ? [`Other reasons: ${reasons.length - REASONS_MAX}.`] : [];
    return [`${this.count} of ${spans} spans were refused.`, ...told, ...rest].join(' ');
  }
}

function explain({ refused, detail }: Refusal): string {
  const details: Record<string, string | number> =
    refused === 'SPAN_ID_INVALID'
      ? { which: detail, bytes: detail === 'trace' ? 16 : 8 }
      : { value: detail, fields: detail };
  return new TallyError(refused, details).message;
}
