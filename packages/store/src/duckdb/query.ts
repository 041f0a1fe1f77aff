import { BIGINT, DOUBLE, INTEGER, LIST, VARCHAR, listValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { Conditions, type Parameter, type Parameters } from '../conditions.ts';
import type { Row } from '../span-columns.ts';

/** Runs one statement and answers its rows. BIGINT and HUGEINT come as bigint, lists as arrays, NULL as null. */
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
  if (typeof value === 'object') return LIST(VARCHAR);
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? INTEGER : DOUBLE;
}

/** Conditions in DuckDB's way of naming a value. */
export function conditions(): Conditions {
  return new Conditions((name) => `$${name}`);
}
