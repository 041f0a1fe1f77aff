/**
 * Rates and exact money. A rate is a fraction of integers, so every price in the tables (the finest has seventeen decimals)
 * is held exactly, and only the product of a line is rounded.
 */

/** The kinds of tokens that have a price of their own. `request` is a fee per call. */
export const rateTypes = [
  'input',
  'cache_read',
  'cache_write',
  'cache_write_1h',
  'input_audio',
  'cache_read_audio',
  'input_image',
  'output',
  'reasoning',
  'output_audio',
  'output_image',
  'request',
] as const;
export type RateType = (typeof rateTypes)[number];

/** Dollars per million: one number, or a base followed by `[start, rate]` for calls with more than `start` input tokens. */
export type RateJson = number | [number, ...[start: number, rate: number][]];
export type RatesJson = Partial<Record<RateType, RateJson>>;

/** Rates of one model, valid always, from a day on (UTC), or between two seconds of every day (UTC). */
export interface ConditionalRatesJson {
  from?: string;
  /** Exclusive end. Only our own overrides use it. */
  until?: string;
  between?: [startSecond: number, endSecond: number];
  rates: RatesJson;
}

export interface Rate {
  usdPerMillion: number;
  /** Nano-dollars per token as a fraction in lowest terms: $0.0028 per million are 14/5. */
  numerator: bigint;
  denominator: bigint;
}

interface Tiered {
  base: Rate;
  tiers: { start: number; rate: Rate }[];
}

export type Rates = Partial<Record<RateType, Tiered>>;

export interface ConditionalRates {
  fromMs: number;
  untilMs: number;
  between?: [startSecond: number, endSecond: number];
  rates: Rates;
}

/**
 * Which rate a kind of token is billed at when it has none of its own: that of the kind it is a part of.
 * Cached audio is a part of two kinds; a table that prices both of them prices the combination too.
 */
const partOf: Partial<Record<RateType, readonly RateType[]>> = {
  cache_read: ['input'],
  cache_write: ['input'],
  cache_write_1h: ['cache_write', 'input'],
  input_audio: ['input'],
  cache_read_audio: ['cache_read', 'input_audio', 'input'],
  input_image: ['input'],
  reasoning: ['output'],
  output_audio: ['output'],
  output_image: ['output'],
};

const MS_PER_DAY = 86_400_000;

export function compile(rows: readonly ConditionalRatesJson[]): ConditionalRates[] {
  return rows.map((row) => ({
    fromMs: row.from === undefined ? -Infinity : Date.parse(`${row.from}T00:00:00Z`),
    untilMs: row.until === undefined ? Infinity : Date.parse(`${row.until}T00:00:00Z`),
    ...(row.between && { between: row.between }),
    rates: complete(row.rates),
  }));
}

function complete(json: RatesJson): Rates {
  const rates: Rates = {};
  for (const type of rateTypes) {
    const source = [type, ...(partOf[type] ?? [])].find((one) => json[one] !== undefined);
    if (source !== undefined) rates[type] = tiered(json[source]!);
  }
  return rates;
}

function tiered(json: RateJson): Tiered {
  if (typeof json === 'number') return { base: rateFrom(json), tiers: [] };
  const [base, ...tiers] = json;
  return {
    base: rateFrom(base),
    tiers: tiers.map(([start, rate]) => ({ start, rate: rateFrom(rate) })).sort((a, b) => a.start - b.start),
  };
}

/** The shortest decimal text of a double is the text it was written with, so nothing is lost on the way through JSON. */
export function rateFrom(usdPerMillion: number): Rate {
  const [digits = '', exponent = '0'] = String(usdPerMillion).split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  if (!/^\d+$/.test(whole + fraction)) throw new RangeError(`${usdPerMillion} is no price`);
  // Dollars per million tokens are thousands of nano-dollars per token.
  const decimals = fraction.length - Number(exponent) - 3;
  const numerator = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, -decimals));
  const denominator = 10n ** BigInt(Math.max(0, decimals));
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { usdPerMillion, numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

/** The last row that holds at this moment, as later rows say what changed. Undefined when none does. */
export function ratesAt(rows: readonly ConditionalRates[], atMs: number): Rates | undefined {
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]!;
    if (atMs >= row.fromMs && atMs < row.untilMs && (!row.between || isBetween(row.between, atMs))) return row.rates;
  }
  return undefined;
}

/** A period may pass midnight: 16:30 to 00:30. */
function isBetween([start, end]: [number, number], atMs: number): boolean {
  const second = (((atMs % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY) / 1000;
  return end < start ? second >= start || second < end : second >= start && second < end;
}

/** The whole call is billed at the rate of the tier its input reaches, not only what is above. */
export function rateForInput({ base, tiers }: Tiered, inputTokens: number): Rate {
  return tiers.length === 0 ? base : (tiers.findLast((tier) => inputTokens > tier.start)?.rate ?? base);
}

/** A factor on every rate, as an exact fraction: one half is `[1n, 2n]`. */
export type Factor = readonly [numerator: bigint, denominator: bigint];

/** tokens × rate × factor in nano-dollars, rounded half up. */
export function nanosOf(tokens: number, rate: Rate, factor: Factor | undefined): bigint {
  let product = BigInt(tokens) * rate.numerator;
  let divisor = rate.denominator;
  if (factor !== undefined) {
    product *= factor[0];
    divisor *= factor[1];
  }
  return divisor === 1n ? product : (product * 2n + divisor) / (divisor * 2n);
}
