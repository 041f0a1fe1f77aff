/** Figures and names as a terminal shows them. */
import type { Totals } from '@tallyspan/server';

/** Names come from spans, so they may hold what drives a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** `1,204 calls` */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1204` as `1,204` */
export function grouped(value: number | string): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** An exact decimal as `$1,204.50`: at least two digits behind the point, and all that there are. */
export function dollars(usd: string): string {
  const [whole = '0', fraction = ''] = usd.split('.');
  return `${whole.startsWith('-') ? '-' : ''}$${grouped(whole.replace('-', ''))}.${fraction.padEnd(2, '0')}`;
}

/** What nobody knows is never shown as 0. */
export function money({ costUsd, calls, unpricedCalls }: Pick<Totals, 'costUsd' | 'calls' | 'unpricedCalls'>): string {
  if (unpricedCalls === 0) return dollars(costUsd);
  return unpricedCalls === calls ? 'unpriced' : `${dollars(costUsd)} + ${plural(unpricedCalls, 'unpriced call')}`;
}

/** Milliseconds as `340 ms`, `2.41 s`, `3m 07s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
}
