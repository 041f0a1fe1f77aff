/** Ids are bytes in ClickHouse and hex everywhere else. */

export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function isSpanId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

/** A condition that compares `trace_id` with a bound id, which must be {@link isTraceId}. */
export function traceIs(parameter: string, comparison: '=' | '<' = '='): string {
  return `trace_id ${comparison} toFixedString(unhex({${parameter}:String}), 16)`;
}

/** The same for `span_id`. */
export function spanIs(parameter: string, comparison: '=' | '<' = '='): string {
  return `span_id ${comparison} toFixedString(unhex({${parameter}:String}), 8)`;
}

/** A condition that `column` is one of the bound ids. */
export function idsIn(column: string, parameter: string, bytes: 8 | 16): string {
  return `${column} IN (SELECT toFixedString(unhex(arrayJoin({${parameter}:Array(String)})), ${bytes}))`;
}

/** ClickHouse takes 128 KiB in one parameter. */
export const idsPerStatement = 2_000;

export function inChunks<T>(list: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < list.length; start += idsPerStatement)
    chunks.push(list.slice(start, start + idsPerStatement));
  return chunks;
}
