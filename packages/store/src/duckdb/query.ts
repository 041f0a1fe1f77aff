import { BIGINT, INTEGER, LIST, VARCHAR, listValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';

/** A value that is bound to `$name` in a statement. Values never become text of a statement. */
export type Parameter = string | number | bigint | readonly string[];
export type Parameters = Record<string, Parameter>;
/** BIGINT and HUGEINT come as bigint, lists as arrays, NULL as null. */
export type Row = Record<string, unknown>;

/** Runs one statement and answers its rows. */
export async function query(connection: DuckDBConnection, sql: string, parameters: Parameters = {}): Promise<Row[]> {
  const values: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType> = {};
  for (const [name, value] of Object.entries(parameters)) {
    values[name] = typeof value === 'object' ? listValue([...value]) : value;
    // The type is told: left to itself, a bigint is bound as HUGEINT, and a comparison with it cannot skip blocks of a BIGINT column.
    types[name] = typeOf(value);
  }
  const reader = await connection.runAndReadAll(sql, values, types);
  return reader.getRowObjectsJS();
}

function typeOf(value: Parameter): DuckDBType {
  if (typeof value === 'string') return VARCHAR;
  if (typeof value === 'bigint') return BIGINT;
  return typeof value === 'number' ? INTEGER : LIST(VARCHAR);
}

const bigintMax = 2n ** 63n - 1n;

/** The nearest time that a BIGINT column can hold: a filter may name a year that no span can have. */
export function nearestBigint(value: bigint): bigint {
  return value > bigintMax ? bigintMax : value < -bigintMax ? -bigintMax : value;
}

/** Conditions that all must hold, with the values they are about. */
export class Conditions {
  readonly parameters: Parameters = {};
  readonly #conditions: string[] = [];

  /** `sql` names its values as `$name`. Left out when `values` has one that is undefined. */
  add(sql: string, values: Record<string, Parameter | undefined>): this {
    const entries = Object.entries(values).filter((entry): entry is [string, Parameter] => entry[1] !== undefined);
    if (entries.length < Object.keys(values).length) return this;
    Object.assign(this.parameters, Object.fromEntries(entries));
    this.#conditions.push(`(${sql})`);
    return this;
  }

  /** Of a time from, inclusive, to another, exclusive. */
  addRange(column: string, { from, to }: { from?: bigint | undefined; to?: bigint | undefined }): this {
    this.add(`${column} >= $from`, { from: from === undefined ? undefined : nearestBigint(from) });
    return this.add(`${column} < $to`, { to: to === undefined ? undefined : nearestBigint(to) });
  }

  toString(): string {
    return this.#conditions.join(' AND ') || 'true';
  }
}
