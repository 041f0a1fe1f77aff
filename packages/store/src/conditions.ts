/** What a condition may compare with. Values are always bound; they never become text of a statement. */
export type Parameter = string | number | bigint | readonly string[];
export type Parameters = Record<string, Parameter>;

const bigintMax = 2n ** 63n - 1n;

/** The nearest time that a column of 64 bits can hold: a filter may name a year that no span can have. */
export function nearestBigint(value: bigint): bigint {
  return value > bigintMax ? bigintMax : value < -bigintMax ? -bigintMax : value;
}

/** Conditions that all must hold, with the values they are about. */
export class Conditions {
  readonly parameters: Parameters = {};
  readonly #conditions: string[] = [];
  readonly #nameOf: (name: string, value: Parameter) => string;
  #bound = 0;

  /** `nameOf` is how a statement names a bound value: `$from` in DuckDB, `{from:Int64}` in ClickHouse. */
  constructor(nameOf: (name: string, value: Parameter) => string) {
    this.#nameOf = nameOf;
  }

  /** Binds a value under a name of its own, and answers how a statement names it. */
  bind(value: Parameter): string {
    const name = `bound${this.#bound++}`;
    this.parameters[name] = typeof value === 'bigint' ? nearestBigint(value) : value;
    return this.#nameOf(name, value);
  }

  /** `sql` names its values as the engine wants them named. Left out when `values` has one that is undefined. */
  add(sql: string, values: Record<string, Parameter | undefined>): this {
    const entries = Object.entries(values).filter((entry): entry is [string, Parameter] => entry[1] !== undefined);
    if (entries.length < Object.keys(values).length) return this;
    Object.assign(this.parameters, Object.fromEntries(entries));
    this.#conditions.push(`(${sql})`);
    return this;
  }

  /** Of a time from, inclusive, to another, exclusive. */
  addRange(column: string, { from, to }: { from?: bigint | undefined; to?: bigint | undefined }): this {
    this.add(`${column} >= ${this.#nameOf('from', 0n)}`, {
      from: from === undefined ? undefined : nearestBigint(from),
    });
    return this.add(`${column} < ${this.#nameOf('to', 0n)}`, { to: to === undefined ? undefined : nearestBigint(to) });
  }

  toString(): string {
    return this.#conditions.join(' AND ') || 'true';
  }
}
