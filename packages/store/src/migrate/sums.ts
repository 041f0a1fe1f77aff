/**
 * What two stores are compared by when one was copied into the other: for each tenant how many spans there are and which, and every
 * figure that is summed; for each agent its runs and their numbers. Both engines are asked the same, in their own words.
 */
import type { Row } from '../span-columns.ts';

export interface TenantSums {
  tenant: string;
  spans: number;
  calls: number;
  unpricedCalls: number;
  costNanos: bigint;
  /** Of all other summed columns, and of the ids of the spans: equal where the spans are the same. */
  others: string;
}

export interface RunSums {
  runs: number;
  /** Of all runs with their numbers: equal where each run has the same number. */
  digest: bigint;
}

/** How an engine says it. */
export interface SumWords {
  /** The table, and which of its rows are spans. */
  spans: string;
  /** A sum that no claim of a sender overflows. */
  wide(value: string): string;
  /** 64 bits of a text's MD5. */
  hash(text: string): string;
  /** Ids as hex. */
  traceId: string;
  spanId: string;
}

const counts = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'start_nanos',
  'end_nanos',
] as const;

export function sumsSql({ spans, wide, hash, traceId, spanId }: SumWords): string {
  const sum = (value: string) => `sum(${wide(value)})`;
  const flag = (condition: string) => sum(`CASE WHEN ${condition} THEN 1 ELSE 0 END`);
  return `SELECT tenant, count(*) AS spans, ${flag('billable')} AS calls, ${flag(`billable AND cost_source = 'unpriced'`)} AS unpriced,
      ${sum('CASE WHEN billable THEN coalesce(cost_nanos, 0) ELSE 0 END')} AS low,
      ${sum('CASE WHEN billable THEN coalesce(cost_nanos_high, 0) ELSE 0 END')} AS high,
      ${counts.map((name) => `${sum(`coalesce(${name}, 0)`)} AS sum_${name}`).join(', ')},
      ${sum(hash(`concat(${traceId}, ${spanId}, name)`))} AS sum_ids
    FROM ${spans} GROUP BY tenant ORDER BY tenant`;
}

export function readSums(row: Row, costLowBits: number): TenantSums {
  const whole = (name: string) => BigInt(row[name] as bigint | number);
  return {
    tenant: row.tenant as string,
    spans: Number(row.spans),
    calls: Number(row.calls),
    unpricedCalls: Number(row.unpriced),
    costNanos: (whole('high') << BigInt(costLowBits)) + whole('low'),
    others: [...counts, 'ids'].map((name) => String(whole(`sum_${name}`))).join(' '),
  };
}
