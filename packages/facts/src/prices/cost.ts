import type { CostSource } from '../facts.ts';

/** One line of a price: so many tokens of one type at so much. `nanos` is the rounded product, in nano-dollars. */
export interface CostLine {
  /** `input`, `cache_read`, `cache_write`, `cache_write_1h`, `output`, `input_audio`… ; `request` is a fee per call, with `tokens` 1. */
  type: string;
  tokens: number;
  /** Dollars per million tokens, as the price table has it. */
  usdPerMillion: number;
  nanos: bigint;
}

/** What a span cost and why. `nanos` is undefined exactly when `source` is `unpriced`. */
export interface Cost {
  source: CostSource;
  nanos?: bigint;
  lines: CostLine[];
  /** The price table and its version: `genai-prices 0.1.8`. */
  version?: string;
  /** The row of the price table that was used: `openai/gpt-4o`, or `openai/gpt-4o (flex)` when a service tier changed its rates. */
  priceId?: string;
}
