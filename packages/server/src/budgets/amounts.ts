/** What a budget counts: nano-dollars, tokens (input and output together) and model calls. All three always, limited or not. */
export interface Amounts {
  usd: bigint;
  tokens: bigint;
  calls: bigint;
}

export const units = ['usd', 'tokens', 'calls'] as const;
export type Unit = (typeof units)[number];

export function noAmounts(): Amounts {
  return { usd: 0n, tokens: 0n, calls: 0n };
}

/** One figure made of one or two others, unit by unit. */
export function eachUnit(make: (unit: Unit) => bigint): Amounts {
  return { usd: make('usd'), tokens: make('tokens'), calls: make('calls') };
}

/** Adds `part` to `sum`, or takes it away with `sign` −1. */
export function addAmounts(sum: Amounts, part: Amounts, sign: 1n | -1n = 1n): void {
  for (const unit of units) sum[unit] += sign * part[unit];
}

export function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

export function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
